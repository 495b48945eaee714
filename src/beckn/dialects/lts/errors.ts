/** Converts refusals and errors to the field names and paths of Beckn 2.0.0 LTS. */
import type { PeerSettings } from '../../../config/config.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { JsonObject, WireError } from '../../protocol/wire.js';
import { omitUndefined } from '../core-2x/json-ld.js';
import { toDetailedError, translatePath, type PathTranslations } from '../core-2x/wire-error.js';

const PATH_TRANSLATIONS: PathTranslations = [
  ['message.order.items', 'message.contract.commitments[0].resources'],
  ['message.order.tags', 'message.contract.commitments[0].resources[0].quantity'],
  ['message.order.payments', 'message.contract.settlements'],
  ['message.order.fulfillments', 'message.contract.contractAttributes.preferences'],
  ['message.order.provider', 'message.contract.commitments[0].offer'],
  ['message.order.billing', 'message.contract.participants'],
  ['message.order.id', 'message.contract.id'],
  ['message.order_id', 'message.contract.id'],
  ['message.order', 'message.contract'],
];

export function translateRefusal(refusal: Refusal): Refusal {
  return refusal.path === undefined ? refusal : { ...refusal, path: translatePath(refusal.path, PATH_TRANSLATIONS) };
}

export function toDialectError(refusal: Refusal, peer: PeerSettings): JsonObject {
  return formatError(toDetailedError(refusal, PATH_TRANSLATIONS), peer);
}

/** @source Beckn 2.0.0 LTS, `Error`; the reference adapter keeps the older field names. */
export function formatError({ code, message, details }: WireError, { errorNames }: PeerSettings): JsonObject {
  const rest = omitUndefined({ details });
  return errorNames === 'code' ? { code, message, ...rest } : { errorCode: code, errorMessage: message, ...rest };
}
