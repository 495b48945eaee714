/** Saves requests together with the responses that are owed for them. */
import type { CallbackAction } from '../../domain/model/effect.js';
import { buyerKey } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { VerifiedRequest, Acknowledgement } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { requestKey, type Batch, type RequestRecord, type Store } from '../../ports/store.js';
import { type ResponsePlan, serializePlan } from './query-responses.js';

export interface OwedResponsesDeps {
  readonly store: Pick<Store, 'commit'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly events: Events;
  readonly callbacks: { enqueueResponse(record: RequestRecord): void };
  /** A response is retried for at least this long, ms. */
  readonly giveUpAfterMs: number;
  /** A response is never retried longer than this, ms, whatever the request's ttl. */
  readonly maxGiveUpAfterMs: number;
}

export class OwedResponses {
  readonly #deps: OwedResponsesDeps;

  constructor(deps: OwedResponsesDeps) {
    this.#deps = deps;
  }

  /** Saves the request and its response plan in one write with `batch`, and queues the response. */
  async owe(
    request: VerifiedRequest,
    plan: ResponsePlan,
    { orderId, batch = {} }: { readonly orderId?: string; readonly batch?: Pick<Batch, 'ratings'> } = {},
  ): Promise<Acknowledgement> {
    const { clock, store, callbacks, giveUpAfterMs, maxGiveUpAfterMs } = this.#deps;
    const now = clock.now();
    const record: RequestRecord = {
      ...requestRecord(request),
      ...(orderId !== undefined && { orderId }),
      owed: {
        action: callbackActionOf(request.action),
        attempts: 0,
        dueAt: now,
        // As long as the requester can use it; but some senders write years as their ttl.
        giveUpAt: Math.min(Math.max(now + giveUpAfterMs, request.expiresAt ?? 0), now + maxGiveUpAfterMs),
        responsePlan: serializePlan({ replyContext: request.replyContext, plan }),
      },
    };
    await store.commit({ ...batch, requests: [record] });
    callbacks.enqueueResponse(record);
    return { ack: true };
  }

  /** Owes a callback with an error: the request was acknowledged and then refused. */
  oweError(request: VerifiedRequest, refusal: Refusal, orderId?: string): Promise<Acknowledgement> {
    this.#deps.events.emit('order.refused', { action: request.action, code: refusal.code });
    const content = request.request;
    const passthrough =
      'passthrough' in content && content.passthrough !== undefined ? { passthrough: content.passthrough } : {};
    const order = orderId === undefined ? {} : { orderId };
    return this.owe(request, { type: 'error', refusal, ...order, ...passthrough }, order);
  }
}

/** The stored form of a request. */
export function requestRecord(request: VerifiedRequest): Omit<RequestRecord, 'owed'> {
  const { network, digest, bapId, bapUri, dialect, action, messageId, becknTransactionId, receivedAt } = request;
  const { signature, gatewayId } = request;
  return {
    key: requestKey(buyerKey(request), action, messageId),
    digest,
    network,
    bapId,
    bapUri,
    dialect,
    action,
    messageId,
    becknTransactionId,
    receivedAt,
    ...(signature !== undefined && { signature }),
    ...(gatewayId !== undefined && { gatewayId }),
  };
}

/** `select` is answered by `on_select`, `get_rating_categories` by `rating_categories`. */
export function callbackActionOf(action: string): CallbackAction {
  return (action.startsWith('get_') ? action.slice('get_'.length) : `on_${action}`) as CallbackAction;
}
