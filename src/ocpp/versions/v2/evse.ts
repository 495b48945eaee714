/**
 * Converts between OCPP 2.x ids (an EVSE and its connector) and the connector numbers that the rest of the program
 * uses. The first connector of an EVSE has the EVSE's number. Further connectors, which are rare, have the EVSE's
 * number times 1000 plus their own: the connectors of EVSE 2 are 2, 2002 and 2003. Number 0 is the whole station in
 * both schemes.
 */
import { CONNECTORS_PER_EVSE, evseIdOf } from '../../../domain/model/network.js';
import type { Json } from '../../../domain/model/object.js';
import { isPayload, numberOf, type Payload } from '../../frames/payload.js';

export interface Evse {
  readonly id: number;
  readonly connectorId: number;
}

/** Returns the connector number. @shape A missing `connectorId` means the EVSE's first connector. */
export function toConnectorNumber(evseId: number, connectorId = 1): number {
  return connectorId <= 1 ? evseId : evseId * CONNECTORS_PER_EVSE + connectorId;
}

export function toEvse(connectorNumber: number): Evse {
  const connectorId = connectorNumber < CONNECTORS_PER_EVSE ? 1 : connectorNumber % CONNECTORS_PER_EVSE;
  return { id: evseIdOf(connectorNumber), connectorId };
}

/** Returns the connector number for an `evse` in a payload. @errors `undefined` if it is not a readable EVSE. */
export function readConnectorNumber(evse: Json | undefined): number | undefined {
  if (!isPayload(evse)) return undefined;
  const id = numberOf(evse, 'id');
  return id === undefined ? undefined : toConnectorNumber(id, numberOf(evse, 'connectorId'));
}

/** Checks whether an `evse` in a payload names no connector. */
export function isWholeEvse(evse: Json | undefined): boolean {
  return isPayload(evse) && numberOf(evse, 'connectorId') === undefined;
}

/** Writes the `evse` of a command; a command to the whole station has none. */
export function writeEvse(connectorNumber: number | undefined): Payload {
  return connectorNumber === undefined || connectorNumber === 0 ? {} : { evse: { ...toEvse(connectorNumber) } };
}
