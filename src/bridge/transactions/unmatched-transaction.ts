/**
 * Saves the events of 2.x transactions that match no order, and opens a discrepancy if an order should exist; see
 * `discrepancyReason`.
 */
import type { ChargerOutcomeOf, TransactionEvent } from '../../ports/charger-events.js';
import type { Store } from '../../ports/store.js';
import type { TransactionRecord } from '../../ports/stored-records.js';
import { commitWrite, joinWrites } from '../orders/extra-write.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { ConnectorStatuses } from './connector-status.js';
import {
  eventRecordOf,
  toMeterEntry,
  toTransactionEventOutcome,
  withRefusal,
  type TransactionEventContext,
} from './transaction-event-record.js';
import type { TransactionIndex } from './transaction-index.js';
import { isHistoric, type TransactionStart } from './transaction-start.js';

export interface UnmatchedTransactionDeps {
  readonly store: Store;
  readonly transactionStart: TransactionStart;
  readonly transactions: TransactionIndex;
  readonly connectorStatuses: ConnectorStatuses;
  readonly orderCache: OrderCache;
}

/** Handles an event of a transaction that has no order, or none yet. */
export async function recordUnmatchedEvent(
  deps: UnmatchedTransactionDeps,
  context: TransactionEventContext,
): Promise<ChargerOutcomeOf<'transaction-event'>> {
  const { store, transactionStart, transactions, connectorStatuses } = deps;
  const { event, isFirst } = context;
  const ends = event.eventType === 'ended' && !context.record.stop;
  const reason =
    context.record.eventRecord?.refusedStatus === undefined ? discrepancyReason(deps, context, ends) : undefined;
  const updated = withRegisterOrStop(context, ends);
  // An end may have arrived before its start, which can still match an order; only other events rule that out.
  const record = reason !== undefined && !ends ? withRefusal(updated, 'Invalid') : updated;
  const discrepancies = reason === undefined ? [] : transactionStart.unmatchedDiscrepancies(record, reason);
  const batch = {
    ...(isFirst ? {} : { meterEntries: [toMeterEntry(store, context)] }),
    ...((isFirst || ends || discrepancies.length > 0) && { transactions: [record] }),
    ...(discrepancies.length > 0 && { discrepancies }),
  };
  const write = { batch, committed: () => transactions.put(record) };
  await commitWrite(store, ends ? joinWrites(write, connectorStatuses.recordFinishing(record)) : write);
  if (discrepancies.length > 0 && !ends) await clearConnector(deps, context, record);
  const { chargingState } = event;
  const energyMayFlow = chargingState !== 'EVConnected' && chargingState !== 'Idle';
  if (!ends && chargingState !== undefined && energyMayFlow)
    await connectorStatuses.recordChargingState(record, chargingState);
  return toTransactionEventOutcome(event, record.eventRecord?.refusedStatus ?? 'Invalid');
}

/** Adds the event's register to the record or, if the event ends the transaction, its stop. */
function withRegisterOrStop(
  { event, record, isFirst, at, now }: TransactionEventContext,
  ends: boolean,
): TransactionRecord {
  if (event.eventType !== 'ended') {
    const registerWh = lastRegisterWh(event, record);
    return registerWh === undefined ? record : { ...record, eventRecord: { ...eventRecordOf(record), registerWh } };
  }
  if (!ends) return record;
  const { meterStopWh, stoppedReason: reason = 'Local' } = event;
  const stop = { at, receivedAt: now, reason, ...(meterStopWh !== undefined && { meterStopWh }) };
  return { ...record, stop, raw: isFirst ? record.raw : [...record.raw, event.raw] };
}

/** Returns the last known register. Should an order match later, energy up to this point is not billed. */
function lastRegisterWh(event: TransactionEvent, record: TransactionRecord): number | undefined {
  const last = event.samples.findLast(({ registerWh }) => registerWh !== undefined);
  return last?.registerWh ?? event.meterStartWh ?? record.eventRecord?.registerWh;
}

/**
 * Ends earlier sessions on the connector, and stops the transaction: an order that waits there goes on waiting.
 */
async function clearConnector(
  { transactionStart }: UnmatchedTransactionDeps,
  { chargePointId, event, at, now, record: before }: TransactionEventContext,
  { connectorId, transactionId }: TransactionRecord,
): Promise<void> {
  const meterStartWh = lastRegisterWh(event, before) ?? 0;
  if (connectorId > 0)
    await transactionStart.supersedeOthers(chargePointId, { connectorId, meterStartWh, at, transactionId });
  if (!isHistoric(at, now)) transactionStart.stopUnmatched(chargePointId, transactionId);
}

/** Says why the transaction is a discrepancy; `undefined` if an order may still match it or it used no energy. */
function discrepancyReason(
  { orderCache }: UnmatchedTransactionDeps,
  { chargePointId, event, record }: TransactionEventContext,
  ends: boolean,
): string | undefined {
  const place = `on connector ${event.connectorId ?? '?'}`;
  if (ends) {
    const { meterStopWh } = event;
    const meterStartWh = record.eventRecord?.registerWh ?? event.meterStartWh ?? -1;
    const usedEnergy = meterStopWh !== undefined && meterStopWh > meterStartWh;
    return usedEnergy ? `The transaction ended at ${meterStopWh} Wh and belongs to no order.` : undefined;
  }
  if (event.idTag !== undefined) return `A tag that belongs to no order started a transaction ${place}.`;
  if (event.remoteStartId !== undefined)
    return `A transaction started ${place} by a remote start that belongs to no open order.`;
  // Energy without a tag may belong to an order that awaits a start on this connector.
  const isAwaited = orderCache
    .openOrdersAt(chargePointId)
    .some(({ state, connector }) => state === 'starting' && connector.connectorId === record.connectorId);
  if (event.chargingState !== 'Charging' || isAwaited) return undefined;
  return `Energy flows ${place} and no order pays for it.`;
}
