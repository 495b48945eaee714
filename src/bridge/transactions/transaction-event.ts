/** Handles TransactionEvent of 2.x, which replaces StartTransaction, MeterValues and StopTransaction of 1.6. */
import { costSoFar } from '../../domain/billing/bill.js';
import { findNamed } from '../../domain/matching/start-match.js';
import { stationTransactionLimits } from '../../domain/metering/limit.js';
import { type Order, isTerminal } from '../../domain/model/order.js';
import type { ChargerCommandSender } from '../../ports/charger-commands.js';
import type { AuthorizationStatus, ChargerOutcomeOf, TransactionEvent } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { TransactionRecord } from '../../ports/stored-records.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import { commitWrite, joinWrites, NO_EXTRA_WRITE, type ExtraWrite } from '../orders/extra-write.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandOptions } from '../orders/command-options.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { recordEarlierEvent } from './end-transaction.js';
import { matchOrder, type MatchOrderDeps, withConnector } from './match-order.js';
import { limitCommands } from './station-limits.js';
import {
  createTransactionRecord,
  EV_CONNECT_TIMEOUT,
  isStrayEnd,
  missingMessages,
  ownerOf,
  startRegisterOf,
  reportedEnd,
  stopOf,
  toMeterEntry,
  toRecordStop,
  toTransactionEventOutcome,
  beforeSession,
  withAuthorizationEnd,
  withEarlier,
  withEvent,
  withRefusal,
  type TransactionEventContext,
} from './transaction-event-record.js';
import { AUTHORIZATION_STATUS } from './transaction-start.js';
import {
  recordUnmatchedEvent,
  refuseAfterEnd,
  reportReplaced,
  type UnmatchedTransactionDeps,
} from './unmatched-transaction.js';

export interface TransactionEventHandlerDeps extends UnmatchedTransactionDeps, MatchOrderDeps {
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly capabilities: Capabilities;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
}

type Outcome = ChargerOutcomeOf<'transaction-event'>;

/** How much energy may flow after the end of the authorisation before it counts as a discrepancy, Wh. */
const TOLERATED_AFTER_END_WH = 100;

export class TransactionEventHandler {
  readonly #deps: TransactionEventHandlerDeps;

  constructor(deps: TransactionEventHandlerDeps) {
    this.#deps = deps;
  }

  /** Saves and answers an event whether or not it belongs to an order. @source OCPP 2.0.1 E01–E15, F01–F03 */
  async handleTransactionEvent(chargePointId: string, received: TransactionEvent): Promise<Outcome> {
    const { transactions, transactionStart, orderCache, chargePoints, clock } = this.#deps;
    const found = await transactions.find(chargePointId, received.transactionId);
    const event = withConnector(this.#deps, { connectorId: 0, ...found, chargePointId }, received);
    const holder = found?.orderId === undefined ? undefined : await orderCache.get(found.orderId);
    const named = findNamed(event, orderCache.openOrdersAt(chargePointId));
    const requestedAt = named?.remoteStart?.requestedAt;
    const times = { ...chargePoints.record(chargePointId), now: clock.now(), requestedAt };
    const owner = found ? ownerOf(event, found, holder, times) : 'new';
    if (found && owner === 'earlier')
      return recordEarlierEvent(this.#deps, this.#toContext(chargePointId, event, found));
    const known = owner === 'known' ? found : undefined;
    const context = this.#toContext(chargePointId, event, known, found);
    const { record, at } = context;
    if (!known && event.connectorId !== undefined) {
      const { connectorId, transactionId, meterStartWh = 0 } = event;
      const start = { connectorId, meterStartWh, at, transactionId };
      await transactionStart.supersedeOthers(chargePointId, start, named);
    }
    if (found && !known) await reportReplaced(this.#deps, found);
    // The station has reused the id for another transaction, so the earlier transaction is over, on whichever
    // connector.
    if (found && !known && holder?.session)
      await this.#deps.orders.handle(holder, { type: 'transaction-superseded', meterStartWh: 0, at });
    const assigned = record.orderId === undefined ? undefined : await orderCache.get(record.orderId);
    if (assigned?.session) {
      await this.#applyToSession(assigned, context);
      return this.#toOutcome(assigned.id, event, await refuseAfterEnd(this.#deps, assigned, context));
    }
    const match = assigned ? ({ kind: 'named', order: assigned } as const) : await matchOrder(this.#deps, context);
    const isAwaited = match.kind === 'possible';
    if (!('order' in match) || isStrayEnd(context)) return recordUnmatchedEvent(this.#deps, context, isAwaited);
    const begun = await this.#beginSession(match.order, context, match.kind === 'assumed');
    if ('outcome' in begun) return begun.outcome ?? recordUnmatchedEvent(this.#deps, context, false);
    await this.#applyToSession(begun.order, begun.context);
    return this.#toOutcome(begun.order.id, event);
  }

  #toContext(
    chargePointId: string,
    event: TransactionEvent,
    known: TransactionRecord | undefined,
    earlier?: TransactionRecord,
  ): TransactionEventContext {
    const { transactions, clock } = this.#deps;
    const now = event.receivedAt ?? clock.now();
    const at = event.at ?? now;
    const record = known
      ? withEvent(known, event, at, transactions.sawEveryEvent(known))
      : withEarlier(createTransactionRecord(chargePointId, event, at, now), earlier);
    const isNewest = known?.eventRecord === undefined || at >= known.eventRecord.lastEventAt;
    return { chargePointId, event, record, isFirst: known === undefined, isNewest, at, now };
  }

  /**
   * Begins the order's session with this transaction, or refuses the transaction and asks the station to end it.
   * @returns The order with its session, or the outcome of a refused start. The outcome is `undefined` if nothing was
   *          saved, because another order had just taken the connector.
   */
  async #beginSession(
    order: Order,
    context: TransactionEventContext,
    isAssumed: boolean,
  ): Promise<
    { readonly order: Order; readonly context: TransactionEventContext } | { readonly outcome: Outcome | undefined }
  > {
    const { orders, transactions, transactionStart } = this.#deps;
    const { event, record, at } = context;
    const meterStartWh = startRegisterOf(context);
    const started = sessionRecord(order, context, isAssumed);
    const refused = event.eventType === 'ended' ? { ...started, stop: stopOf(context) } : started;
    let decided = started;
    // If only the end is known, charging may have begun at any time since the remote start was requested.
    const since = event.eventType === 'ended' ? Math.min(at, order.remoteStart?.requestedAt ?? at) : at;
    const begun = transactionStart.toRecordStart(order, started, since, meterStartWh);
    const toStart = { ...begun, ...beforeSession(context, meterStartWh) };
    const replaced = await transactionStart.replacedRecords(order, started);
    const result = await orders.handle(order, isAssumed ? { ...toStart, isAssumed } : toStart, {
      alsoSave: ({ idTagStatus, order: { session } }) => {
        const began = idTagStatus === 'accepted' && session?.startKey === started.startKey;
        const saved = began
          ? { ...started, orderId: order.id }
          : withRefusal(refused, AUTHORIZATION_STATUS[idTagStatus ?? 'expired']);
        decided = saved;
        const records = began ? [saved, ...replaced] : [saved];
        return { batch: { transactions: records }, committed: () => records.forEach((one) => transactions.put(one)) };
      },
    });
    passCrashPoint('transaction.saved');
    if ('accepted' in result && decided.orderId !== undefined) {
      await transactionStart.closeUnmatched(decided);
      await transactionStart.closeAssumption(order);
      return { order: result.order, context: { ...context, record: decided, beginsSession: true } };
    }
    if (event.eventType !== 'ended') transactionStart.stopUnmatched(record, at, order);
    const status = decided.eventRecord?.refusedStatus ?? 'Blocked';
    return { outcome: 'accepted' in result ? toTransactionEventOutcome(event, status) : undefined };
  }

  /** Applies an event to the open or ended session of its order. */
  async #applyToSession(order: Order, context: TransactionEventContext): Promise<void> {
    const { orders, store, transactions, transactionStart, connectorStatuses } = this.#deps;
    const { chargePointId, event, record, at, isNewest, beginsSession } = context;
    const { eventType, samples, chargingState, meterStartWh } = event;
    const isLateStart = eventType === 'started' && order.session?.baseline !== undefined && meterStartWh !== undefined;
    const isNamed = order.session?.startAssumed === true && findNamed(event, [order]) !== undefined;
    const isAssumed = order.session?.startAssumed && !isNamed;
    if (isLateStart || isNamed) {
      const toStart = transactionStart.toRecordStart(order, record, at, meterStartWh);
      await orders.handle(order, isAssumed ? { ...toStart, isAssumed } : toStart);
    }
    if (isNamed) await transactionStart.closeAssumption(order);
    // The end is already stored: it arrived before the start, or the process crashed before it applied the end to the
    // order.
    const { stop } = record;
    if (stop && (beginsSession || !isTerminal(order))) {
      await orders.handle(order, toRecordStop(stop, samples), this.#withLearned());
      return;
    }
    if (eventType === 'ended') return this.#endTransaction(order, context);
    const entry = toMeterEntry(store, context, order.id);
    const isStillOpen = reportedEnd(record) === undefined && !record.eventRecord?.vouched;
    const named = { samples, namesTransaction: true, isStillOpen };
    const command = { type: 'record-sample', ...named, journalSeq: entry.seq } as const;
    await orders.recordSample(order.id, command, entry);
    transactions.put(record);
    for (const command of limitCommands(event)) await orders.handle(order, command);
    if (stop) return;
    const withEnd = withAuthorizationEnd(record, event, at);
    if (withEnd.eventRecord?.authorizationEnd) return this.#endAuthorization(order, event, withEnd);
    if (!isNewest || chargingState === undefined) return;
    // In the event that begins a session, these states mean only that energy does not flow yet.
    if (beginsSession && (chargingState === 'EVConnected' || chargingState === 'Idle')) return;
    const current = transactions.findOpen(chargePointId, event.transactionId) ?? record;
    await connectorStatuses.recordChargingState(current, chargingState, order.id);
  }

  /**
   * Ends the session with a reading taken after the end of the authorisation. If the event has no such reading, saves
   * the end of the authorisation and requests a reading; after EVConnectTimeout, ends the session without one.
   */
  async #endAuthorization(order: Order, event: TransactionEvent, record: TransactionRecord): Promise<void> {
    const { store, orders, transactions, commandSender, connectorStatuses } = this.#deps;
    const end = record.eventRecord?.authorizationEnd;
    if (!end || isTerminal(order)) return;
    const { chargePointId, connectorId } = record;
    const reading = event.samples.findLast(({ registerWh, at }) => registerWh !== undefined && at >= end.at);
    const write = { batch: { transactions: [record] }, committed: () => transactions.put(record) };
    if (!reading && end.reason !== EV_CONNECT_TIMEOUT) {
      await commitWrite(store, write);
      const request = { type: 'trigger-message', requestedMessage: 'TransactionEvent', connectorId } as const;
      void commandSender.sendCommand(chargePointId, request);
      return;
    }
    const { at, registerWh } = reading ?? { at: end.at, registerWh: undefined };
    const stop = { at, reason: end.reason, ...(registerWh !== undefined && { meterStopWh: registerWh }) };
    const closing = joinWrites(write, connectorStatuses.recordFinishing(record));
    await orders.handle(order, toRecordStop(stop, []), this.#withLearned(closing));
  }

  async #endTransaction(order: Order, context: TransactionEventContext): Promise<void> {
    const { orders, store } = this.#deps;
    const { event, record, at } = context;
    const { meterStopWh, samples } = event;
    const stop = stopOf(context);
    const before = reportedEnd(record);
    if (before && before.at === at && before.meterStopWh === meterStopWh) return;
    const closed: TransactionRecord = { ...record, stop: before ?? stop, raw: [...record.raw, event.raw] };
    const closing = before ? NO_EXTRA_WRITE : this.#closingWrite(order, closed, record.stop);
    const billedToWh = record.eventRecord?.authorizationEnd && order.session?.end?.meterStopWh;
    const unbilledWh = meterStopWh === undefined ? Infinity : meterStopWh - (billedToWh ?? meterStopWh);
    if (isTerminal(order) && record.eventRecord?.authorizationEnd && unbilledWh <= TOLERATED_AFTER_END_WH)
      await commitWrite(store, closing);
    else await orders.handle(order, toRecordStop(stop, samples), this.#withLearned(closing));
    passCrashPoint('transaction.ended');
  }

  /**
   * Builds the write of an ended transaction: its record, a discrepancy for missing messages and the connector's
   * status.
   * @param inferred The end that was inferred before. Another transaction has used the connector since then.
   */
  #closingWrite(order: Order, closed: TransactionRecord, inferred: TransactionRecord['stop']): ExtraWrite {
    const { transactions, connectorStatuses } = this.#deps;
    const discrepancies = this.#deps.discrepancies.create(order, missingMessages(closed));
    const batch = { transactions: [closed], ...(discrepancies.length > 0 && { discrepancies }) };
    const write = { batch, committed: () => transactions.put(closed) };
    return inferred ? write : joinWrites(write, connectorStatuses.recordFinishing(closed));
  }

  /** Adds what the stop reveals about the charger (stop latency, state of charge) to the write. */
  #withLearned(write: ExtraWrite = NO_EXTRA_WRITE): OrderCommandOptions {
    const { capabilities } = this.#deps;
    return {
      alsoSave: (accepted) => joinWrites(write, capabilities.learnedFrom(accepted, write.batch.chargePoints?.[0])),
    };
  }

  /**
   * Builds the response, with the cost so far and the limits for the station. By default it accepts any tag, so that a
   * passer-by's card cannot end a paid session.
   */
  async #toOutcome(
    orderId: string,
    event: TransactionEvent,
    status: AuthorizationStatus = 'Accepted',
  ): Promise<Outcome> {
    const order = await this.#deps.orderCache.get(orderId);
    const cost = order && costSoFar(order);
    // Each response carries the limits until the station confirms them, except responses to Ended events and to events
    // queued during an outage.
    const wantsLimit = !event.offline && event.eventType !== 'ended' && !order?.session?.enforcedLimits;
    const limit = order && wantsLimit ? stationTransactionLimits(order) : undefined;
    return { ...toTransactionEventOutcome(event, status), ...(cost && { cost }), ...(limit && { limit }) };
  }
}

/** Returns the record of a transaction with which the order's session begins, with the connector and tag of the order. */
function sessionRecord(order: Order, context: TransactionEventContext, isAssumed: boolean): TransactionRecord {
  const { event, record, isFirst } = context;
  return {
    ...record,
    connectorId: record.connectorId === 0 ? order.connector.connectorId : record.connectorId,
    idTag: record.idTag === '' && !isAssumed ? (order.idTag ?? '') : record.idTag,
    meterStartWh: startRegisterOf(context) ?? 0,
    raw: isFirst ? record.raw : [...record.raw, event.raw],
  };
}
