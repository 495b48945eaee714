/** Numbers of connectors in Unified Bharat e-Charge, where the operator has not configured its own. */
import { createHash } from 'node:crypto';

const OPERATOR = 3;
const PART = 10;

/**
 * `IND*operator*station*charge point*connector`, the parts 3, 10, 10 and 14 capital letters and digits.
 * @shape An id that has the form already stands for itself; of another one a few characters stay readable, and a digest
 *        of all of it fills the rest: the same ids give the same numbers for ever.
 */
export function numbersOf(
  providerId: string,
  operatorCode: string | undefined,
): (stationId: string) => (chargePointId: string) => (connectorId: number) => string {
  const operator = operatorCode ?? part(providerId, OPERATOR);
  // Each part is made once, for all that stands below it.
  return (stationId) => {
    const station = `IND*${operator}*${part(stationId, PART)}`;
    return (chargePointId) => {
      const chargePoint = `${station}*${part(chargePointId, PART)}*CONNECTOR`;
      return (connectorId) => chargePoint + padded(connectorId);
    };
  };
}

function part(id: string, length: number): string {
  const plain = id.toUpperCase().replace(/[^A-Z0-9]/g, '');
  if (plain === id && id.length === length) return id;
  if (length === OPERATOR) return (plain + digest(id)).slice(0, length);
  return (plain.slice(0, length / 2) + digest(id)).slice(0, length);
}

function padded(connectorId: number): string {
  return String(connectorId).padStart(5, '0');
}

/** Hexadecimal capitals. */
function digest(id: string): string {
  return createHash('sha256').update(id).digest('hex').toUpperCase();
}
