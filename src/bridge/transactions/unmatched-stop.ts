/**
 * Saves stops that belong to no order, and events of a 2.x transaction whose record another transaction has replaced. A
 * stop of an unknown transaction opens a discrepancy.
 */
import { lateStartKey } from '../../domain/matching/start-keys.js';
import { isNotBelow } from '../../domain/matching/register-continuity.js';
import type { Order } from '../../domain/model/order.js';
import type { ChargerEventOf, ChargerOutcomeOf } from '../../ports/charger-events.js';
import type { Store } from '../../ports/store.js';
import type { Discrepancy, TransactionRecord } from '../../ports/stored-records.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
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
} from './transaction-event-record.js';
import type { TransactionIndex } from './transaction-index.js';

export interface UnmatchedStopDeps {
  readonly store: Store;
  readonly orderCache: Pick<OrderCache, 'findByTagAt'>;
  readonly discrepancies: DiscrepancyFactory;
  readonly transactions: TransactionIndex;
  readonly meterGaps: MeterGaps;
}

export interface UnmatchedStop {
  readonly chargePointId: string;
  readonly event: ChargerEventOf<'transaction-stopped'>;
  /** The transaction that the stop ends, if it is known. */
  readonly record: TransactionRecord | undefined;
  readonly stop: NonNullable<TransactionRecord['stop']>;
  /** Discrepancies of the orders that the stop contradicts or may have ended. */
  readonly discrepancies: readonly Discrepancy[];
}

export async function recordUnmatchedStop(deps: UnmatchedStopDeps, unmatched: UnmatchedStop): Promise<void> {
  const { record } = unmatched;
  return record ? closeTransaction(deps, record, unmatched) : recordUnknownStop(deps, unmatched);
}

/**
 * Applies an event of an earlier 2.x transaction whose id another transaction has now. The earlier record has been
 * replaced, but an order's session may still wait for the end.
 */
export async function recordEarlierEvent(
  deps: Pick<UnmatchedStopDeps, 'store' | 'discrepancies' | 'transactions'> & {
    readonly orderCache: Pick<OrderCache, 'openOrdersAt'>;
    readonly orders: Pick<OrderCommandHandler, 'handle'>;
  },
  context: TransactionEventContext,
): Promise<ChargerOutcomeOf<'transaction-event'>> {
  const { store, orderCache, orders } = deps;
  const { chargePointId, event, record } = context;
  const stop = stopOf(context);
  const isEarlier = ({ id, session }: Order): boolean =>
    session?.transactionId === event.transactionId && id !== record.orderId;
  const order = orderCache.openOrdersAt(chargePointId).find(isEarlier);
  if (event.eventType !== 'ended') await store.commit({ meterEntries: [toMeterEntry(store, context)] });
  else if (order) await orders.handle(order, toRecordStop(stop, event.samples));
  else await recordUnknownStop(deps, { chargePointId, event, stop, discrepancies: [] });
  // If the answer refused the tag, a station could end the transaction that has the id now.
  return toTransactionEventOutcome(event, 'Accepted');
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
  const startKey = `stop|${encodeURIComponent(chargePointId)}|${transactionId}|${stop.at}|${stop.meterStopWh ?? ''}`;
  if (await transactions.loadByStartKey(startKey)) return;
  if (idTag !== undefined) transactions.rememberEarlyStop(chargePointId, { ...stop, idTag });
  const unknown: TransactionRecord = {
    chargePointId,
    transactionId: `stop-${transactionId}-${stop.at}`,
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
  const draft = { kind: 'unmatched-stop', detail } as const;
  const own = factory.create(undefined, [draft], { chargePointId, transactionId });
  await store.commit({ transactions: [unknown], discrepancies: [...own, ...discrepancies] });
}

/**
 * Closes the record of a transaction that has no order, and stores its end register, unless an end was reported before.
 */
async function closeTransaction(
  { store, orderCache, transactions, meterGaps }: UnmatchedStopDeps,
  record: TransactionRecord,
  { chargePointId, event, stop, discrepancies }: UnmatchedStop,
): Promise<void> {
  if (reportedEnd(record)) return;
  const closed: TransactionRecord = { ...record, stop, raw: [...record.raw, event.raw] };
  await store.commit({ transactions: [closed], discrepancies });
  transactions.put(closed);
  // Most late starts were queued for orders that have since been cancelled. A late transaction without energy needs no
  // attention.
  if (stop.meterStopWh === record.meterStartWh) {
    const order = await orderCache.findByTagAt(chargePointId, record.idTag);
    const id = order && `late-start:${lateStartKey(chargePointId, record.transactionId, order.id)}`;
    if (id !== undefined) await store.closeDiscrepancy(id, 'The transaction ended without energy.', stop.receivedAt);
  }
  // If the end was inferred before, another transaction has used the connector since. A register below the start, perhaps
  // in kWh, would make the next start look like a meter gap.
  if (!record.stop && stop.meterStopWh !== undefined && isNotBelow(record.meterStartWh, stop.meterStopWh))
    meterGaps.recordRegister(chargePointId, record.connectorId, stop.meterStopWh, stop.receivedAt);
}
