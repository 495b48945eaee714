/**
 * Applies the start of a transaction, in any OCPP version, to the orders and transactions at its charge point, and asks
 * the charge point to end a transaction that must not run.
 */
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import { canRunBeside } from '../../domain/locations/reservation-slots.js';
import { assumedStartKey, unmatchedKey } from '../../domain/matching/start-keys.js';
import { hasFlowed } from '../../domain/metering/meter.js';
import { isHistoric, isPossibleTime } from '../../domain/matching/message-age.js';
import { isRepeatedStart, precedesStart } from '../../domain/matching/repeated-start.js';
import type { CommandOf } from '../../domain/model/command.js';
import type { Accepted, DiscrepancyDraft } from '../../domain/model/decision.js';
import { omit } from '../../domain/model/object.js';
import { isTerminal, type Order } from '../../domain/model/order.js';
import { INFERRED } from '../../domain/model/session.js';
import { report } from '../../observe/report.js';
import type { ChargerCommandSender } from '../../ports/charger-commands.js';
import type { AuthorizationStatus, ChargerEventOf } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { Discrepancy, TransactionRecord } from '../../ports/stored-records.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import type { DecisionHints, OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { settleUnmatched } from './end-transaction.js';
import type { TransactionIndex } from './transaction-index.js';

export interface TransactionStartDeps {
  readonly store: Pick<Store, 'commit' | 'closeDiscrepancy' | 'discrepancy'>;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly transactions: TransactionIndex;
  readonly catalogue: CatalogueLookup;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
  readonly events: Events;
}

const FIRST_STOP_MS = 1000;
/** How long to wait for the end of a transaction to arrive from the charger's queue, ms. */
const QUEUE_MS = 120_000;
const REPEAT_STOP_MS = 30_000;
const STOP_ATTEMPTS = 3;

export const AUTHORIZATION_STATUS: Record<NonNullable<Accepted['idTagStatus']>, AuthorizationStatus> = {
  accepted: 'Accepted',
  expired: 'Expired',
  blocked: 'Blocked',
  concurrent: 'ConcurrentTx',
};

export class TransactionStart implements OrderEffectHandler {
  readonly #deps: TransactionStartDeps;
  /** Keys of the transactions for which RemoteStops are being sent. */
  readonly #asking = new Set<string>();
  /** Open transactions that their charge points deny by rejecting a RemoteStop. A later event revokes the denial. */
  readonly #denied = new WeakSet<TransactionRecord>();

  constructor(deps: TransactionStartDeps) {
    this.#deps = deps;
  }

  /** Returns the newest open transaction on the connector, in memory, if this event repeats its start. */
  findRepeated(chargePointId: string, event: ChargerEventOf<'transaction-started'>): TransactionRecord | undefined {
    const { transactions, orderCache } = this.#deps;
    const newest = transactions.newestOpenOn(chargePointId, event.connectorId);
    if (!newest) return undefined;
    const session = newest.orderId === undefined ? undefined : orderCache.getCached(newest.orderId)?.session;
    // The energy of a transaction without an order is not tracked, so such a transaction counts as metered.
    const hasMetered = session === undefined || hasFlowed(session.meter);
    return isRepeatedStart({ ...newest, hasMetered }, event) ? newest : undefined;
  }

  /**
   * Builds the command that begins the order's session.
   * @unit  `at` epoch ms, charger's clock.
   * @shape `meterStartWh` is `undefined` if the start did not contain it.
   */
  toRecordStart(
    order: Order,
    record: TransactionRecord,
    at: number,
    meterStartWh: number | undefined,
  ): CommandOf<'record-start'> {
    const { connectorId, transactionId, startKey } = record;
    return {
      type: 'record-start',
      transactionId,
      startKey,
      connectorId,
      ...(meterStartWh !== undefined && { meterStartWh }),
      at,
      // A 2.x transaction may have begun with the cable, long before the order.
      receivedAt: Math.max(record.receivedAt, order.remoteStart?.requestedAt ?? order.createdAt),
      ...(connectorId !== order.connector.connectorId && { otherConnector: this.#otherConnector(order, connectorId) }),
    };
  }

  /**
   * Describes another connector of the charge point: whether the order's session can run there, and whether the tariff
   * is the same.
   */
  #otherConnector(order: Order, connectorId: number): NonNullable<CommandOf<'record-start'>['otherConnector']> {
    const { orderCache, catalogue } = this.#deps;
    const { chargePointId } = order.connector;
    const site = catalogue.site({ chargePointId, connectorId });
    const moved = { ...order, connector: { ...order.connector, connectorId } };
    const others = orderCache.openOrdersAndHoldsAt(chargePointId).filter(({ id }) => id !== order.id);
    return {
      free: site !== undefined && others.every((other) => canRunBeside(moved, other)),
      sameTariff: JSON.stringify(site?.connector.tariff) === JSON.stringify(order.tariff),
    };
  }

  /**
   * Ends the earlier sessions on a new transaction's connector, and closes or marks the earlier transactions there. An
   * order that waits for its start keeps waiting, because a stranger's transaction is refused and stopped.
   * @param start `at` is absent if the time could not be read. The start may then repeat the start of the owner's
   *              session.
   * @param owner The order that the transaction names or matches. Its session does not count as an earlier session if
   *              its start was only assumed, or if `start.at` is absent.
   */
  async supersedeOthers(
    chargePointId: string,
    start: {
      readonly connectorId: number;
      readonly meterStartWh: number;
      readonly at?: number;
      /** In 2.x, the station's id of the new transaction, whose record stays open. */
      readonly transactionId?: string;
    },
    owner?: Order,
  ): Promise<void> {
    const { orderCache, orders, clock } = this.#deps;
    const now = clock.now();
    const isDated = start.at !== undefined && isPossibleTime(start.at, now);
    const at = isDated ? (start.at ?? now) : now;
    for (const order of orderCache.openOrdersAt(chargePointId)) {
      if (order.connector.connectorId !== start.connectorId) continue;
      if (order.id === owner?.id && (start.at === undefined || order.session?.startAssumed)) continue;
      if (order.session && !precedesStart({ startedAt: at, meterStartWh: start.meterStartWh }, order.session))
        await orders.handle(order, { type: 'transaction-superseded', meterStartWh: start.meterStartWh, at });
    }
    await this.#closeOthers(chargePointId, start, at);
  }

  /**
   * Closes the transactions on the connector that have no running session, because the new transaction proves that they
   * are over. Marks those whose session may still receive its stop, and saves the mark, because the new transaction may
   * end before a restart.
   */
  async #closeOthers(
    chargePointId: string,
    start: Omit<Parameters<TransactionStart['supersedeOthers']>[1], 'at'>,
    at: number,
  ): Promise<void> {
    const { transactions, store, orderCache, clock } = this.#deps;
    const { connectorId, meterStartWh, transactionId } = start;
    const stop = { at, receivedAt: clock.now(), reason: INFERRED };
    const changed = transactions
      .openAt(chargePointId)
      .filter((record) => record.connectorId === connectorId && record.transactionId !== transactionId)
      .filter((record) => !precedesStart({ startedAt: at, meterStartWh }, record))
      .flatMap((record): TransactionRecord[] => {
        // An order that is not in memory has ended.
        const order = record.orderId === undefined ? undefined : orderCache.getCached(record.orderId);
        if (!order || order.session?.end) return [{ ...record, stop }];
        return order.session?.followed && !record.followed ? [{ ...record, followed: true }] : [];
      });
    if (changed.length === 0) return;
    // Zero proves nothing: the start may have no register, or the meter may count from zero in each transaction.
    const registerWh = meterStartWh === 0 ? undefined : meterStartWh;
    for (const record of changed) await settleUnmatched(this.#deps, record, registerWh);
    await store.commit({ transactions: changed });
    for (const record of changed) transactions.put(record);
  }

  /**
   * If the order's transaction was only assumed and `named` is another one, returns the record of the assumed
   * transaction, detached from the order; otherwise empty.
   */
  async replacedRecords(
    { session, connector: { chargePointId } }: Order,
    named: Pick<TransactionRecord, 'startKey'>,
  ): Promise<readonly TransactionRecord[]> {
    if (!session?.startAssumed || session.startKey === named.startKey) return [];
    const record = await this.#deps.transactions.find(chargePointId, session.transactionId);
    return record ? [omit(record, 'orderId')] : [];
  }

  /** Closes the discrepancy of an assumed start once a message names the order. */
  async closeAssumption(order: Order): Promise<void> {
    const { store, clock } = this.#deps;
    if (!order.session?.startAssumed) return;
    const id = `start-assumed:${assumedStartKey(order, order.session.transactionId)}`;
    await store.closeDiscrepancy(id, 'A later message names the order.', clock.now());
  }

  /** Creates the discrepancies of a transaction that belongs to no order. */
  unmatchedDiscrepancies(
    record: TransactionRecord,
    detail: string,
    others: readonly DiscrepancyDraft[] = [],
  ): Discrepancy[] {
    const { chargePointId, transactionId } = record;
    const unmatched: DiscrepancyDraft = { kind: 'unmatched-transaction', detail, key: unmatchedKey(record) };
    return this.#deps.discrepancies.create(undefined, [unmatched, ...others], { chargePointId, transactionId });
  }

  /** Closes the discrepancy of an unmatched transaction that turns out to belong to an order. */
  async closeUnmatched(record: TransactionRecord): Promise<void> {
    if (!record.eventRecord?.reported) return;
    const { store, clock } = this.#deps;
    await store.closeDiscrepancy(`unmatched-transaction:${unmatchedKey(record)}`, "It is an order's.", clock.now());
  }

  /**
   * Sends RemoteStop for a transaction that must not continue: after 1 s, by which time the charger knows its id, then
   * twice more at 30 s intervals while the transaction stays open. If its message is old, the first RemoteStop waits
   * for 2 min instead, because the charger's queue may contain the end. The attempts end early if one cannot be
   * sent; `resumeStops` begins new ones.
   * @param at     When the refused message was written, by the charger's clock, epoch ms.
   * @param order  The order whose tag the message carries.
   */
  stopUnmatched(record: TransactionRecord, at: number, order?: Pick<Order, 'createdAt'>): void {
    this.#askToEnd(record, isHistoric(at, this.#deps.clock.now(), order) ? QUEUE_MS : FIRST_STOP_MS);
  }

  handleHints(order: Order, { goesOnAfterEnd }: DecisionHints): void {
    if (goesOnAfterEnd) this.stopClosed(order);
  }

  /** Sends RemoteStop at once, and then as `stopUnmatched` does, for the transaction of an order that has ended. */
  stopClosed({ id, session, connector: { chargePointId } }: Order): void {
    const record = session && this.#deps.transactions.findOpen(chargePointId, session.transactionId);
    // The station may have given the transaction's id to another one.
    if (record?.orderId === id) this.#askToEnd(record, 0);
  }

  /**
   * Sends RemoteStops again, 2 min after the charge point returned or our process was restarted, for transactions that
   * must not run: refused ones, and those whose order has ended although nothing reported their end. The charge point
   * may have been away for any length of time, so only the end of the transaction or a rejected RemoteStop ends this.
   */
  resumeStops(chargePointId: string): void {
    const { transactions, events } = this.#deps;
    for (const record of transactions.openAt(chargePointId))
      this.#mustEnd(record).then(
        (mustEnd) => mustEnd && this.#askToEnd(record, QUEUE_MS),
        (error: unknown) => report(events, 'stop of an unpaid transaction', error, { chargePointId }),
      );
  }

  async #mustEnd(record: TransactionRecord): Promise<boolean> {
    const { orderId, refused, eventRecord } = record;
    if (this.#denied.has(record)) return false;
    if (orderId === undefined) return refused === true || eventRecord?.refusedStatus !== undefined;
    const order = await this.#deps.orderCache.get(orderId);
    return order !== undefined && isTerminal(order);
  }

  #askToEnd(record: TransactionRecord, waitMs: number): void {
    const key = unmatchedKey(record);
    if (this.#asking.has(key)) return;
    this.#asking.add(key);
    void this.#askWhileOpen(record, waitMs).finally(() => this.#asking.delete(key));
  }

  async #askWhileOpen(record: TransactionRecord, firstWaitMs: number): Promise<void> {
    const { commandSender, clock } = this.#deps;
    const { chargePointId, transactionId } = record;
    for (let attempt = 0; attempt < STOP_ATTEMPTS; attempt += 1) {
      const waitMs = attempt === 0 ? firstWaitMs : REPEAT_STOP_MS;
      if (waitMs > 0) await new Promise<void>((resolve) => clock.callLater(waitMs, resolve));
      if (!this.#stillOpen(record)) return;
      const result = await commandSender.sendCommand(chargePointId, { type: 'remote-stop', transactionId });
      if (result.kind === 'not-sent') return;
      const open = this.#stillOpen(record);
      if (open && result.kind === 'answered' && result.status === 'Rejected') this.#denied.add(open);
    }
  }

  /**
   * Returns the transaction if it is still open; `undefined` if it has ended, belongs to another order by now, or
   * another transaction has its id.
   */
  #stillOpen({ chargePointId, transactionId, receivedAt, orderId }: TransactionRecord): TransactionRecord | undefined {
    const open = this.#deps.transactions.findOpen(chargePointId, transactionId);
    return open?.receivedAt === receivedAt && open.orderId === orderId ? open : undefined;
  }
}
