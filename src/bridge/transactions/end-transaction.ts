/**
 * Applies a stop to what it ends: an order's session, a transaction without an order, or an earlier 2.x transaction
 * whose record another transaction has replaced. A stop of an unknown transaction opens a discrepancy. If it has the
 * tag of an order, it ends the session whose start arrives after it.
 */
import { joinKey, lateStartKey, unmatchedKey } from '../../domain/matching/start-keys.js';
import { energyBetween, isNotBelow } from '../../domain/matching/register-continuity.js';
import { omit } from '../../domain/model/object.js';
import { isTerminal, type Order } from '../../domain/model/order.js';
import type { ChargerEventOf, ChargerOutcomeOf } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import type { Discrepancy, TransactionRecord } from '../../ports/stored-records.js';
import type { Capabilities } from '../charge-points/capabilities.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import { joinWrites } from '../orders/extra-write.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { MeterGaps } from './meter-gaps.js';
import {
  reportedEnd,
  stopOf,
  toMeterEntry,
  toRecordStop,
  toTransactionEventOutcome,
  type TransactionEventContext,
  type TransactionStop,
} from './transaction-event-record.js';
import { type EarlyStopRecord, type TransactionIndex, unknownStopId, unknownStopKey } from './transaction-index.js';

export interface UnmatchedStopDeps {
  readonly store: Store;
  readonly orderCache: Pick<OrderCache, 'findByTagAt'>;
  readonly discrepancies: DiscrepancyFactory;
  readonly transactions: TransactionIndex;
  readonly meterGaps: MeterGaps;
}

interface SettleUnmatchedDeps {
  readonly store: Pick<Store, 'commit' | 'closeDiscrepancy' | 'discrepancy'>;
  readonly orderCache: Pick<OrderCache, 'findByTagAt'>;
}

export interface UnmatchedStop {
  readonly chargePointId: string;
  readonly event: ChargerEventOf<'transaction-stopped'>;
  /** The transaction that the stop ends, if it is known. */
  readonly record: TransactionRecord | undefined;
  readonly stop: TransactionStop;
  /** Discrepancies of the orders that the stop contradicts or may have ended. */
  readonly discrepancies: readonly Discrepancy[];
}

export interface EndSessionDeps {
  readonly orders: Pick<OrderCommandHandler, 'handle'>;
  readonly transactions: TransactionIndex;
  readonly capabilities: Pick<Capabilities, 'learnedFrom'>;
}

/** The end of an order's session, as a stop reports it. */
export interface SessionEnd {
  /** The record of the session's transaction, if it is known. */
  readonly opened: TransactionRecord | undefined;
  readonly stop: TransactionStop;
  readonly samples: ChargerEventOf<'transaction-stopped'>['samples'];
  /** The stop as it was received, to add to the record. */
  readonly raw: readonly string[];
  readonly discrepancies: readonly Discrepancy[];
  /** Set if the stop does not name the transaction. The record then stays open, because the transaction may go on. */
  readonly isAssumed?: true | undefined;
}

export async function recordUnmatchedStop(deps: UnmatchedStopDeps, unmatched: UnmatchedStop): Promise<void> {
  const { record } = unmatched;
  return record ? closeTransaction(deps, record, unmatched) : recordUnknownStop(deps, unmatched);
}

/**
 * Applies an event of an earlier 2.x transaction whose id another transaction now has. The earlier record has been
 * replaced, but an order's session may still wait for this end, or may have been billed by a different end.
 */
export async function recordEarlierEvent(
  deps: Pick<UnmatchedStopDeps, 'store' | 'discrepancies' | 'transactions'> & {
    readonly orderCache: EarlierOrders;
    readonly orders: Pick<OrderCommandHandler, 'handle'>;
  },
  context: TransactionEventContext,
): Promise<ChargerOutcomeOf<'transaction-event'>> {
  const { store, orderCache, orders } = deps;
  const { chargePointId, event } = context;
  const stop = stopOf(context);
  const order = event.eventType === 'ended' && (await findEarlierOrder(orderCache, context));
  if (event.eventType !== 'ended') await store.commit({ meterEntries: [toMeterEntry(store, context)] });
  else if (order && !isUnexplained(order, stop)) await orders.handle(order, toRecordStop(stop, event.samples));
  else await recordUnknownStop(deps, { chargePointId, event, stop, discrepancies: [] });
  // If the answer refused the tag, a station could end the transaction that has the id now.
  return toTransactionEventOutcome(event, 'Accepted');
}

/** Checks whether an ended order's bill cannot be compared with this end, which is then kept only as a record. */
function isUnexplained(order: Order, { meterStopWh }: TransactionStop): boolean {
  return isTerminal(order) && (order.session?.baseline === 'unknown' || meterStopWh === undefined);
}

type EarlierOrders = Pick<OrderCache, 'openOrdersAt' | 'findByTagAt' | 'get'>;

/** Finds the order whose session was an earlier transaction with this id, even if the order has ended. */
async function findEarlierOrder(
  orderCache: EarlierOrders,
  { chargePointId, event: { transactionId, idTag }, record: { orderId, eventRecord }, at }: TransactionEventContext,
): Promise<Order | undefined> {
  const isEarlier = (order: Order | undefined): boolean =>
    order?.session?.transactionId === transactionId && order.id !== orderId;
  const open = orderCache.openOrdersAt(chargePointId).find(isEarlier);
  if (open) return open;
  const tagged = idTag === undefined ? undefined : await orderCache.findByTagAt(chargePointId, idTag);
  if (isEarlier(tagged)) return tagged;
  const earlierOrderId = eventRecord?.earlierOrderId;
  const previous = earlierOrderId === undefined ? undefined : await orderCache.get(earlierOrderId);
  // The id may have been used before that order, too.
  return isEarlier(previous) && at >= (previous?.session?.startedAt ?? Infinity) ? previous : undefined;
}

async function recordUnknownStop(
  { store, transactions, discrepancies: factory }: Pick<UnmatchedStopDeps, 'store' | 'transactions' | 'discrepancies'>,
  {
    chargePointId,
    event: { transactionId, idTag, raw },
    stop,
    discrepancies,
  }: Omit<UnmatchedStop, 'record' | 'event'> & {
    readonly event: Pick<UnmatchedStop['event'], 'transactionId' | 'idTag' | 'raw'>;
  },
): Promise<void> {
  const content = { ...stop, transactionId, idTag };
  const startKey = unknownStopKey(chargePointId, content);
  const unknown: TransactionRecord = {
    chargePointId,
    transactionId: unknownStopId(content),
    startKey,
    connectorId: 0,
    idTag: idTag ?? '',
    meterStartWh: stop.meterStopWh ?? 0,
    startedAt: stop.at,
    receivedAt: stop.receivedAt,
    stop,
    raw: [raw],
  };
  const detail = `The charger stopped transaction ${transactionId}, whose start is unknown.`;
  const draft = { kind: 'unmatched-stop', detail, key: startKey } as const;
  const own = factory.create(undefined, [draft], { chargePointId, transactionId });
  if (!(await transactions.loadByStartKey(startKey)))
    await store.commit({ transactions: [unknown], discrepancies: [...own, ...discrepancies] });
}

/**
 * Closes the discrepancy of a stop that was stored without a start, once that stop has ended a session. The discrepancy
 * has the key of the stop's record.
 */
export async function closeUnknownStop(
  { store, clock }: { readonly store: Pick<Store, 'closeDiscrepancy'>; readonly clock: Clock },
  startKey: string,
  transactionId: string,
): Promise<void> {
  const note = `Its start arrived as transaction ${transactionId}.`;
  await store.closeDiscrepancy(`unmatched-stop:${startKey}`, note, clock.now());
}

/** Applies a stop to an order and, in the same write, to the record of its transaction. */
export async function endSession(
  { orders, transactions, capabilities }: EndSessionDeps,
  order: Order,
  { opened, stop, samples, raw, discrepancies, isAssumed }: SessionEnd,
): Promise<void> {
  const command = toRecordStop(stop, samples);
  await orders.handle(order, isAssumed ? { ...command, isAssumed } : command, {
    alsoSave: (accepted) => {
      const learned = joinWrites({ batch: { discrepancies } }, capabilities.learnedFrom(accepted));
      if (!opened || reportedEnd(opened)) return learned;
      const closed: TransactionRecord = { ...opened, ...(!isAssumed && { stop }), raw: [...opened.raw, ...raw] };
      const saved = { batch: { transactions: [closed] }, committed: () => transactions.put(closed) };
      return joinWrites(saved, learned);
    },
  });
}

/**
 * Ends the order's session, which has just begun, by the stop that arrived before its start. Then closes the
 * discrepancy of that stop. If the stop cannot be saved, the charger repeats the start, which finds the stop again.
 */
export async function endByEarlyStop(
  deps: EndSessionDeps & { readonly store: Store; readonly clock: Clock },
  order: Order,
  transactionId: string,
  early: EarlyStopRecord,
): Promise<void> {
  const opened = deps.transactions.findOpen(order.connector.chargePointId, transactionId);
  await endSession(deps, order, { opened, stop: early.stop, samples: [], raw: [], discrepancies: [] });
  await closeUnknownStop(deps, early.startKey, transactionId);
}

/**
 * Closes the record of a transaction that has no order, and stores its end register. If an end was reported before,
 * that one stays, and a different register is a discrepancy.
 */
async function closeTransaction(
  deps: UnmatchedStopDeps,
  record: TransactionRecord,
  unmatched: UnmatchedStop,
): Promise<void> {
  const { store, transactions, meterGaps } = deps;
  const { chargePointId, event, stop, discrepancies } = unmatched;
  const end = reportedEnd(record);
  if (end) return end.meterStopWh === stop.meterStopWh ? undefined : recordSecondStop(deps, record, unmatched);
  const closed: TransactionRecord = { ...record, stop, raw: [...record.raw, event.raw] };
  await settleUnmatched(deps, closed);
  await store.commit({ transactions: [closed], discrepancies });
  transactions.put(closed);
  // If the end was inferred before, another transaction has used the connector since. A register below the start,
  // perhaps in kWh, would make the next start look like a meter gap.
  if (!record.stop && stop.meterStopWh !== undefined && isNotBelow(record.meterStartWh, stop.meterStopWh))
    meterGaps.recordRegister(chargePointId, record.connectorId, stop.meterStopWh, stop.receivedAt);
}

/** Begins the sentence that is added to the discrepancy of an unmatched transaction once it is over. */
const OVER = ' It was over at ';

/**
 * Closes the discrepancy of an unmatched transaction that is over if it delivered no energy; otherwise adds the energy
 * to the discrepancy. Call it before the end is saved: if a crash prevents this, a repeat of the message then does it.
 * @param endWh The register of the stop or, if there was none, of the next transaction on the connector, Wh.
 */
export async function settleUnmatched(
  { store, orderCache }: SettleUnmatchedDeps,
  record: TransactionRecord,
  endWh = record.stop?.meterStopWh,
): Promise<void> {
  const { chargePointId, transactionId, idTag, meterStartWh, orderId, eventRecord, stop } = record;
  if (!stop || orderId !== undefined) return;
  const order = idTag === '' ? undefined : await orderCache.findByTagAt(chargePointId, idTag);
  const startKey = order && lateStartKey(chargePointId, transactionId, order.id);
  const starts = startKey === undefined ? [] : [`late-start:${startKey}`, `duplicate-start:${startKey}`];
  const { startMissing, registerWh: lastWh = -Infinity, firstRegisterWh = 0 } = eventRecord ?? {};
  // The last reading may be above an end that was reset.
  const highestWh = endWh === undefined ? undefined : Math.max(endWh, lastWh);
  const isEmpty = !startMissing && energyBetween(meterStartWh, highestWh) === 0;
  for (const id of [`unmatched-transaction:${unmatchedKey(record)}`, ...starts]) {
    if (isEmpty) await store.closeDiscrepancy(id, 'The transaction ended without energy.', stop.receivedAt);
    else if (highestWh !== undefined) await addEnergy(store, id, meterStartWh || firstRegisterWh, highestWh);
  }
}

/** Adds the register of the end, and the energy up to it, to a discrepancy, unless it is closed. @unit Wh */
async function addEnergy(
  store: SettleUnmatchedDeps['store'],
  id: string,
  startWh: number,
  endWh: number,
): Promise<void> {
  const found = await store.discrepancy(id);
  if (!found) return;
  const amount = energyBetween(startWh, endWh);
  const flowed =
    amount === undefined ? `below its first register, ${startWh} Wh` : `${amount} Wh after its first register`;
  const [reason] = found.detail.split(OVER);
  const detail = `${reason}${OVER}${endWh} Wh, ${flowed}.`;
  await store.commit({
    discrepancies: [{ ...omit(found, 'amount'), detail, ...(amount !== undefined && { amount }) }],
  });
}

async function recordSecondStop(
  { store, discrepancies: factory }: Pick<UnmatchedStopDeps, 'store' | 'discrepancies'>,
  { transactionId, receivedAt, stop: first }: TransactionRecord,
  { chargePointId, stop, discrepancies }: UnmatchedStop,
): Promise<void> {
  const [endWh, secondWh] = [first, stop].map((one) => `${one?.meterStopWh ?? '?'} Wh`);
  const detail = `Transaction ${transactionId}, which belongs to no order, ended at ${endWh}, and a second stop of it names ${secondWh}.`;
  const key = joinKey(chargePointId, transactionId, receivedAt, stop.meterStopWh);
  const draft = { kind: 'transaction-contradiction', detail, key } as const;
  const second = factory.create(undefined, [draft], { chargePointId, transactionId });
  await store.commit({ discrepancies: [...second, ...discrepancies] });
}
