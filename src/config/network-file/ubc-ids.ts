/** Derives connector ids for Unified Bharat e-Charge (UBC) from the other ids, unless they are configured. */
import { createHash } from 'node:crypto';

const OPERATOR_CODE = 3;
const PART = 10;

/**
 * Returns the ids of a provider's connectors: `IND*operator*station*charge point*connector`, whose parts after `IND`
 * have 3, 10, 10 and 14 capital letters and digits.
 * @shape A provider, station or charge point id of the right form is used unchanged. Otherwise the part consists of the
 *        id's first letters and digits and, if there is room, a digest of the id. Equal ids always give equal parts.
 */
export function ubcIdsFor(
  providerId: string,
  operatorCode: string | undefined,
): (stationId: string) => (chargePointId: string) => (connectorId: number) => string {
  const operator = operatorCode ?? idPart(providerId, OPERATOR_CODE);
  // Nested functions, so that the part of a station or charge point is computed only once.
  return (stationId) => {
    const station = `IND*${operator}*${idPart(stationId, PART)}`;
    return (chargePointId) => {
      const chargePoint = `${station}*${idPart(chargePointId, PART)}*CONNECTOR`;
      return (connectorId) => chargePoint + paddedConnectorId(connectorId);
    };
  };
}

function idPart(id: string, length: number): string {
  const plain = id.toUpperCase().replace(/[^A-Z0-9]/g, '');
  if (plain === id && id.length === length) return id;
  if (length === OPERATOR_CODE) return (plain + digest(id)).slice(0, length);
  return (plain.slice(0, length / 2) + digest(id)).slice(0, length);
}

function paddedConnectorId(connectorId: number): string {
  return String(connectorId).padStart(5, '0');
}

function digest(id: string): string {
  return createHash('sha256').update(id).digest('hex').toUpperCase();
}
