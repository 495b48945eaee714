/**
 * Handles order commands and is the only writer of orders: load → decide → save → effects. After a version conflict, it
 * loads and decides again. No effect is carried out before it is saved, except RemoteStops and charging profiles while
 * the store is unavailable.
 */
import { decide } from '../../domain/decide/decide.js';
import { nextDeadline } from '../../domain/decide/timers.js';
import type { OrderCommand } from '../../domain/model/command.js';
import type { Accepted, DecisionContext } from '../../domain/model/decision.js';
import type { Effect } from '../../domain/model/effect.js';
import { type Order, isTerminal } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import { report } from '../../observe/report.js';
import { type Batch, type Store, StoreConflict, StoreFault } from '../../ports/store.js';
import type { MeterEntry } from '../../ports/stored-records.js';
import {
  type BecknTransactionRef,
  type CommandBuilder,
  hasHandled,
  type OrderCommandOptions,
  type OrderCommandResult,
  type OrderRef,
  queueKeyOf,
} from './command-options.js';
import { passCrashPoint } from './crash-points.js';
import { createDecisionContext, type DecisionContextDeps } from './decision-context.js';
import type { OrderEffectHandler, ProfileAnswer, UnsavedProfile } from './effect-handler.js';
import { KeyedQueue } from './keyed-queue.js';
import { OrderWriter, type OrderWriterDeps, type SavedDecision } from './order-writer.js';

export interface OrderCommandHandlerDeps extends DecisionContextDeps, OrderWriterDeps {
  readonly store: Pick<Store, 'order' | 'commit' | 'appendMeterEntry'>;
  /** Returns whether a charge point is ready for commands. */
  readonly isReady: (chargePointId: string) => boolean;
}

const MAX_ATTEMPTS = 8;
type Refused = Extract<OrderCommandResult, { readonly refusal: Refusal }>;

const CONNECTOR_BUSY: Refusal = { code: 'connector-busy', path: 'message.order.items' };

export class OrderCommandHandler {
  readonly #deps: OrderCommandHandlerDeps;
  /** Runs one command at a time per Beckn transaction. */
  readonly #queue = new KeyedQueue();
  readonly #writer: OrderWriter;
  #effectHandlers: readonly OrderEffectHandler[] = [];

  constructor(deps: OrderCommandHandlerDeps) {
    this.#deps = deps;
    this.#writer = new OrderWriter(deps);
  }

  /** Sets the handlers of saved effects. They are called in this order. */
  setEffectHandlers(handlers: readonly OrderEffectHandler[]): void {
    this.#effectHandlers = handlers;
  }

  /**
   * Waits for the order's turn, decides on the command, saves, and passes the new effects to their handlers. Resolves
   * when the decision is durable, or with a refusal.
   * @errors StoreFault, or StoreConflict after too many conflicts: the caller may repeat the command. RequestConflict:
   *         the request was accepted before.
   */
  async handle(
    target: OrderRef | BecknTransactionRef,
    command: OrderCommand | CommandBuilder,
    options: OrderCommandOptions = {},
  ): Promise<OrderCommandResult> {
    const endTurn = await this.#queue.acquire(queueKeyOf(target));
    try {
      let order = await this.#load(target);
      if (order && hasHandled(order, options.requestFingerprint)) return { order, repeated: true };
      if (order && options.replacesTerminal && isTerminal(order)) order = undefined;
      const built = typeof command === 'function' ? await command(order) : command;
      if ('code' in built) return await refuse({ order: undefined, refusal: built }, options);
      for (let attempt = 1; ; attempt++) {
        const decision = decide(order, built, createDecisionContext(this.#deps, order, built, options.newOrder));
        if ('refusal' in decision) return await refuse({ order, refusal: decision.refusal }, options);
        passCrashPoint('order.decided');
        const saved = await this.#save(order, decision, options);
        if (!(saved instanceof StoreConflict)) return this.#passOn(saved, decision, options);
        const stored = await this.#reload(saved.orderId);
        if (saved.kind === 'connector') return await refuse({ order, refusal: CONNECTOR_BUSY }, options);
        if (attempt >= MAX_ATTEMPTS) throw saved;
        order &&= stored;
      }
    } finally {
      endTurn();
    }
  }

  /** Saves a decision. If that fails, still sends the RemoteStop that the decision requires, if any. */
  async #save(
    order: Order | undefined,
    decision: Accepted,
    options: OrderCommandOptions,
  ): Promise<SavedDecision | StoreConflict> {
    try {
      return await this.#writer.save(order, decision, options);
    } catch (error) {
      if (error instanceof StoreFault && decision.effects.some(({ kind }) => kind === 'remote-stop'))
        this.sendUnsavedStop(decision.order);
      throw error;
    }
  }

  /** Passes the effects and hints of a saved decision to their handlers. */
  #passOn(saved: SavedDecision, decision: Accepted, { requestFingerprint }: OrderCommandOptions): OrderCommandResult {
    const { order, accepted, newEffects } = saved;
    if (newEffects) {
      for (const handler of this.#effectHandlers) handler.handleEffects?.(order, newEffects, { recovered: false });
      passCrashPoint('order.effects');
    }
    this.handleHints(decision);
    if (requestFingerprint) this.#startIfChargerReady(order);
    return { order, accepted };
  }

  /**
   * Applies a meter message to its order. If no command about the order is running and only the meter changes, as is
   * usual, the message skips the queue and appends one journal entry, batched with others of the same event-loop turn.
   * Here memory changes before the store. That is safe because a message that could not be saved comes again, from the
   * charge point or the frame journal, and a repeated reading counts once. Resolves when the entry is durable.
   * @errors StoreFault, or StoreConflict after too many conflicts.
   */
  recordSample(
    orderId: string,
    command: Extract<OrderCommand, { type: 'record-sample' }>,
    entry: MeterEntry,
  ): Promise<void> {
    const { orderCache, store, timers, policy } = this.#deps;
    const order = orderCache.getCached(orderId);
    if (order && (this.#queue.isEmpty || !this.#queue.isBusy(queueKeyOf(order)))) {
      const decision = decide(order, command, createDecisionContext(this.#deps, order, command, undefined));
      if (!('refusal' in decision) && decision.save !== 'document') {
        passCrashPoint('meter.decided');
        orderCache.put(decision.order);
        timers.set(orderId, nextDeadline(decision.order, policy));
        this.handleHints(decision);
        return store.appendMeterEntry(entry);
      }
    }
    return this.#recordSampleInTurn(orderId, command, entry);
  }

  /** Returns what a decision about the order may use now. */
  contextFor(order: Order, command: OrderCommand): DecisionContext {
    return createDecisionContext(this.#deps, order, command, undefined);
  }

  async #recordSampleInTurn(
    orderId: string,
    command: Extract<OrderCommand, { type: 'record-sample' }>,
    entry: MeterEntry,
  ): Promise<void> {
    const order = await this.#deps.orderCache.get(orderId);
    if (!order) return this.#deps.store.appendMeterEntry(entry);
    await this.handle(order, command, { alsoSave: () => ({ batch: { meterEntries: [entry] } }) });
    passCrashPoint('meter.saved');
  }

  /** Returns whether an effect of a cached order is still pending. */
  owesEffect(orderId: string, seq: number): boolean {
    return this.#deps.orderCache.getCached(orderId)?.effects.some((effect) => effect.seq === seq) ?? false;
  }

  /**
   * Changes the pending effects of an order (attempts, due time, removal) without a decision. Writes nothing if
   * `change` returns its argument and `batch` is empty.
   * @param batch Further records for the same write.
   * @returns The order after that; `undefined` if it no longer exists.
   */
  async amendEffects(
    ref: OrderRef,
    change: (effects: readonly Effect[]) => readonly Effect[],
    batch: Omit<Batch, 'orders'> = {},
  ): Promise<Order | undefined> {
    const endTurn = await this.#queue.acquire(queueKeyOf(ref));
    try {
      for (let attempt = 1; ; attempt++) {
        const order = await this.#deps.orderCache.get(ref.id);
        if (!order) return undefined;
        const effects = change(order.effects);
        if (effects === order.effects && Object.keys(batch).length === 0) return order;
        const saved = await this.#writer.saveEffects(order, effects, batch);
        if (!(saved instanceof StoreConflict)) return saved;
        await this.#reload(ref.id);
        if (attempt >= MAX_ATTEMPTS) throw saved;
      }
    } finally {
      endTurn();
    }
  }

  /**
   * Returns when to read an order again after a write that may or may not have been stored, epoch ms; `undefined` if
   * there is no such write.
   */
  recheckAt(orderId: string): number | undefined {
    return this.#writer.recheckAt(orderId);
  }

  /** Reads an order again after a write that may or may not have been stored. @returns False if no such read is due. */
  async recoverUnconfirmedWrite(orderId: string): Promise<boolean> {
    const order = this.#writer.unconfirmed(orderId);
    if (!order || (this.#writer.recheckAt(orderId) ?? 0) > this.#deps.clock.now()) return false;
    const endTurn = await this.#queue.acquire(queueKeyOf(order));
    try {
      this.#writer.rechecked(orderId, await this.#reload(orderId));
      return true;
    } finally {
      endTurn();
    }
  }

  /** Resolves when no command is running or waiting. */
  drained(): Promise<void> {
    return this.#queue.drained();
  }

  async #load(target: OrderRef | BecknTransactionRef): Promise<Order | undefined> {
    const { orderCache } = this.#deps;
    const order =
      'id' in target
        ? await orderCache.get(target.id)
        : await orderCache.findNewest(target.buyer, target.becknTransactionId);
    // A failed write may have stored effects that memory does not have.
    const unsaved = order && this.#writer.unconfirmed(order.id);
    if (!unsaved) return order;
    try {
      return await this.#reload(order.id);
    } catch (error) {
      if (unsaved.effects.some(({ kind }) => kind === 'remote-stop')) this.sendUnsavedStop(unsaved);
      throw error;
    }
  }

  /** Sends the RemoteStop of a decision that could not be saved. */
  sendUnsavedStop(order: Order): void {
    for (const handler of this.#effectHandlers) handler.handleUnsavedStop?.(order);
  }

  /** Sends the charging profile of a decision that is not saved. */
  sendUnsavedProfile(order: Order, effect: UnsavedProfile, answered: (answer: ProfileAnswer) => void): void {
    for (const handler of this.#effectHandlers) handler.handleUnsavedProfile?.(order, effect, answered);
  }

  /** Passes the best-effort requests of a decision to the handlers. */
  handleHints(decision: Accepted): void {
    const { triggerMeterValues, checkTransaction, goesOnAfterEnd, costDisplay } = decision;
    if (!triggerMeterValues && !checkTransaction && !goesOnAfterEnd && !costDisplay) return;
    for (const handler of this.#effectHandlers) handler.handleHints?.(decision.order, decision);
  }

  /** Starts the order if its charge point became ready during the save, before the order was in memory. */
  #startIfChargerReady(order: Order): void {
    const waitsForCharger = order.state === 'confirmed' && !order.slot && !order.awaitsBuyerStart;
    if (!waitsForCharger || !this.#deps.isReady(order.connector.chargePointId)) return;
    this.handle(order, { type: 'charger-connected' }).catch((error: unknown) =>
      report(this.#deps.events, 'order waiting for its charger', error, { orderId: order.id }),
    );
  }

  /**
   * Reads the order from the store and passes effects that memory lacks to their handlers. Call it only within the
   * order's turn.
   */
  async #reload(orderId: string): Promise<Order | undefined> {
    const stored = await this.#writer.reload(orderId);
    if (!stored) return undefined;
    const { order, unknownEffects } = stored;
    if (unknownEffects.length > 0)
      for (const handler of this.#effectHandlers) handler.handleEffects?.(order, unknownEffects, { recovered: false });
    return order;
  }
}

/** Saves the callback that carries the refusal, if a buyer app awaits one. */
async function refuse(refused: Refused, { onRefused }: OrderCommandOptions): Promise<Refused> {
  await onRefused?.(refused.refusal, refused.order);
  return refused;
}
