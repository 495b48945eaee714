/** Owed callbacks, from orders and from requests, put into the outbox and settled where they are kept. */
import { type Order, buyerKey } from '../../domain/model/order.js';
import type { CallbackEffect, Effect } from '../../domain/model/effect.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { Outbox, type OutboxItem, type OutboxOutcome } from './outbox.js';
import type { EffectFactory } from '../orders/effect-factory.js';
import { type QueryResponses, oweNextPage, type RenderedResponse } from './query-responses.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { CallbackSender, Delivery } from '../../ports/callback-delivery.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import { StoreFault, type RequestRecord, type Store } from '../../ports/store.js';

export interface OrderCallbacksDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly effectFactory: EffectFactory;
  readonly queryResponses: QueryResponses;
  readonly callbackSender: CallbackSender;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly retryMs: readonly number[];
}

export class OrderCallbacks {
  readonly #deps: OrderCallbacksDeps;
  readonly #outbox: Outbox;
  readonly #owedRequests = new Map<string, RequestRecord>();

  constructor(deps: OrderCallbacksDeps) {
    this.#deps = deps;
    this.#outbox = new Outbox(deps.clock, deps.random, deps.retryMs, (error) =>
      deps.events.emit(error instanceof StoreFault ? 'store.failed' : 'bug', { where: 'callbacks', error }),
    );
  }

  /** Takes over what an order owes. */
  handleEffects(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) if (effect.kind === 'callback') this.#outbox.add(this.#orderItem(order, effect));
  }

  /** Takes over what a request owes. */
  enqueueResponse(record: RequestRecord): void {
    if (!record.owed) return;
    this.#owedRequests.set(record.key, record);
    this.#outbox.add(this.#responseItem(record));
  }

  /** @param buyer Its `buyerKey`. */
  retryNow(buyer: string): void {
    this.#outbox.retryNow(buyer);
  }

  owedRequests(): readonly RequestRecord[] {
    return [...this.#owedRequests.values()];
  }

  async stop(): Promise<void> {
    this.#outbox.stop();
    await this.#outbox.drained();
  }

  #orderItem(order: Order, effect: CallbackEffect): OutboxItem {
    const { orders: desk, callbackSender: sender, orderCache: book, events } = this.#deps;
    const owing = (): Order | undefined => {
      const now = book.getCached(order.id);
      return now?.effects.some((other) => other.seq === effect.seq) === true ? now : undefined;
    };
    const id = `${order.id}#${effect.seq}`;
    let refusedBefore = false;
    return {
      id,
      queueKey: order.id,
      recipient: buyerKey(order.customer),
      dueAt: effect.dueAt,
      giveUpAt: effect.giveUpAt,
      attempts: effect.attempts,
      retryRefusals: effect.class === 'terminal',
      send: async () => {
        const now = owing();
        if (!now) return undefined;
        return this.#sendCallback(sender, {
          ...now.customer,
          action: effect.action,
          messageId: effect.messageId,
          body: effect.body,
        });
      },
      settle: async (outcome) => {
        passCrashPoint('callback.settling');
        this.#emitOutcome(outcome, { orderId: order.id, action: effect.action, class: effect.class });
        const news = outcome.kind !== 'retry' || !refusedBefore;
        const rows = news ? this.#discrepanciesOf(outcome, order, `${effect.action} (${effect.class})`, id) : [];
        await desk.amendEffects(
          order,
          (effects) => settleCallbackEffect(effects, effect.seq, outcome),
          rows.length > 0 ? { discrepancies: rows } : {},
        );
        refusedBefore ||= outcome.kind === 'retry' && outcome.refused === true;
        passCrashPoint('callback.settled');
        if (outcome.kind === 'given-up') events.emit('callback.given-up', { orderId: order.id, action: effect.action });
      },
    };
  }

  #responseItem(record: RequestRecord): OutboxItem {
    const { store, queryResponses: answers, callbackSender: sender, clock } = this.#deps;
    const { owed } = record;
    if (!owed) throw new Error(`request ${record.key} owes nothing`);
    let rendered: RenderedResponse | undefined;
    return {
      id: record.key,
      queueKey: record.orderId ?? record.key,
      recipient: buyerKey(record),
      dueAt: owed.dueAt,
      giveUpAt: owed.giveUpAt,
      attempts: owed.attempts,
      retryRefusals: false,
      send: async () => {
        // The same bytes on every attempt of this process; a restart may tell fresher news.
        rendered ??= await answers.render(record);
        if (rendered === undefined) {
          const rows = this.#deps.effectFactory.createDiscrepancies(undefined, [
            {
              kind: 'callback-invalid',
              detail: `${owed.action} to ${record.bapId}, message ${record.messageId}, was not sent`,
            },
          ]);
          await store.commit({ requests: [withoutOwedResponse(record)], discrepancies: rows });
          this.#owedRequests.delete(record.key);
          return undefined;
        }
        if (rendered === 'suppressed') {
          await store.commit({ requests: [withoutOwedResponse(record)] });
          this.#owedRequests.delete(record.key);
          return undefined;
        }
        const { body } = rendered;
        const { network, bapId, bapUri, dialect, messageId, gatewayId: via } = record;
        return this.#sendCallback(sender, {
          network,
          bapId,
          bapUri,
          dialect,
          action: owed.action,
          messageId,
          ...(via !== undefined && { gatewayId: via }),
          body,
        });
      },
      settle: async (outcome) => {
        this.#emitOutcome(outcome, { action: owed.action, messageId: record.messageId });
        const next: RequestRecord =
          outcome.kind === 'retry'
            ? {
                ...record,
                owed: { ...owed, attempts: outcome.attempts, dueAt: outcome.dueAt, lastError: outcome.reason },
              }
            : nextRequestRecord(record, outcome, rendered, clock.now());
        const what = `${owed.action} to ${record.bapId}, message ${record.messageId}`;
        const rows = this.#discrepanciesOf(outcome, undefined, what, record.key);
        await store.commit({ requests: [next], ...(rows.length > 0 && { discrepancies: rows }) });
        if (outcome.kind === 'retry') this.#owedRequests.set(record.key, next);
        else if (next.owed) this.enqueueResponse(next);
        else this.#owedRequests.delete(record.key);
      },
    };
  }

  async #sendCallback(sender: CallbackSender, callback: Parameters<CallbackSender['send']>[0]): Promise<Delivery> {
    passCrashPoint('callback.sending');
    const delivery = await sender.send(callback);
    passCrashPoint('callback.sent');
    return delivery;
  }

  #discrepanciesOf(
    outcome: OutboxOutcome,
    order: Order | undefined,
    what: string,
    id: string,
  ): ReturnType<EffectFactory['createDiscrepancies']> {
    switch (outcome.kind) {
      case 'given-up':
        return this.#deps.effectFactory.createDiscrepancies(order, [
          { kind: 'callback-undeliverable', detail: `${what}: ${outcome.reason}` },
        ]);
      case 'refused':
        return this.#deps.effectFactory.createDiscrepancies(order, [
          { kind: 'callback-refused', detail: `${what}: ${outcome.reason}` },
        ]);
      case 'retry':
        // A terminal status that the buyer app refuses is worth a person's look at once, and only once.
        if (!outcome.refused) return [];
        return this.#deps.effectFactory.createDiscrepancies(order, [
          { kind: 'callback-refused', key: id, detail: `${what}: ${outcome.reason}; tried again until its horizon` },
        ]);
      case 'delivered':
        return [];
    }
  }

  #emitOutcome(outcome: OutboxOutcome, detail: { readonly [key: string]: unknown }): void {
    const { events } = this.#deps;
    if (outcome.kind === 'delivered') events.emit('callback.delivered', detail);
    else if (outcome.kind === 'retry')
      events.emit('callback.failed', { ...detail, reason: outcome.reason, attempts: outcome.attempts });
    else
      events.emit(outcome.kind === 'refused' ? 'callback.refused' : 'callback.given-up', {
        ...detail,
        reason: outcome.reason,
      });
  }
}

/** What a request owes when a part of its answer is settled: the next part, if this one arrived and there is one. */
function nextRequestRecord(
  record: RequestRecord,
  outcome: OutboxOutcome,
  rendered: RenderedResponse | undefined,
  now: number,
): RequestRecord {
  const next = outcome.kind === 'delivered' && typeof rendered === 'object' ? rendered.next : undefined;
  return next ? oweNextPage(record, next, now) : withoutOwedResponse(record);
}

function withoutOwedResponse(record: RequestRecord): RequestRecord {
  const { owed: _owed, ...rest } = record;
  return rest;
}

function settleCallbackEffect(effects: readonly Effect[], seq: number, outcome: OutboxOutcome): readonly Effect[] {
  if (!effects.some((effect) => effect.seq === seq)) return effects;
  if (outcome.kind !== 'retry') return effects.filter((effect) => effect.seq !== seq);
  return effects.map((effect) =>
    effect.seq === seq && effect.kind === 'callback'
      ? { ...effect, attempts: outcome.attempts, dueAt: outcome.dueAt, lastError: outcome.reason }
      : effect,
  );
}
