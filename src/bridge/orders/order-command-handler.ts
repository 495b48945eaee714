/**
 * Where orders change: load → decide → save → effects. The only writer of orders.
 * A version conflict is answered by loading and deciding again; nothing leaves before it is saved.
 */
import type { OrderCommand } from '../../domain/model/command.js';
import type { Accepted, DecisionContext } from '../../domain/model/decision.js';
import { decide } from '../../domain/decide/decide.js';
import { nextDeadline } from '../../domain/decide/timers.js';
import { type Order, buyerKey, type RequestFingerprint, isTerminal } from '../../domain/model/order.js';
import type { Effect } from '../../domain/model/effect.js';
import type { Slot } from '../../domain/model/reservation.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Catalogue } from '../../domain/locations/catalogue.js';
import { type OrderCache, transactionKey } from './order-cache.js';
import { passCrashPoint } from './crash-points.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { KeyedQueue } from './keyed-queue.js';
import { prepareSave } from './prepare-save.js';
import type { OrderTimers } from './order-timers.js';
import type { EffectFactory } from './effect-factory.js';
import type { Clock } from '../../ports/runtime.js';
import type { Events } from '../../ports/events.js';
import { type Batch, type MeterEntry, type Store, StoreConflict } from '../../ports/store.js';

export interface OrderCommandHandlerDeps {
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly queue: KeyedQueue;
  readonly timers: OrderTimers;
  readonly effectFactory: EffectFactory;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly events: Events;
  readonly policy: SessionPolicy;
  readonly capabilities: Capabilities;
  /** Slots that other orders hold on a connector. */
  readonly bookedSlots: (chargePointId: string, connectorId: number, besides?: string) => readonly Slot[];
}

export type OrderCommandResult =
  | { readonly order: Order; readonly accepted: Accepted }
  | { readonly order: Order | undefined; readonly refusal: Refusal };

export interface OrderCommandOptions {
  readonly opening?: DecisionContext['newOrder'];
  /** Remembered in the order, so that a repeat is known even if the request's own record was lost. */
  readonly requestFingerprint?: RequestFingerprint;
  /** Where the buyer app says it is now: its callbacks go there from now on. */
  readonly bapUri?: string;
  /** The effect that this command settles: it is removed in the same write. */
  readonly settledEffect?: number;
  /** What else belongs into the same write. */
  readonly alsoSave?: (accepted: Accepted) => Omit<Batch, 'orders'>;
}

/** An order and the Beckn transaction whose commands it waits for. */
export type OrderRef = Pick<Order, 'id' | 'customer' | 'becknTransactionId'>;

export interface TransactionRef {
  /** The buyer app's `buyerKey`. */
  readonly buyer: string;
  readonly becknTransactionId: string;
}

/** The order that a command is for, `undefined` for a new one; or the refusal to build a command. */
export type PreparedCommand =
  | { readonly order: Order | undefined; readonly command: OrderCommand; readonly options?: OrderCommandOptions }
  | { readonly order: Order | undefined; readonly refusal: Refusal };

/** Builds a command from the newest order of a transaction; `undefined` when there is nothing to do. */
export type BuildCommand = (newest: Order | undefined) => Promise<PreparedCommand | undefined>;

const CONNECTOR_BUSY: Refusal = { code: 'connector-busy', path: 'message.order.items' };
const MAX_ATTEMPTS = 8;
const RECHECK_WRITE_AFTER_MS = 1000;

export class OrderCommandHandler {
  readonly #deps: OrderCommandHandlerDeps;
  readonly #unconfirmedWrites = new Map<string, Order>();
  #onSaved: (order: Order, fresh: readonly Effect[]) => void = () => undefined;
  #onTriggerMeterValues: (order: Order) => void = () => undefined;
  #onCostDisplay: (order: Order, what: NonNullable<Accepted['costDisplay']>) => void = () => undefined;

  constructor(deps: OrderCommandHandlerDeps) {
    this.#deps = deps;
  }

  /** Called after each save with the effects that are new in it. */
  onSaved(listener: (order: Order, fresh: readonly Effect[]) => void): void {
    this.#onSaved = listener;
  }

  /** Called when a fresh reading of an order's meter is wanted. */
  onTriggerMeterValues(listener: (order: Order) => void): void {
    this.#onTriggerMeterValues = listener;
  }

  /** Called when the charger is to show what it charges for. */
  onCostDisplay(listener: (order: Order, what: NonNullable<Accepted['costDisplay']>) => void): void {
    this.#onCostDisplay = listener;
  }

  /**
   * Decides a command and saves the result, alone among the commands of the same Beckn transaction.
   * @param work The command for an order; or for a transaction, the function that builds it from the newest order.
   * @returns `undefined` when `work` builds no command.
   */
  handle(transaction: TransactionRef, work: BuildCommand): Promise<OrderCommandResult | undefined>;
  handle(order: OrderRef, work: OrderCommand, options?: OrderCommandOptions): Promise<OrderCommandResult>;
  async handle(
    target: OrderRef | TransactionRef,
    work: OrderCommand | BuildCommand,
    options: OrderCommandOptions = {},
  ): Promise<OrderCommandResult | undefined> {
    const { queue, orderCache } = this.#deps;
    const buyer = 'buyer' in target ? target.buyer : buyerKey(target.customer);
    const release = await queue.acquire(transactionKey(buyer, target.becknTransactionId));
    try {
      const prepared: PreparedCommand | undefined =
        typeof work === 'function'
          ? await work(await orderCache.findNewest(buyer, target.becknTransactionId))
          : { order: 'id' in target ? await orderCache.get(target.id) : undefined, command: work, options };
      if (!prepared || 'refusal' in prepared) return prepared;
      // An order whose last write failed may have changed in the store.
      let current = await this.#reloadIfUnconfirmed(prepared.order);
      for (let attempt = 1; ; attempt++) {
        const context = this.#decisionContext(current, prepared.command, prepared.options?.opening);
        const decision = decide(current, prepared.command, context);
        if ('refusal' in decision) return { order: current, refusal: decision.refusal };
        passCrashPoint('order.decided');
        const saved = await this.#saveOrConflict(current, decision, prepared.options ?? {});
        if (!(saved instanceof StoreConflict)) return saved;
        const reloaded = await this.#reload(saved.orderId);
        if (saved.kind === 'connector') return { order: current, refusal: CONNECTOR_BUSY };
        if (attempt >= MAX_ATTEMPTS) throw saved;
        if (current) current = reloaded;
      }
    } finally {
      release();
    }
  }

  async #reloadIfUnconfirmed(order: Order | undefined): Promise<Order | undefined> {
    return order && this.#unconfirmedWrites.has(order.id) ? this.#reload(order.id) : order;
  }

  async #saveOrConflict(
    before: Order | undefined,
    decision: Accepted,
    options: OrderCommandOptions,
  ): Promise<OrderCommandResult | StoreConflict> {
    try {
      const saved = await this.#save(before, decision, options);
      if (decision.triggerMeterValues) this.#onTriggerMeterValues(decision.order);
      if (decision.costDisplay) this.#onCostDisplay(decision.order, decision.costDisplay);
      return saved;
    } catch (error) {
      if (error instanceof StoreConflict) return error;
      throw error;
    }
  }

  /** Whether an open order still wants an effect. */
  owesEffect(orderId: string, seq: number): boolean {
    return this.#deps.orderCache.getCached(orderId)?.effects.some((effect) => effect.seq === seq) ?? false;
  }

  /**
   * A meter frame of an open order. Usually it only moves the meter: then nothing waits and one journal
   * entry is written, together with all others of this turn.
   */
  recordSample(
    orderId: string,
    command: Extract<OrderCommand, { type: 'record-sample' }>,
    entry: MeterEntry,
  ): Promise<void> {
    const { orderCache: book, queue: lanes, store } = this.#deps;
    const order = book.getCached(orderId);
    if (order && (lanes.isEmpty || !lanes.isBusy(queueKeyOf(order)))) {
      const decision = decide(order, command, this.#decisionContext(order, command, undefined));
      if (!('refusal' in decision) && decision.save !== 'document') {
        passCrashPoint('meter.decided');
        book.put(decision.order);
        this.#deps.timers.set(orderId, nextDeadline(decision.order, this.#deps.policy));
        if (decision.costDisplay) this.#onCostDisplay(decision.order, decision.costDisplay);
        return store.appendMeterEntry(entry);
      }
    }
    return this.#recordSampleInQueue(orderId, command, entry);
  }

  async #recordSampleInQueue(
    orderId: string,
    command: Extract<OrderCommand, { type: 'record-sample' }>,
    entry: MeterEntry,
  ): Promise<void> {
    const order = await this.#deps.orderCache.get(orderId);
    if (!order) return this.#deps.store.appendMeterEntry(entry);
    await this.handle(order, command, { alsoSave: () => ({ meterEntries: [entry] }) });
    passCrashPoint('meter.saved');
  }

  /** Changes how an effect is kept (attempts, due time, gone) without any decision. */
  amendEffects(
    order: OrderRef,
    change: (effects: readonly Effect[]) => readonly Effect[],
    along: Omit<Batch, 'orders'> = {},
  ): Promise<Order | undefined> {
    return this.#deps.queue.run(queueKeyOf(order), async () => {
      for (let attempt = 1; ; attempt++) {
        const current = await this.#deps.orderCache.get(order.id);
        if (!current) return undefined;
        const effects = change(current.effects);
        if (effects === current.effects && Object.keys(along).length === 0) return current;
        const next: Order = { ...current, effects, version: current.version + 1 };
        try {
          await this.#deps.store.commit({ ...along, orders: [{ order: next, expectedVersion: current.version }] });
          this.#deps.orderCache.put(next);
          return next;
        } catch (error) {
          if (!(error instanceof StoreConflict)) throw this.#suspectWrite(current, error);
          await this.#reload(order.id);
          if (attempt >= MAX_ATTEMPTS) throw error;
        }
      }
    });
  }

  /** A write that failed may have happened all the same, when only its answer was lost: the store is asked shortly. */
  #suspectWrite(order: Order, error: unknown): unknown {
    if (error instanceof StoreConflict) return error;
    this.#unconfirmedWrites.set(order.id, order);
    this.#deps.timers.set(order.id, this.#deps.clock.now() + RECHECK_WRITE_AFTER_MS);
    return error;
  }

  /** Takes over what a failed write left in the store; `undefined` when no write of this order failed. */
  recoverUnconfirmedWrite(orderId: string): Promise<void> | undefined {
    const doubted = this.#unconfirmedWrites.get(orderId);
    if (!doubted) return undefined;
    return this.#deps.queue.run(queueKeyOf(doubted), async () => {
      await this.#reload(orderId);
      this.#unconfirmedWrites.delete(orderId);
    });
  }

  /** The order as the store has it, with what it owes that nobody knew of. Only inside the order's lane. */
  async #reload(orderId: string): Promise<Order | undefined> {
    const { store, orderCache: book, timers: alarms, policy } = this.#deps;
    const known = book.getCached(orderId);
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
    alarms.set(orderId, nextDeadline(order, policy));
    const unknown = order.effects.filter((effect) => effect.seq >= (known?.nextEffectSeq ?? 0));
    this.#onSaved(order, unknown);
    return order;
  }

  #decisionContext(
    order: Order | undefined,
    command: OrderCommand,
    opening: DecisionContext['newOrder'],
  ): DecisionContext {
    const site = 'site' in command && command.site ? command.site : order && this.#deps.catalogue.site(order.connector);
    const now = this.#deps.clock.now();
    const { policy } = this.#deps;
    const maxPowerW = site?.connector.maxPowerW ?? UNKNOWN_POWER_W;
    // The hot path asks nothing of it: a session knows its means from its beginning.
    if (command.type === 'record-sample') return { now, policy, maxPowerW };
    const ref = site
      ? { chargePointId: site.chargePoint.id, connectorId: site.connector.connectorId }
      : order?.connector;
    const means = ref && this.#deps.capabilities.capabilitiesOf(ref);
    const ordering = command.type === 'select' || command.type === 'init' || command.type === 'confirm';
    const booked = ordering && ref ? this.#deps.bookedSlots(ref.chargePointId, ref.connectorId, order?.id) : undefined;
    return {
      now,
      policy,
      maxPowerW,
      ...(opening && { newOrder: opening }),
      ...(means && { capabilities: means }),
      ...(booked && { bookedSlots: booked }),
    };
  }

  async #save(
    before: Order | undefined,
    decision: Accepted,
    options: OrderCommandOptions,
  ): Promise<OrderCommandResult> {
    const { store, orderCache: book, timers: alarms, effectFactory: scribe, events, policy } = this.#deps;
    const along = options.alsoSave?.(decision) ?? {};
    const rows = [
      ...(along.discrepancies ?? []),
      ...scribe.createDiscrepancies(decision.order, decision.discrepancies),
    ];
    const settles = decision.order.effects.some((effect) => effect.seq === options.settledEffect);
    const settled = settles || options.requestFingerprint !== undefined;
    if (decision.save !== 'document' && !settled) {
      const batch: Batch = { ...along, ...(rows.length > 0 && { discrepancies: rows }) };
      if (Object.keys(batch).length > 0) await store.commit(batch);
      if (decision.save === 'meter') {
        book.put(decision.order);
        alarms.set(decision.order.id, nextDeadline(decision.order, policy));
      }
      return { order: decision.order, accepted: decision };
    }
    const {
      order,
      newEffects: fresh,
      discrepancies: parked,
    } = prepareSave(scribe, before, decision, options, this.#deps.clock.now());
    const all = [...rows, ...parked];
    try {
      await store.commit({
        ...along,
        ...(all.length > 0 && { discrepancies: all }),
        orders: [{ order, expectedVersion: before?.version ?? 0 }],
      });
    } catch (error) {
      throw this.#suspectWrite(order, error);
    }
    passCrashPoint('order.saved');
    book.put(order);
    alarms.set(order.id, nextDeadline(order, policy));
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
    passCrashPoint('order.effects');
    return { order, accepted: { ...decision, order } };
  }
}

/** Rated power of a connector that has left the configuration since: no reading is held back for it. */
const UNKNOWN_POWER_W = 1_000_000;

function queueKeyOf(order: Pick<Order, 'customer' | 'becknTransactionId'>): string {
  return transactionKey(buyerKey(order.customer), order.becknTransactionId);
}
