/**
 * Enforces the limits of sessions that have messages in the frame journal but not yet in the store. Decides on a copy
 * of the order; of the effects, only RemoteStops, charging profiles and best-effort requests are sent. The order itself
 * changes only once the messages are saved. They are then applied to it one by one, so a buyer app that had been shown
 * the copy would see the energy fall.
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
import type { UnsavedProfile } from '../orders/effect-handler.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { OrderTimers } from '../orders/order-timers.js';
import { isTransactionNumber } from '../transactions/transaction-index.js';
import { AUTHORIZATION_STATUS, type TransactionStart } from '../transactions/transaction-start.js';

/**
 * The shortest wait before a copy's deadline is checked again, ms. Without it, a decision that leaves the deadline
 * unchanged would be repeated at once.
 */
const MIN_WAIT_MS = 250;

export interface UnsavedSessionsDeps {
  readonly orderCache: Pick<OrderCache, 'getCached'>;
  readonly orders: Pick<OrderCommandHandler, 'contextFor' | 'sendUnsavedStop' | 'sendUnsavedProfile' | 'handleHints'>;
  readonly transactionStart: TransactionStart;
  readonly clock: Clock;
  readonly policy: SessionPolicy;
}

export class UnsavedSessions {
  readonly #deps: UnsavedSessionsDeps;
  /** Copies of the orders as they will be once the kept messages are saved, by order id. */
  readonly #copies = new Map<string, Order>();
  /** The ids of the copied orders, by charge point. */
  readonly #ordersByChargePoint = new Map<string, Set<string>>();
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

  /** Returns whether kept messages have begun or continued the order's session, which may have ended since. */
  hasBegun(orderId: string): boolean {
    return this.#copyOf(orderId) !== undefined;
  }

  has(chargePointId: string, transactionId: string): boolean {
    return this.#find(chargePointId, transactionId) !== undefined;
  }

  /**
   * Applies samples to their session.
   * @param orderId The order of the open transaction to which the message belongs, if its start is in the store.
   */
  observe(
    chargePointId: string,
    event: ChargerEventOf<'meter-sampled'> | TransactionEvent,
    orderId: string | undefined,
  ): void {
    const { connectorId, samples } = event;
    const transactionId = namedBy(event);
    const copied =
      transactionId === undefined
        ? this.#ordersAt(chargePointId).find(({ connector }) => connector.connectorId === connectorId)
        : this.#find(chargePointId, transactionId);
    const order = copied && !copied.session?.end ? copied : this.#currentOf(orderId);
    if (!order?.session || order.session.end) return;
    const { journalSeq } = order.session.meter;
    this.#apply(order, { type: 'record-sample', samples, namesTransaction: transactionId !== undefined, journalSeq });
  }

  /**
   * Ends the session in the copy that the message names by its transaction id, otherwise by its tag. While the copy
   * exists, further starts with the order's tag are refused.
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

  /** Returns the next deadline of an order's copy, epoch ms; `undefined` if there is no copy or no deadline. */
  nextDeadline(orderId: string): number | undefined {
    const order = this.#copyOf(orderId);
    return order && nextDeadline(order, this.#deps.policy);
  }

  /** Drops the copies at a charge point whose messages are all in the store or given up. */
  forget(chargePointId: string): void {
    for (const orderId of this.#ordersByChargePoint.get(chargePointId) ?? []) this.#drop(orderId);
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
    const profile = decision.effects.find((effect) => effect.kind === 'set-charging-profile');
    if (profile) this.#sendProfile(decision.order, profile);
    orders.handleHints(decision);
  }

  /** Sends a profile, and applies the answer to the copy if it still waits for the answer to this profile. */
  #sendProfile(order: Order, profile: UnsavedProfile): void {
    const { from, endsAt } = order.session?.chargingProfile ?? {};
    this.#deps.orders.sendUnsavedProfile(order, profile, (answer) => {
      const copy = this.#copyOf(order.id);
      const awaited = copy?.session?.chargingProfile;
      if (copy && awaited?.from === from && awaited?.endsAt === endsAt)
        this.#apply(copy, { type: 'charging-profile-answered', answer });
    });
  }

  #put(order: Order): void {
    const { chargePointId } = order.connector;
    this.#copies.set(order.id, order);
    this.#ordersByChargePoint.set(
      chargePointId,
      (this.#ordersByChargePoint.get(chargePointId) ?? new Set()).add(order.id),
    );
    if (order.session?.end) return this.#timers.set(order.id, undefined);
    const dueAt = nextDeadline(order, this.#deps.policy);
    this.#timers.set(order.id, dueAt && Math.max(dueAt, this.#deps.clock.now() + MIN_WAIT_MS));
  }

  #drop(orderId: string): void {
    const { chargePointId } = this.#copies.get(orderId)?.connector ?? {};
    this.#copies.delete(orderId);
    this.#timers.set(orderId, undefined);
    if (chargePointId === undefined) return;
    const others = this.#ordersByChargePoint.get(chargePointId);
    others?.delete(orderId);
    if (others?.size === 0) this.#ordersByChargePoint.delete(chargePointId);
  }

  /**
   * Returns the copy of an order, with what was saved about the order since; `undefined` if there is no copy. Drops the
   * copy of an order that has ended.
   */
  #copyOf(orderId: string): Order | undefined {
    const copy = this.#copies.get(orderId);
    const order = this.#deps.orderCache.getCached(orderId);
    if (copy && order && !isTerminal(order)) return updated(copy, order);
    if (copy) this.#drop(orderId);
    return undefined;
  }

  /** Returns the copy of an order or, if there is none yet, the order. */
  #currentOf(orderId: string | undefined): Order | undefined {
    if (orderId === undefined) return undefined;
    return this.#copyOf(orderId) ?? this.#deps.orderCache.getCached(orderId);
  }

  #ordersAt(chargePointId: string): readonly Order[] {
    return [...(this.#ordersByChargePoint.get(chargePointId) ?? [])].flatMap((orderId) => this.#copyOf(orderId) ?? []);
  }

  #find(chargePointId: string, transactionId: string): Order | undefined {
    return this.#ordersAt(chargePointId).find(({ session }) => session?.transactionId === transactionId);
  }
}

/**
 * Returns the order as it is now, with the meter of its copy, which the kept messages have advanced. Returns the copy
 * if those messages begin or end its session, or if nothing was saved since.
 */
function updated(copy: Order, order: Order): Order {
  const { session } = copy;
  const isBegun = order.session !== undefined && order.session.transactionId === session?.transactionId;
  if (!isBegun || !session || session.end || copy.version === order.version) return copy;
  const { meter, meterStartWh, baseline } = session;
  return { ...order, session: { ...order.session, meter, meterStartWh, ...(baseline && { baseline }) } };
}

/** Returns the transaction id in a message; `undefined` if it names no transaction. */
function namedBy(
  event: ChargerEventOf<'meter-sampled' | 'transaction-stopped'> | TransactionEvent,
): string | undefined {
  if (event.type === 'transaction-event') return event.transactionId;
  return isTransactionNumber(event.transactionId) ? event.transactionId : undefined;
}
