/**
 * OCPP 2.x counts EVSEs and the connectors of each; everything behind this file counts connectors of a charge point.
 * The first connector of an EVSE has the EVSE's number; the others, which are rare, have it times 1000 plus their own:
 * EVSE 2 is connectors 2, 2002, 2003. 0 is the whole station in both.
 */
import type { Json } from '../../../domain/model/object.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { numberOf } from '../fields.js';

const EVSE_FACTOR = 1000;

export interface Evse {
  readonly id: number;
  readonly connectorId: number;
}

/** @shape A connector that is not named is the first: a station that has several and does not say cannot be told apart. */
export function toConnectorNumber(evseId: number, connectorId = 1): number {
  return connectorId <= 1 ? evseId : evseId * EVSE_FACTOR + connectorId;
}

export function toEvse(connectorId: number): Evse {
  return connectorId < EVSE_FACTOR
    ? { id: connectorId, connectorId: 1 }
    : { id: Math.floor(connectorId / EVSE_FACTOR), connectorId: connectorId % EVSE_FACTOR };
}

/** The connector that an `evse` of a payload names. @errors `undefined` when it names none. */
export function readConnectorNumber(evse: Json | undefined): number | undefined {
  if (evse === undefined || !isPayload(evse)) return undefined;
  const id = numberOf(evse, 'id');
  return id === undefined ? undefined : toConnectorNumber(id, numberOf(evse, 'connectorId'));
}

/** For a command; a whole station needs no `evse`. */
export function writeEvse(connectorId: number | undefined): Payload {
  return connectorId === undefined || connectorId === 0 ? {} : { evse: { ...toEvse(connectorId) } };
}
