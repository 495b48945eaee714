/** Saves decisions about an order, first to the store, then to memory. It saves only within the order's turn. */
import { nextDeadline } from '../../domain/decide/timers.js';
import type { Accepted } from '../../domain/model/decision.js';
import type { Effect } from '../../domain/model/effect.js';
import { type Order, isTerminal } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import { type Batch, RequestConflict, type Store, StoreConflict } from '../../ports/store.js';
import type { OrderCommandOptions } from './command-options.js';
import { passCrashPoint } from './crash-points.js';
import type { DiscrepancyFactory } from './discrepancies.js';
import type { EffectFactory } from './effect-factory.js';
import { commitWrite, NO_EXTRA_WRITE, type ExtraWrite } from './extra-write.js';
import type { OrderCache } from './order-cache.js';
import type { OrderTimers } from './order-timers.js';
import { prepareSave } from './prepare-save.js';

export interface OrderWriterDeps {
  readonly store: Pick<Store, 'order' | 'commit'>;
  readonly orderCache: OrderCache;
  readonly timers: Pick<OrderTimers, 'set'>;
  readonly effectFactory: EffectFactory;
  readonly discrepancies: DiscrepancyFactory;
  readonly clock: Clock;
  readonly events: Events;
  readonly policy: SessionPolicy;
}

export interface SavedDecision {
  readonly order: Order;
  readonly accepted: Accepted;
  /** Absent if the order's document was not written. */
  readonly newEffects?: readonly Effect[];
}

/** A failed write may still reach the store, so its order is read again after each of these successive waits, ms. */
const RECHECK_WRITE_AFTER_MS = [1_000, 5_000, 15_000, 60_000];

interface UnconfirmedWrite {
  readonly order: Order;
  /** When to read the order again, epoch ms. */
  readonly checkAt: number;
  readonly laterChecks: readonly number[];
}

/** The classes of overshoot, Wh. An overshoot counts in the highest class that it exceeds. */
const OVERSHOOT_CLASSES_WH = [0, 10, 50, 100, 500];

export class OrderWriter {
  readonly #deps: OrderWriterDeps;
  /** Orders whose last write failed but may have reached the store, or may still reach it. */
  readonly #unconfirmed = new Map<string, UnconfirmedWrite>();

  constructor(deps: OrderWriterDeps) {
    this.#deps = deps;
  }

  /**
   * Saves a decision with its effects and discrepancies. Returns a conflict instead of throwing it.
   * @errors StoreFault, RequestConflict; the order in memory is then unchanged. After a StoreFault, a failed write of
   *         the document counts as unconfirmed.
   */
  async save(
    before: Order | undefined,
    decision: Accepted,
    options: OrderCommandOptions,
  ): Promise<SavedDecision | StoreConflict> {
    const { orderCache, timers, effectFactory, discrepancies, policy, clock } = this.#deps;
    const extra = options.alsoSave?.(decision) ?? NO_EXTRA_WRITE;
    const settles = decision.order.effects.some((effect) => effect.seq === options.settledEffect);
    if (decision.save !== 'document' && !settles && !options.requestFingerprint)
      return this.#saveWithoutDocument(decision, extra);
    const previousVersion = before?.version ?? 0;
    const prepared = prepareSave(effectFactory, decision, { ...options, previousVersion, now: clock.now() });
    const { order, newEffects } = prepared;
    const found = discrepancies.create(order, [...decision.discrepancies, ...prepared.discrepancies]);
    const conflict = await this.#commit(order, previousVersion, withDiscrepancies(extra.batch, found));
    if (conflict) return conflict;
    passCrashPoint('order.saved');
    orderCache.put(order);
    extra.committed?.();
    timers.set(order.id, nextDeadline(order, policy));
    if (before?.state !== order.state) this.#emitStateChange(before, order);
    this.#emitFindings(decision, order);
    return { order, accepted: { ...decision, order }, newEffects };
  }

  async #saveWithoutDocument(decision: Accepted, extra: ExtraWrite): Promise<SavedDecision> {
    const { store, orderCache, timers, discrepancies, policy } = this.#deps;
    const { order } = decision;
    const found = discrepancies.create(order, decision.discrepancies);
    await commitWrite(store, { ...extra, batch: withDiscrepancies(extra.batch, found) });
    if (decision.save === 'meter') {
      orderCache.put(order);
      timers.set(order.id, nextDeadline(order, policy));
    }
    return { order, accepted: decision };
  }

  /** Replaces an order's effects without a decision. Returns a conflict instead of throwing it. @errors StoreFault */
  async saveEffects(
    order: Order,
    effects: readonly Effect[],
    batch: Omit<Batch, 'orders'>,
  ): Promise<Order | StoreConflict> {
    const next: Order = { ...order, effects, version: order.version + 1 };
    const conflict = await this.#commit(next, order.version, batch);
    if (conflict) return conflict;
    this.#deps.orderCache.put(next);
    return next;
  }

  async #commit(
    order: Order,
    expectedVersion: number,
    batch: Omit<Batch, 'orders'>,
  ): Promise<StoreConflict | undefined> {
    const { store, timers, clock } = this.#deps;
    try {
      await store.commit({ ...batch, orders: [{ order, expectedVersion }] });
      // An earlier write that failed expects an older version, so it can no longer arrive.
      this.#unconfirmed.delete(order.id);
      return undefined;
    } catch (error) {
      if (error instanceof StoreConflict) return error;
      if (error instanceof RequestConflict) throw error;
      // The write may have reached the store although its response was lost, so the order will be read again.
      const [first = 0, ...laterChecks] = RECHECK_WRITE_AFTER_MS;
      const checkAt = clock.now() + first;
      this.#unconfirmed.set(order.id, { order, checkAt, laterChecks });
      timers.set(order.id, checkAt);
      throw error;
    }
  }

  /** Returns the order of a failed write that may have reached the store; `undefined` if there is none. */
  unconfirmed(orderId: string): Order | undefined {
    return this.#unconfirmed.get(orderId)?.order;
  }

  /** Returns when to read the order of a failed write again, epoch ms; `undefined` if there is no such write. */
  recheckAt(orderId: string): number | undefined {
    return this.#unconfirmed.get(orderId)?.checkAt;
  }

  /**
   * Call it after reading the order from the store again. Forgets the failed write if it was stored, or if it has had
   * enough time to arrive.
   */
  rechecked(orderId: string, stored: Order | undefined): void {
    const failed = this.#unconfirmed.get(orderId);
    const [next, ...laterChecks] = failed?.laterChecks ?? [];
    if (!failed || next === undefined || (stored && stored.version >= failed.order.version))
      this.#unconfirmed.delete(orderId);
    else this.#unconfirmed.set(orderId, { ...failed, checkAt: this.#deps.clock.now() + next, laterChecks });
  }

  /**
   * Reads the order from the store and brings memory up to date. Returns the order and the effects that memory lacked;
   * `undefined` if the order no longer exists.
   */
  async reload(
    orderId: string,
  ): Promise<{ readonly order: Order; readonly unknownEffects: readonly Effect[] } | undefined> {
    const { store, orderCache, timers, policy } = this.#deps;
    const cached = orderCache.getCached(orderId);
    const stored = await store.order(orderId);
    if (!stored) {
      // The order was a draft that expired and was removed.
      orderCache.forget(orderId);
      timers.set(orderId, undefined);
      return undefined;
    }
    if (cached && cached.version >= stored.version) return { order: cached, unknownEffects: [] };
    const order = withNewerMeter(stored, cached);
    orderCache.put(order);
    timers.set(orderId, nextDeadline(order, policy));
    const unknownEffects = order.effects.filter((effect) => effect.seq >= (cached?.nextEffectSeq ?? 0));
    return { order, unknownEffects };
  }

  /** Reports what the operator should learn about an ended session in addition to its discrepancies. */
  #emitFindings({ suggestedQuirk, overshootWh }: Accepted, { id: orderId, connector }: Order): void {
    const { events } = this.#deps;
    const { chargePointId } = connector;
    if (suggestedQuirk) events.emit('charger.quirk-suggested', { ...suggestedQuirk, chargePointId, orderId });
    if (overshootWh === undefined) return;
    const beyond = OVERSHOOT_CLASSES_WH.findLast((wh) => overshootWh > wh) ?? 0;
    events.emit('order.overshot', { beyond, overshootWh, chargePointId, orderId });
  }

  #emitStateChange(before: Order | undefined, order: Order): void {
    const { events } = this.#deps;
    const { id: orderId, state, outcome, bill } = order;
    events.emit('order.changed', { orderId, from: before?.state ?? 'none', to: state });
    if (isTerminal(order))
      events.emit('order.terminal', { orderId, state, code: outcome?.code, overshootWh: bill?.overshootWh });
  }
}

function withDiscrepancies(batch: Omit<Batch, 'orders'>, found: Batch['discrepancies'] = []): Omit<Batch, 'orders'> {
  return found.length > 0 ? { ...batch, discrepancies: [...(batch.discrepancies ?? []), ...found] } : batch;
}

/**
 * Returns the stored order, with the meter of the cached one if that is newer: the readings since the last save are in
 * the journal, not in the stored document.
 */
function withNewerMeter(stored: Order, cached: Order | undefined): Order {
  const meter = cached?.session?.meter;
  const { session } = stored;
  if (!meter || !session || session.end || meter.journalSeq <= session.meter.journalSeq) return stored;
  return { ...stored, session: { ...session, meter } };
}
