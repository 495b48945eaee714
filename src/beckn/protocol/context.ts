/** The context of every callback: what the request said, our own name and place, and a fresh time. */
import type { CallbackDraft } from '../../ports/buyer-requests.js';
import { type ContextFieldNames, SNAKE_CASE_FIELDS } from './context-names.js';
import type { JsonObject } from './dialect.js';
import { isObject } from './json-reading.js';

export interface Subscriber {
  readonly bppId: string;
  readonly bppUri: string;
}

/** How long a callback of ours is valid, ISO 8601. */
export const CALLBACK_TTL = 'PT10M';

/**
 * @param digest base64 of BLAKE2b-512 over the request that is answered, for those who want to be told it.
 * @source Beckn core 1.x and 2.0.0 LTS, `Context`; `conversation` carries network, version and location as the request
 *         said them.
 */
export function callbackContext(
  callback: CallbackDraft,
  self: Subscriber,
  names: ContextFieldNames = SNAKE_CASE_FIELDS,
  digest?: string,
): JsonObject {
  return {
    ...(isObject(callback.replyContext) && callback.replyContext),
    action: callback.action,
    [names.bapId]: callback.bapId,
    [names.bapUri]: callback.bapUri,
    [names.bppId]: self.bppId,
    [names.bppUri]: self.bppUri,
    [names.transactionId]: callback.becknTransactionId,
    [names.messageId]: callback.messageId,
    timestamp: new Date(callback.at).toISOString(),
    ttl: CALLBACK_TTL,
    ...(digest !== undefined && { requestDigest: { digest: `BLAKE-512=${digest}` } }),
  };
}
