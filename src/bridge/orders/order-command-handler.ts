/**
 * Where orders change: load → decide → save → effects. The only writer of orders.
 * A version conflict is answered by loading and deciding again; nothing leaves before it is saved.
 */
import type { OrderCommand } from '../../domain/model/command.js';
import type { Accepted } from '../../domain/model/decision.js';
import { type Surroundings, decide } from '../../domain/decide/decide.js';
import { wakeAt } from '../../domain/decide/timers.js';
import {
  type Effect,
  type Order,
  buyerKey,
  type SeenRequest,
  type Slot,
  isTerminal,
} from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import { type Book, transactionKey } from './order-cache.js';
import { chaosPoint } from './crash-points.js';
import type { ChargerMeans } from '../charge-points/capabilities.js';
import type { Lanes } from './keyed-queue.js';
import { numbered } from './prepare-save.js';
import type { Alarms } from './order-timers.js';
import type { Scribe } from './effect-factory.js';
import type { Clock } from '../../ports/runtime.js';
import type { Events } from '../../ports/events.js';
import { type Batch, type MeterEntry, type Store, StoreConflict } from '../../ports/store.js';

export interface DeskDeps {
  readonly store: Store;
  readonly book: Book;
  readonly lanes: Lanes;
  readonly alarms: Alarms;
  readonly scribe: Scribe;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly events: Events;
  readonly policy: SessionPolicy;
  readonly means: ChargerMeans;
  /** Slots that other orders hold on a connector. */
  readonly booked: (chargePointId: string, connectorId: number, besides?: string) => readonly Slot[];
}

export type Applied =
  | { readonly order: Order; readonly accepted: Accepted }
  | { readonly order: Order | undefined; readonly refusal: Refusal };

export interface ApplyOptions {
  readonly opening?: Surroundings['opening'];
  /** Remembered in the order, so that a repeat is known even if the request's own record was lost. */
  readonly seen?: SeenRequest;
  /** Where the buyer app says it is now: its callbacks go there from now on. */
  readonly bapUri?: string;
  /** The effect that this command settles: it is removed in the same write. */
  readonly settles?: number;
  /** What else belongs into the same write. */
  readonly along?: (accepted: Accepted) => Omit<Batch, 'orders'>;
}

const TRIES = 8;
const DOUBT_MS = 1000;

export class Desk {
  readonly #deps: DeskDeps;
  readonly #doubted = new Map<string, Order>();
  #onSaved: (order: Order, fresh: readonly Effect[]) => void = () => undefined;
  #onAsk: (order: Order) => void = () => undefined;
  #onShow: (order: Order, what: NonNullable<Accepted['show']>) => void = () => undefined;

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  /** Called after each save with the effects that are new in it. */
  onSaved(listener: (order: Order, fresh: readonly Effect[]) => void): void {
    this.#onSaved = listener;
  }

  /** Called when a fresh reading of an order's meter is wanted. */
  onAsk(listener: (order: Order) => void): void {
    this.#onAsk = listener;
  }

  /** Called when the charger is to show what it charges for. */
  onShow(listener: (order: Order, what: NonNullable<Accepted['show']>) => void): void {
    this.#onShow = listener;
  }

  /** A command for an order that exists. */
  apply(
    order: Pick<Order, 'id' | 'peer' | 'becknTransactionId'>,
    command: OrderCommand,
    options: ApplyOptions = {},
  ): Promise<Applied> {
    return this.#deps.lanes.run(laneOf(order), async () =>
      this.decideAndSave(await this.#deps.book.get(order.id), command, options),
    );
  }

  /** Whether an open order still wants an effect. */
  owes(orderId: string, seq: number): boolean {
    return this.#deps.book.inMemory(orderId)?.effects.some((effect) => effect.seq === seq) ?? false;
  }

  /** Work on whatever order a Beckn transaction has, alone. */
  inTransaction<T>(buyer: string, becknTransactionId: string, work: () => Promise<T>): Promise<T> {
    return this.#deps.lanes.run(transactionKey(buyer, becknTransactionId), work);
  }

  /** Only inside the order's lane. */
  async decideAndSave(order: Order | undefined, command: OrderCommand, options: ApplyOptions): Promise<Applied> {
    // What it owes may be known to the store alone.
    let current = order && this.#doubted.has(order.id) ? await this.#adopt(order.id) : order;
    for (let attempt = 1; ; attempt++) {
      const decision = decide(current, command, this.#around(current, command, options.opening));
      if ('refusal' in decision) return { order: current, refusal: decision.refusal };
      chaosPoint('order.decided');
      try {
        const saved = await this.#save(current, decision, options);
        if (decision.askMeter) this.#onAsk(decision.order);
        if (decision.show) this.#onShow(decision.order, decision.show);
        return saved;
      } catch (error) {
        if (!(error instanceof StoreConflict)) throw error;
        const saved = await this.#adopt(error.orderId);
        if (error.kind === 'connector')
          return { order: current, refusal: { code: 'connector-busy', path: 'message.order.items' } };
        if (attempt >= TRIES) throw error;
        if (current) current = saved;
      }
    }
  }

  /**
   * A meter frame of an open order. Usually it only moves the meter: then nothing waits and one journal
   * entry is written, together with all others of this turn.
   */
  sample(orderId: string, command: Extract<OrderCommand, { type: 'record-sample' }>, entry: MeterEntry): Promise<void> {
    const { book, lanes, store } = this.#deps;
    const order = book.inMemory(orderId);
    if (order && (lanes.quiet || !lanes.busy(laneOf(order)))) {
      const decision = decide(order, command, this.#around(order, command, undefined));
      if (!('refusal' in decision) && decision.save !== 'document') {
        chaosPoint('meter.decided');
        book.put(decision.order);
        this.#deps.alarms.set(orderId, wakeAt(decision.order, this.#deps.policy));
        if (decision.show) this.#onShow(decision.order, decision.show);
        return store.appendMeter(entry);
      }
    }
    return this.#sampleInLane(orderId, command, entry);
  }

  async #sampleInLane(
    orderId: string,
    command: Extract<OrderCommand, { type: 'record-sample' }>,
    entry: MeterEntry,
  ): Promise<void> {
    const order = await this.#deps.book.get(orderId);
    if (!order) return this.#deps.store.appendMeter(entry);
    await this.apply(order, command, { along: () => ({ meter: [entry] }) });
    chaosPoint('meter.saved');
  }

  /** Changes how an effect is kept (attempts, due time, gone) without any decision. */
  amend(
    order: Pick<Order, 'id' | 'peer' | 'becknTransactionId'>,
    change: (effects: readonly Effect[]) => readonly Effect[],
    along: Omit<Batch, 'orders'> = {},
  ): Promise<Order | undefined> {
    return this.#deps.lanes.run(laneOf(order), async () => {
      for (let attempt = 1; ; attempt++) {
        const current = await this.#deps.book.get(order.id);
        if (!current) return undefined;
        const effects = change(current.effects);
        if (effects === current.effects && Object.keys(along).length === 0) return current;
        const next: Order = { ...current, effects, version: current.version + 1 };
        try {
          await this.#deps.store.commit({ ...along, orders: [{ order: next, expectedVersion: current.version }] });
          this.#deps.book.put(next);
          return next;
        } catch (error) {
          if (!(error instanceof StoreConflict)) throw this.#doubt(current, error);
          await this.#adopt(order.id);
          if (attempt >= TRIES) throw error;
        }
      }
    });
  }

  /** A write that failed may have happened all the same, when only its answer was lost: the store is asked shortly. */
  #doubt(order: Order, error: unknown): unknown {
    if (error instanceof StoreConflict) return error;
    this.#doubted.set(order.id, order);
    this.#deps.alarms.set(order.id, this.#deps.clock.now() + DOUBT_MS);
    return error;
  }

  /** Takes over what a failed write left in the store; `undefined` when no write of this order failed. */
  recover(orderId: string): Promise<void> | undefined {
    const doubted = this.#doubted.get(orderId);
    if (!doubted) return undefined;
    return this.#deps.lanes.run(laneOf(doubted), async () => {
      await this.#adopt(orderId);
      this.#doubted.delete(orderId);
    });
  }

  /** The order as the store has it, with what it owes that nobody knew of. Only inside the order's lane. */
  async #adopt(orderId: string): Promise<Order | undefined> {
    const { store, book, alarms, policy } = this.#deps;
    const known = book.inMemory(orderId);
    const saved = await store.order(orderId);
    if (!saved) {
      // A draft that was too old: what is asked of it now is asked of nothing.
      book.forget(orderId);
      alarms.set(orderId, undefined);
      return undefined;
    }
    if (known && known.version >= saved.version) return known;
    const meter = known?.session?.meter;
    // The readings since are in the journal, not in the document.
    const newer = meter && saved.session && !saved.session.end && meter.journalSeq > saved.session.meter.journalSeq;
    const order = newer && saved.session ? { ...saved, session: { ...saved.session, meter } } : saved;
    book.put(order);
    alarms.set(orderId, wakeAt(order, policy));
    const unknown = order.effects.filter((effect) => effect.seq >= (known?.nextSeq ?? 0));
    this.#onSaved(order, unknown);
    return order;
  }

  #around(order: Order | undefined, command: OrderCommand, opening: Surroundings['opening']): Surroundings {
    const site = 'site' in command && command.site ? command.site : order && this.#deps.catalogue.site(order.connector);
    const now = this.#deps.clock.now();
    const { policy } = this.#deps;
    const maxPowerW = site?.connector.maxPowerW ?? UNKNOWN_POWER_W;
    // The hot path asks nothing of it: a session knows its means from its beginning.
    if (command.type === 'record-sample') return { now, policy, maxPowerW };
    const ref = site
      ? { chargePointId: site.chargePoint.id, connectorId: site.connector.connectorId }
      : order?.connector;
    const means = ref && this.#deps.means.of(ref);
    const ordering = command.type === 'select' || command.type === 'init' || command.type === 'confirm';
    const booked = ordering && ref ? this.#deps.booked(ref.chargePointId, ref.connectorId, order?.id) : undefined;
    return {
      now,
      policy,
      maxPowerW,
      ...(opening && { opening }),
      ...(means && { means }),
      ...(booked && { booked }),
    };
  }

  async #save(before: Order | undefined, decision: Accepted, options: ApplyOptions): Promise<Applied> {
    const { store, book, alarms, scribe, events, policy } = this.#deps;
    const along = options.along?.(decision) ?? {};
    const rows = [...(along.rows ?? []), ...scribe.rows(decision.order, decision.rows)];
    const settles = decision.order.effects.some((effect) => effect.seq === options.settles);
    const settled = settles || options.seen !== undefined;
    if (decision.save !== 'document' && !settled) {
      const batch: Batch = { ...along, ...(rows.length > 0 && { rows }) };
      if (Object.keys(batch).length > 0) await store.commit(batch);
      if (decision.save === 'meter') {
        book.put(decision.order);
        alarms.set(decision.order.id, wakeAt(decision.order, policy));
      }
      return { order: decision.order, accepted: decision };
    }
    const { order, fresh, rows: parked } = numbered(scribe, before, decision, options, this.#deps.clock.now());
    const all = [...rows, ...parked];
    try {
      await store.commit({
        ...along,
        ...(all.length > 0 && { rows: all }),
        orders: [{ order, expectedVersion: before?.version ?? 0 }],
      });
    } catch (error) {
      throw this.#doubt(order, error);
    }
    chaosPoint('order.saved');
    book.put(order);
    alarms.set(order.id, wakeAt(order, policy));
    if (before?.state !== order.state) {
      events.emit('order.changed', { orderId: order.id, from: before?.state ?? 'none', to: order.state });
      if (isTerminal(order))
        events.emit('order.terminal', {
          orderId: order.id,
          state: order.state,
          code: order.outcome?.code,
          overshootWh: order.bill?.overshootWh,
        });
    }
    this.#onSaved(order, fresh);
    chaosPoint('order.effects');
    return { order, accepted: { ...decision, order } };
  }
}

/** Rated power of a connector that has left the configuration since: no reading is held back for it. */
const UNKNOWN_POWER_W = 1_000_000;

function laneOf(order: Pick<Order, 'peer' | 'becknTransactionId'>): string {
  return transactionKey(buyerKey(order.peer), order.becknTransactionId);
}
