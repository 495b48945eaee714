/** The context of every callback: what the request said, our own name and place, and a fresh time. */
import type { CallbackOrder } from '../bridge/ports/buyers.js';
import type { JsonObject } from './dialects/dialect.js';
import { isObject } from './dialects/json-reading.js';

export interface Self {
  readonly bppId: string;
  readonly bppUri: string;
}

/** How long a callback of ours is valid, ISO 8601. */
export const CALLBACK_TTL = 'PT10M';

/** @source Beckn core 1.x `Context`; `conversation` carries domain, version and location as the request said them. */
export function answeringContext(callback: CallbackOrder, self: Self): JsonObject {
  return {
    ...(isObject(callback.conversation) && callback.conversation),
    action: callback.action,
    bap_id: callback.bapId,
    bap_uri: callback.bapUri,
    bpp_id: self.bppId,
    bpp_uri: self.bppUri,
    transaction_id: callback.becknTransactionId,
    message_id: callback.messageId,
    timestamp: new Date(callback.at).toISOString(),
    ttl: CALLBACK_TTL,
  };
}
