/**
 * Delivers the responses that are not effects of an order. They are saved with the request. An error about a confirmed
 * order is rendered when it is decided, like the order's callbacks; any other response when it is sent.
 */
import { omit } from '../../domain/model/object.js';
import type { Refusal } from '../../domain/model/refusal.js';
import { buyerKey } from '../../domain/model/order.js';
import type { Acknowledgement, VerifiedRequest } from '../../ports/buyer-requests.js';
import type { CallbackSender } from '../../ports/callback-delivery.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { requestKey, type Batch, type Store } from '../../ports/store.js';
import type { OwedResponse, RequestRecord } from '../../ports/stored-records.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import { callbackActionOf } from '../orders/effect-factory.js';
import { emitOutcome, sendCallback } from './callback-outcome.js';
import type { AttemptResult, Outbox, OutboxItem, OutboxOutcome } from './outbox.js';
import type { RefusedCallbacks } from './refused-callbacks.js';
import { type QueryResponses, type RenderedResponse } from './query-responses.js';
import { type ResponsePlan, serializePlan, withNextPage } from './response-plan.js';

export interface OwedResponsesDeps {
  readonly store: Pick<Store, 'commit'>;
  readonly discrepancies: DiscrepancyFactory;
  readonly refusedCallbacks: RefusedCallbacks;
  readonly queryResponses: Pick<QueryResponses, 'render'>;
  readonly callbackSender: CallbackSender;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly events: Events;
  /** How long a response is retried, ms; longer if the request's ttl is longer. */
  readonly giveUpAfterMs: number;
  /** The upper bound on that time, ms, because some buyer apps send a ttl of years. */
  readonly maxGiveUpAfterMs: number;
}

type OwingRecord = RequestRecord & { readonly owed: OwedResponse };

export class OwedResponses {
  readonly #deps: OwedResponsesDeps;
  readonly #records = new Map<string, RequestRecord>();

  constructor(deps: OwedResponsesDeps) {
    this.#deps = deps;
  }

  /** Returns the requests whose response is still to be delivered. */
  records(): readonly RequestRecord[] {
    return [...this.#records.values()];
  }

  /**
   * Saves a request and the plan of its response in one write, then queues the response.
   * @param response The plan, the order that it concerns, and ratings to save in the same write.
   * @errors StoreFault, RequestConflict: nothing is queued.
   */
  async owe(
    request: VerifiedRequest,
    response: { readonly plan: ResponsePlan; readonly orderId?: string } & Pick<Batch, 'ratings'>,
  ): Promise<Acknowledgement> {
    const { clock, store, giveUpAfterMs, maxGiveUpAfterMs } = this.#deps;
    const { plan, orderId, ...batch } = response;
    const now = clock.now();
    const record: OwingRecord = {
      ...toRequestRecord(request),
      ...(orderId !== undefined && { orderId }),
      owed: {
        action: callbackActionOf(request.action),
        attempts: 0,
        dueAt: now,
        giveUpAt: Math.min(Math.max(now + giveUpAfterMs, request.expiresAt ?? 0), now + maxGiveUpAfterMs),
        responsePlan: serializePlan({ replyContext: request.replyContext, plan }),
      },
    };
    const saved = plan.type === 'error' && orderId !== undefined ? await this.#renderNow(record) : record;
    await store.commit({ ...batch, acceptedRequest: saved });
    this.enqueue(saved);
    return { ack: true };
  }

  /**
   * Saves and acknowledges the request; its callback will carry the refusal as an error.
   * @param orderId The order that the error concerns. Its earlier callbacks are sent before the error.
   */
  oweError(request: VerifiedRequest, refusal: Refusal, orderId?: string): Promise<Acknowledgement> {
    this.#deps.events.emit('order.refused', { action: request.action, code: refusal.code });
    const passthrough = 'passthrough' in request.request ? request.request.passthrough : undefined;
    const order = orderId === undefined ? {} : { orderId };
    const plan: ResponsePlan = { type: 'error', refusal, ...order, ...(passthrough !== undefined && { passthrough }) };
    return this.owe(request, { plan, ...order });
  }

  /** Renders a response at once, so that it shows the order as it is now, even if it is sent after later decisions. */
  async #renderNow(record: OwingRecord): Promise<OwingRecord> {
    const at = this.#deps.clock.now();
    const rendered = await this.#deps.queryResponses.render(record);
    return 'body' in rendered ? { ...record, owed: { ...record.owed, rendered: { body: rendered.body, at } } } : record;
  }

  /**
   * Queues the response of a saved request, unless it is queued already. It is missing from the queue if the store's
   * confirmation of the save was lost. It is rendered again, because newer callbacks may have been sent.
   */
  resume({ owed, ...record }: RequestRecord): void {
    if (owed && !this.#records.has(record.key)) this.enqueue({ ...record, owed: omit(owed, 'rendered') });
  }

  /** Queues the response of a saved request if one is still owed. */
  enqueue(record: RequestRecord): void {
    const { owed } = record;
    if (!owed) return;
    this.#records.set(record.key, record);
    this.#deps.outbox.addInSequence(this.#toItem({ ...record, owed }));
  }

  #toItem(record: OwingRecord): OutboxItem {
    const { owed } = record;
    let rendered: RenderedResponse | undefined = owed.rendered;
    return {
      id: record.key,
      queueKey: record.orderId ?? record.key,
      recipient: buyerKey(record),
      decidedAt: owed.rendered?.at ?? record.receivedAt,
      dueAt: owed.dueAt,
      giveUpAt: owed.giveUpAt,
      attempts: owed.attempts,
      retryRefusals: false,
      send: async () => {
        // The response is rendered once, so retries send the same bytes. Only after a restart may it show newer data.
        rendered ??= await this.#deps.queryResponses.render(record);
        return this.#send(record, rendered);
      },
      settle: (outcome) => this.#settle(record, outcome, rendered),
    };
  }

  async #send(record: OwingRecord, rendered: RenderedResponse): Promise<AttemptResult | undefined> {
    const { store, discrepancies, callbackSender } = this.#deps;
    if ('body' in rendered) {
      const { network, bapId, bapUri, dialect, messageId, gatewayId, owed } = record;
      return sendCallback(callbackSender, {
        network,
        bapId,
        bapUri,
        dialect,
        action: owed.action,
        messageId,
        ...(gatewayId !== undefined && { gatewayId }),
        body: rendered.body,
      });
    }
    const drafts = rendered.unsent === 'invalid' ? [invalidResponse(record)] : [];
    const found = discrepancies.create(undefined, drafts);
    await store.commit({ requests: [withoutOwed(record)], ...(found.length > 0 && { discrepancies: found }) });
    this.#records.delete(record.key);
    return undefined;
  }

  async #settle(record: OwingRecord, outcome: OutboxOutcome, rendered: RenderedResponse | undefined): Promise<void> {
    const { store, refusedCallbacks, events, clock } = this.#deps;
    const next = nextRecord(record, outcome, rendered, clock.now());
    const { key, orderId } = record;
    const settled = { outcome, callback: describeResponse(record), id: key, orderId, isReport: false };
    const found = await refusedCallbacks.discrepanciesOf(settled);
    await store.commit({ requests: [next], ...(found.length > 0 && { discrepancies: found }) });
    emitOutcome(events, outcome, { action: record.owed.action, messageId: record.messageId });
    if (outcome.kind === 'retry') this.#records.set(record.key, next);
    else if (next.owed) this.enqueue(next);
    else this.#records.delete(record.key);
  }
}

/** Converts a request to its stored form, without a pending response. */
export function toRequestRecord(request: VerifiedRequest): Omit<RequestRecord, 'owed'> {
  const { digest, bapId, bapUri, dialect, action, messageId, becknTransactionId, receivedAt } = request;
  const { network, signature, gatewayId } = request;
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

/**
 * Returns the record after an attempt: it then owes a retry, the next page of a catalogue, or nothing.
 * @unit `now` epoch ms.
 */
function nextRecord(
  record: OwingRecord,
  outcome: OutboxOutcome,
  rendered: RenderedResponse | undefined,
  now: number,
): RequestRecord {
  if (outcome.kind === 'retry') {
    const { attempts, dueAt, reason } = outcome;
    return { ...record, owed: { ...record.owed, attempts, dueAt, lastError: reason } };
  }
  const nextPage = outcome.kind === 'delivered' && rendered && 'body' in rendered ? rendered.nextPage : undefined;
  return nextPage ? { ...record, owed: withNextPage(record.owed, nextPage, now) } : withoutOwed(record);
}

function withoutOwed({ owed: _owed, ...record }: RequestRecord): RequestRecord {
  return record;
}

function describeResponse({ owed, bapId, messageId }: OwingRecord): string {
  return `${owed.action} to ${bapId}, message ${messageId}`;
}

function invalidResponse(record: OwingRecord): { readonly kind: 'callback-invalid'; readonly detail: string } {
  return { kind: 'callback-invalid', detail: `${describeResponse(record)}, was not sent` };
}
