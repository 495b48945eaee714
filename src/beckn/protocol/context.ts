/** Builds the context of a callback: fields repeated from the request, our own id and address, and a new timestamp. */
import type { CallbackDraft } from '../../ports/callback-delivery.js';
import { type ContextFieldNames, SNAKE_CASE_FIELDS } from './context-names.js';
import { isObject } from './json-reading.js';
import type { JsonObject, Subscriber } from './wire.js';

/** The ttl of our callbacks, and the minimum lifetime of their signatures, s. */
export const CALLBACK_TTL_S = 600;
const CALLBACK_TTL = `PT${CALLBACK_TTL_S / 60}M`;

/**
 * @param digest base64 of BLAKE2b-512 over the body of the request, for peers that want it repeated.
 * @shape  `callback.replyContext` supplies the fields that the dialect repeats, such as domain and version.
 * @source Beckn core 1.x and 2.0.0 LTS, `Context`.
 */
export function callbackContext(
  callback: CallbackDraft,
  subscriber: Subscriber,
  names: ContextFieldNames = SNAKE_CASE_FIELDS,
  digest?: string,
): JsonObject {
  return {
    ...(isObject(callback.replyContext) && callback.replyContext),
    action: callback.action,
    [names.bapId]: callback.bapId,
    [names.bapUri]: callback.bapUri,
    [names.bppId]: subscriber.bppId,
    [names.bppUri]: subscriber.bppUri,
    [names.transactionId]: callback.becknTransactionId,
    [names.messageId]: callback.messageId,
    timestamp: new Date(callback.at).toISOString(),
    ttl: CALLBACK_TTL,
    ...(digest !== undefined && { requestDigest: { digest: `BLAKE-512=${digest}` } }),
  };
}
