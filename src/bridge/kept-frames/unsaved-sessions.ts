/**
 * Enforces the limits of sessions whose start is in the frame journal but not yet in the store. Decides on a copy of
 * the order, which is never saved; only its RemoteStops are sent.
 */
import { decide } from '../../domain/decide/decide.js';
import { nextDeadline } from '../../domain/decide/timers.js';
import { isTagOf } from '../../domain/matching/tags.js';
import type { CommandOf, OrderCommand } from '../../domain/model/command.js';
import { isTerminal, type Order } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { AuthorizationStatus, ChargerEventOf, TransactionEvent } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { TransactionRecord } from '../../ports/stored-records.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { OrderTimers } from '../orders/order-timers.js';
import { isTransactionNumber } from '../transactions/transaction-index.js';
import { AUTHORIZATION_STATUS, type TransactionStart } from '../transactions/transaction-start.js';

/**
 * The shortest wait before a copy's deadline is checked again, ms. A decision on the copy may leave the deadline
 * unchanged.
 */
const MIN_WAIT_MS = 250;

export interface UnsavedSessionsDeps {
  readonly orderCache: Pick<OrderCache, 'getCached'>;
  readonly orders: Pick<OrderCommandHandler, 'contextFor' | 'sendUnsavedStop'>;
  readonly transactionStart: TransactionStart;
  readonly clock: Clock;
  readonly policy: SessionPolicy;
}

export class UnsavedSessions {
  readonly #deps: UnsavedSessionsDeps;
  /** Copies of the orders as they will be once the kept messages are saved, by order id. */
  readonly #orders = new Map<string, Order>();
  readonly #timers: OrderTimers;

  constructor(deps: UnsavedSessionsDeps) {
    this.#deps = deps;
    this.#timers = new OrderTimers(deps.clock);
    this.#timers.onDue((orderId) => this.#timerFired(orderId));
  }

  /**
   * Begins the session in a copy of the order if the order expects this transaction.
   * @param meterStartWh Absent if the start message does not contain it.
   */
  begin(order: Order, record: TransactionRecord, meterStartWh: number | undefined): AuthorizationStatus {
    const { orders, transactionStart } = this.#deps;
    const current = this.#copyOf(order.id) ?? order;
    const command = transactionStart.toRecordStart(current, record, record.startedAt, meterStartWh);
    const decision = decide(current, command, orders.contextFor(current, command));
    if ('refusal' in decision) return 'Invalid';
    if (decision.idTagStatus === 'accepted') this.#put(decision.order);
    return AUTHORIZATION_STATUS[decision.idTagStatus ?? 'expired'];
  }

  /** Returns whether a kept message has begun the order's session, which may have ended since. */
  hasBegun(orderId: string): boolean {
    return this.#copyOf(orderId) !== undefined;
  }

  has(chargePointId: string, transactionId: string): boolean {
    return this.#find(chargePointId, transactionId) !== undefined;
  }

  /** Applies samples to their session. @returns False if no copy has that session. */
  observe(chargePointId: string, event: ChargerEventOf<'meter-sampled'> | TransactionEvent): boolean {
    const { connectorId, samples } = event;
    const transactionId = namedBy(event);
    const order =
      transactionId === undefined
        ? this.#ordersAt(chargePointId).find(({ connector }) => connector.connectorId === connectorId)
        : this.#find(chargePointId, transactionId);
    if (!order?.session || order.session.end) return false;
    const { journalSeq } = order.session.meter;
    this.#apply(order, { type: 'record-sample', samples, namesTransaction: transactionId !== undefined, journalSeq });
    return true;
  }

  /**
   * Ends the session in the copy that the message names by its transaction id, otherwise by its tag. The copy keeps
   * refusing further starts with the order's tag.
   */
  end(
    chargePointId: string,
    event: ChargerEventOf<'transaction-stopped'> | TransactionEvent,
    stop: CommandOf<'record-stop'>,
  ): void {
    const { idTag } = event;
    const transactionId = namedBy(event);
    const order =
      transactionId === undefined
        ? this.#ordersAt(chargePointId).find((one) => idTag !== undefined && isTagOf(one, idTag))
        : this.#find(chargePointId, transactionId);
    if (order) this.#apply(order, stop);
  }

  /** Drops the copy once the start is in the store, because the order itself then has the session. */
  forget(chargePointId: string, transactionId: string): void {
    const order = this.#find(chargePointId, transactionId);
    if (order) this.#drop(order.id);
  }

  stop(): void {
    this.#timers.stop();
  }

  #timerFired(orderId: string): void {
    const order = this.#copyOf(orderId);
    if (order) this.#apply(order, { type: 'timer-due' });
  }

  #apply(order: Order, command: OrderCommand): void {
    const { orders } = this.#deps;
    const decision = decide(order, command, orders.contextFor(order, command));
    if ('refusal' in decision) return;
    this.#put(decision.order);
    if (decision.effects.some(({ kind }) => kind === 'remote-stop')) orders.sendUnsavedStop(decision.order);
  }

  #put(order: Order): void {
    this.#orders.set(order.id, order);
    if (order.session?.end) return this.#timers.set(order.id, undefined);
    const dueAt = nextDeadline(order, this.#deps.policy);
    this.#timers.set(order.id, dueAt && Math.max(dueAt, this.#deps.clock.now() + MIN_WAIT_MS));
  }

  #drop(orderId: string): void {
    this.#orders.delete(orderId);
    this.#timers.set(orderId, undefined);
  }

  /**
   * Returns the copy of an order, unless the order itself has the session or has ended. That may happen without
   * `forget`: if the start could not be kept, the charger repeats it.
   */
  #copyOf(orderId: string): Order | undefined {
    const copy = this.#orders.get(orderId);
    const order = this.#deps.orderCache.getCached(orderId);
    const isNeeded = order && !isTerminal(order) && order.session?.transactionId !== copy?.session?.transactionId;
    if (copy && !isNeeded) this.#drop(orderId);
    return isNeeded ? copy : undefined;
  }

  #ordersAt(chargePointId: string): readonly Order[] {
    return [...this.#orders.keys()]
      .flatMap((orderId) => this.#copyOf(orderId) ?? [])
      .filter(({ connector }) => connector.chargePointId === chargePointId);
  }

  #find(chargePointId: string, transactionId: string): Order | undefined {
    return this.#ordersAt(chargePointId).find(({ session }) => session?.transactionId === transactionId);
  }
}

/** Returns the transaction id in a message; `undefined` if it names no transaction. */
function namedBy(
  event: ChargerEventOf<'meter-sampled' | 'transaction-stopped'> | TransactionEvent,
): string | undefined {
  if (event.type === 'transaction-event') return event.transactionId;
  return isTransactionNumber(event.transactionId) ? event.transactionId : undefined;
}
