/**
 * Converts between OCPP 2.x ids (an EVSE and its connector) and the connector numbers that the rest of the program
 * uses. The first connector of an EVSE has the EVSE's number. Further connectors, which are rare, have the EVSE's
 * number times 1000 plus their own: the connectors of EVSE 2 are 2, 2002 and 2003. Number 0 is the whole station in
 * both schemes.
 */
import type { Json } from '../../../domain/model/object.js';
import { isPayload, numberOf, type Payload } from '../../frames/payload.js';

const EVSE_FACTOR = 1000;

export interface Evse {
  readonly id: number;
  readonly connectorId: number;
}

/** Returns the connector number. @shape A missing `connectorId` means the EVSE's first connector. */
export function toConnectorNumber(evseId: number, connectorId = 1): number {
  return connectorId <= 1 ? evseId : evseId * EVSE_FACTOR + connectorId;
}

export function toEvse(connectorNumber: number): Evse {
  return connectorNumber < EVSE_FACTOR
    ? { id: connectorNumber, connectorId: 1 }
    : { id: Math.floor(connectorNumber / EVSE_FACTOR), connectorId: connectorNumber % EVSE_FACTOR };
}

/** Returns the connector number for an `evse` in a payload. @errors `undefined` if it is not a readable EVSE. */
export function readConnectorNumber(evse: Json | undefined): number | undefined {
  if (!isPayload(evse)) return undefined;
  const id = numberOf(evse, 'id');
  return id === undefined ? undefined : toConnectorNumber(id, numberOf(evse, 'connectorId'));
}

/** Writes the `evse` of a command; a command to the whole station has none. */
export function writeEvse(connectorNumber: number | undefined): Payload {
  return connectorNumber === undefined || connectorNumber === 0 ? {} : { evse: { ...toEvse(connectorNumber) } };
}
