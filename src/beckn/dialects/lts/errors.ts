/** Errors as this dialect names their parts, and places as its messages have them. */
import type { PeerSettings } from '../../../config/config.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import { toWireError } from '../../protocol/nack-codes.js';
import type { WireError } from '../../protocol/wire.js';
import type { JsonObject } from '../../protocol/wire.js';
import { omitUndefined } from '../core-2x/json-ld.js';

/** Paths of the house into the first dialect's order, as this one spells them. */
const PATH_TRANSLATIONS: readonly (readonly [string, string])[] = [
  ['message.order.items', 'message.contract.commitments[0].resources'],
  ['message.order.tags', 'message.contract.commitments[0].resources[0].quantity'],
  ['message.order.payments', 'message.contract.settlements'],
  ['message.order.fulfillments', 'message.contract.contractAttributes.preferences'],
  ['message.order', 'message.contract.id'],
];

export function translatePath(path: string): string {
  return PATH_TRANSLATIONS.find(([ours]) => path.startsWith(ours))?.[1] ?? path;
}

export function toDialectError(refusal: Refusal, peer: PeerSettings): JsonObject {
  const { code, message } = toWireError({ code: refusal.code });
  const details = omitUndefined({ description: refusal.detail, path: refusal.path && translatePath(refusal.path) });
  return formatError({ code, message, ...(Object.keys(details).length > 0 && { details }) }, peer);
}

/** @source Beckn 2.0.0 LTS, `Error`; its reference adapter keeps the names of before. */
export function formatError({ code, message, details }: WireError, { errorNames }: PeerSettings): JsonObject {
  const more = omitUndefined({ details });
  return errorNames === 'code' ? { code, message, ...more } : { errorCode: code, errorMessage: message, ...more };
}
