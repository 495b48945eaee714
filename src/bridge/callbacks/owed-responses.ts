/** Requests as the store keeps them, with the answers they are owed. */
import type { CallbackAction } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import { type Recipe, writeKept } from './query-responses.js';
import type { BuyerIntakeDeps } from '../buyers/buyer-requests.js';
import type { InboundRequest, Receipt } from '../../ports/buyer-requests.js';
import type { Batch, RequestRecord } from '../../ports/store.js';

/** Remembers the request and the answer it is owed, in one write with what else belongs there. */
export async function owe(
  deps: BuyerIntakeDeps,
  key: string,
  inbound: InboundRequest,
  action: CallbackAction,
  recipe: Recipe,
  orderId?: string,
  along: Pick<Batch, 'ratings'> = {},
): Promise<Receipt> {
  const { clock, store, callbacks } = deps;
  const now = clock.now();
  const record: RequestRecord = {
    ...remembered(key, inbound),
    ...(orderId !== undefined && { orderId }),
    owed: {
      action,
      attempts: 0,
      dueAt: now,
      // As long as it is worth anything to who asks, but not for the years that some write as their ttl.
      horizon: Math.min(Math.max(now + deps.answerHorizonMs, inbound.staleAt ?? 0), now + deps.longestHorizonMs),
      recipe: writeKept({ conversation: inbound.conversation, recipe }),
    },
  };
  await store.commit({ ...along, requests: [record] });
  callbacks.fromRequest(record);
  return { ack: true };
}

/** The request as it is kept. */
export function remembered(key: string, inbound: InboundRequest): Omit<RequestRecord, 'owed'> {
  const { digest, bapId, bapUri, dialect, action, messageId, becknTransactionId, receivedAt } = inbound;
  const { network, signature, via } = inbound;
  return {
    key,
    digest,
    ...(network !== undefined && { network }),
    bapId,
    bapUri,
    dialect,
    action,
    messageId,
    becknTransactionId,
    receivedAt,
    ...(signature !== undefined && { signature }),
    ...(via !== undefined && { via }),
  };
}

/** `select` is answered by `on_select`, `get_rating_categories` by `rating_categories`. */
export function callbackOf(action: string): CallbackAction {
  return (action.startsWith('get_') ? action.slice('get_'.length) : `on_${action}`) as CallbackAction;
}

/** A business refusal after the ACK: the callback carries the error. */
export function oweError(
  deps: BuyerIntakeDeps,
  key: string,
  inbound: InboundRequest,
  refusal: Refusal,
  orderId?: string,
): Promise<Receipt> {
  deps.events.emit('order.refused', { action: inbound.action, code: refusal.code });
  const { request } = inbound;
  const echo = 'echo' in request && request.echo !== undefined ? { echo: request.echo } : {};
  const recipe: Recipe = { type: 'error', refusal, ...(orderId !== undefined && { orderId }), ...echo };
  return owe(deps, key, inbound, callbackOf(inbound.action), recipe, orderId);
}
