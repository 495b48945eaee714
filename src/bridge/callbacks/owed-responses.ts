/** Requests as the store keeps them, with the answers they are owed. */
import type { CallbackAction } from '../../domain/model/effect.js';
import type { Refusal } from '../../domain/model/refusal.js';
import { type ResponsePlan, serializePlan } from './query-responses.js';
import type { BuyerRequestsDeps } from '../buyers/buyer-requests.js';
import type { VerifiedRequest, Acknowledgement } from '../../ports/buyer-requests.js';
import type { Batch, RequestRecord } from '../../ports/store.js';

/** Remembers the request and the answer it is owed, in one write with what else belongs there. */
export async function oweResponse(
  deps: BuyerRequestsDeps,
  key: string,
  inbound: VerifiedRequest,
  action: CallbackAction,
  recipe: ResponsePlan,
  orderId?: string,
  along: Pick<Batch, 'ratings'> = {},
): Promise<Acknowledgement> {
  const { clock, store, callbacks } = deps;
  const now = clock.now();
  const record: RequestRecord = {
    ...requestRecord(key, inbound),
    ...(orderId !== undefined && { orderId }),
    owed: {
      action,
      attempts: 0,
      dueAt: now,
      // As long as it is worth anything to who asks, but not for the years that some write as their ttl.
      giveUpAt: Math.min(
        Math.max(now + deps.responseGiveUpAfterMs, inbound.expiresAt ?? 0),
        now + deps.maxGiveUpAfterMs,
      ),
      responsePlan: serializePlan({ replyContext: inbound.replyContext, plan: recipe }),
    },
  };
  await store.commit({ ...along, requests: [record] });
  callbacks.enqueueResponse(record);
  return { ack: true };
}

/** The request as it is kept. */
export function requestRecord(key: string, inbound: VerifiedRequest): Omit<RequestRecord, 'owed'> {
  const { digest, bapId, bapUri, dialect, action, messageId, becknTransactionId, receivedAt } = inbound;
  const { network, signature, gatewayId: via } = inbound;
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
    ...(via !== undefined && { gatewayId: via }),
  };
}

/** `select` is answered by `on_select`, `get_rating_categories` by `rating_categories`. */
export function callbackActionOf(action: string): CallbackAction {
  return (action.startsWith('get_') ? action.slice('get_'.length) : `on_${action}`) as CallbackAction;
}

/** A business refusal after the ACK: the callback carries the error. */
export function oweErrorResponse(
  deps: BuyerRequestsDeps,
  key: string,
  inbound: VerifiedRequest,
  refusal: Refusal,
  orderId?: string,
): Promise<Acknowledgement> {
  deps.events.emit('order.refused', { action: inbound.action, code: refusal.code });
  const { request } = inbound;
  const echo =
    'passthrough' in request && request.passthrough !== undefined ? { passthrough: request.passthrough } : {};
  const recipe: ResponsePlan = { type: 'error', refusal, ...(orderId !== undefined && { orderId }), ...echo };
  return oweResponse(deps, key, inbound, callbackActionOf(inbound.action), recipe, orderId);
}
