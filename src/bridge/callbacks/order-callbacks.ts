/** Owed callbacks, from orders and from requests, put into the outbox and settled where they are kept. */
import { type CallbackEffect, type Effect, type Order, buyerKey } from '../../domain/model/order.js';
import { chaosPoint } from '../orders/crash-points.js';
import type { Desk } from '../orders/order-command-handler.js';
import { Outbox, type Parcel, type ParcelOutcome } from './outbox.js';
import type { Scribe } from '../orders/effect-factory.js';
import { type Answers, owingNext, type Rendered } from './query-responses.js';
import type { Book } from '../orders/order-cache.js';
import type { CallbackSender, Delivery } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { Clock, Random } from '../../ports/runtime.js';
import { StoreFault, type RequestRecord, type Store } from '../../ports/store.js';

export interface CallbacksDeps {
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly scribe: Scribe;
  readonly answers: Answers;
  readonly sender: CallbackSender;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly retryMs: readonly number[];
}

export class Callbacks {
  readonly #deps: CallbacksDeps;
  readonly #outbox: Outbox;
  readonly #owed = new Map<string, RequestRecord>();

  constructor(deps: CallbacksDeps) {
    this.#deps = deps;
    this.#outbox = new Outbox(deps.clock, deps.random, deps.retryMs, (error) =>
      deps.events.emit(error instanceof StoreFault ? 'store.failed' : 'bug', { where: 'callbacks', error }),
    );
  }

  /** Takes over what an order owes. */
  fromOrder(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) if (effect.kind === 'callback') this.#outbox.add(this.#orderParcel(order, effect));
  }

  /** Takes over what a request owes. */
  fromRequest(record: RequestRecord): void {
    if (!record.owed) return;
    this.#owed.set(record.key, record);
    this.#outbox.add(this.#requestParcel(record));
  }

  /** @param buyer Its `buyerKey`. */
  nudge(buyer: string): void {
    this.#outbox.nudge(buyer);
  }

  owedRequests(): readonly RequestRecord[] {
    return [...this.#owed.values()];
  }

  async stop(): Promise<void> {
    this.#outbox.stop();
    await this.#outbox.quiet();
  }

  #orderParcel(order: Order, effect: CallbackEffect): Parcel {
    const { desk, sender, book, events } = this.#deps;
    const owing = (): Order | undefined => {
      const now = book.inMemory(order.id);
      return now?.effects.some((other) => other.seq === effect.seq) === true ? now : undefined;
    };
    const id = `${order.id}#${effect.seq}`;
    let refusedBefore = false;
    return {
      id,
      lane: order.id,
      buyer: buyerKey(order.peer),
      dueAt: effect.dueAt,
      horizon: effect.horizon,
      attempts: effect.attempts,
      insistent: effect.class === 'terminal',
      send: async () => {
        const now = owing();
        if (!now) return undefined;
        return this.#post(sender, {
          ...now.peer,
          action: effect.action,
          messageId: effect.messageId,
          body: effect.body,
        });
      },
      settled: async (outcome) => {
        chaosPoint('callback.settling');
        this.#log(outcome, { orderId: order.id, action: effect.action, class: effect.class });
        const news = outcome.kind !== 'again' || !refusedBefore;
        const rows = news ? this.#rowsOf(outcome, order, `${effect.action} (${effect.class})`, id) : [];
        await desk.amend(order, (effects) => settle(effects, effect.seq, outcome), rows.length > 0 ? { rows } : {});
        refusedBefore ||= outcome.kind === 'again' && outcome.refused === true;
        chaosPoint('callback.settled');
        if (outcome.kind === 'given-up') events.emit('callback.given-up', { orderId: order.id, action: effect.action });
      },
    };
  }

  #requestParcel(record: RequestRecord): Parcel {
    const { store, answers, sender, clock } = this.#deps;
    const { owed } = record;
    if (!owed) throw new Error(`request ${record.key} owes nothing`);
    let rendered: Rendered | undefined;
    return {
      id: record.key,
      lane: record.orderId ?? record.key,
      buyer: buyerKey(record),
      dueAt: owed.dueAt,
      horizon: owed.horizon,
      attempts: owed.attempts,
      insistent: false,
      send: async () => {
        // The same bytes on every attempt of this process; a restart may tell fresher news.
        rendered ??= await answers.render(record);
        if (rendered === undefined) {
          const rows = this.#deps.scribe.rows(undefined, [
            {
              kind: 'callback-invalid',
              detail: `${owed.action} to ${record.bapId}, message ${record.messageId}, was not sent`,
            },
          ]);
          await store.commit({ requests: [withoutOwed(record)], rows });
          this.#owed.delete(record.key);
          return undefined;
        }
        if (rendered === 'nothing') {
          await store.commit({ requests: [withoutOwed(record)] });
          this.#owed.delete(record.key);
          return undefined;
        }
        const { body } = rendered;
        const { network, bapId, bapUri, dialect, messageId, via } = record;
        return this.#post(sender, {
          ...(network !== undefined && { network }),
          bapId,
          bapUri,
          dialect,
          action: owed.action,
          messageId,
          ...(via !== undefined && { via }),
          body,
        });
      },
      settled: async (outcome) => {
        this.#log(outcome, { action: owed.action, messageId: record.messageId });
        const next: RequestRecord =
          outcome.kind === 'again'
            ? {
                ...record,
                owed: { ...owed, attempts: outcome.attempts, dueAt: outcome.dueAt, lastError: outcome.reason },
              }
            : afterwards(record, outcome, rendered, clock.now());
        const what = `${owed.action} to ${record.bapId}, message ${record.messageId}`;
        const rows = this.#rowsOf(outcome, undefined, what, record.key);
        await store.commit({ requests: [next], ...(rows.length > 0 && { rows }) });
        if (outcome.kind === 'again') this.#owed.set(record.key, next);
        else if (next.owed) this.fromRequest(next);
        else this.#owed.delete(record.key);
      },
    };
  }

  async #post(sender: CallbackSender, callback: Parameters<CallbackSender['send']>[0]): Promise<Delivery> {
    chaosPoint('callback.sending');
    const delivery = await sender.send(callback);
    chaosPoint('callback.sent');
    return delivery;
  }

  #rowsOf(outcome: ParcelOutcome, order: Order | undefined, what: string, id: string): ReturnType<Scribe['rows']> {
    switch (outcome.kind) {
      case 'given-up':
        return this.#deps.scribe.rows(order, [
          { kind: 'callback-undeliverable', detail: `${what}: ${outcome.reason}` },
        ]);
      case 'refused':
        return this.#deps.scribe.rows(order, [{ kind: 'callback-refused', detail: `${what}: ${outcome.reason}` }]);
      case 'again':
        // A terminal status that the buyer app refuses is worth a person's look at once, and only once.
        if (!outcome.refused) return [];
        return this.#deps.scribe.rows(order, [
          { kind: 'callback-refused', key: id, detail: `${what}: ${outcome.reason}; tried again until its horizon` },
        ]);
      case 'delivered':
        return [];
    }
  }

  #log(outcome: ParcelOutcome, detail: { readonly [key: string]: unknown }): void {
    const { events } = this.#deps;
    if (outcome.kind === 'delivered') events.emit('callback.delivered', detail);
    else if (outcome.kind === 'again')
      events.emit('callback.failed', { ...detail, reason: outcome.reason, attempts: outcome.attempts });
    else
      events.emit(outcome.kind === 'refused' ? 'callback.refused' : 'callback.given-up', {
        ...detail,
        reason: outcome.reason,
      });
  }
}

/** What a request owes when a part of its answer is settled: the next part, if this one arrived and there is one. */
function afterwards(
  record: RequestRecord,
  outcome: ParcelOutcome,
  rendered: Rendered | undefined,
  now: number,
): RequestRecord {
  const next = outcome.kind === 'delivered' && typeof rendered === 'object' ? rendered.next : undefined;
  return next ? owingNext(record, next, now) : withoutOwed(record);
}

function withoutOwed(record: RequestRecord): RequestRecord {
  const { owed: _owed, ...rest } = record;
  return rest;
}

function settle(effects: readonly Effect[], seq: number, outcome: ParcelOutcome): readonly Effect[] {
  if (!effects.some((effect) => effect.seq === seq)) return effects;
  if (outcome.kind !== 'again') return effects.filter((effect) => effect.seq !== seq);
  return effects.map((effect) =>
    effect.seq === seq && effect.kind === 'callback'
      ? { ...effect, attempts: outcome.attempts, dueAt: outcome.dueAt, lastError: outcome.reason }
      : effect,
  );
}
