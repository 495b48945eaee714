/** Connector ids for Unified Bharat e-Charge, where the operator has configured none. */
import { createHash } from 'node:crypto';

const OPERATOR_CODE = 3;
const PART = 10;

/**
 * `IND*operator*station*charge point*connector`; the parts have 3, 10, 10 and 14 capital letters and digits.
 * @shape An id of that form is used as it is. Of any other id a few characters stay readable, and a digest of the whole
 *        id fills the rest, so the same ids always give the same numbers.
 */
export function ubcIdsFor(
  providerId: string,
  operatorCode: string | undefined,
): (stationId: string) => (chargePointId: string) => (connectorId: number) => string {
  const operator = operatorCode ?? idPart(providerId, OPERATOR_CODE);
  // Each part is computed once for everything below it.
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

/** Upper-case hexadecimal digits. */
function digest(id: string): string {
  return createHash('sha256').update(id).digest('hex').toUpperCase();
}
