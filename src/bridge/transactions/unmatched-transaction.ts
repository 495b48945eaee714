/** 2.x transactions that no order has: kept and answered like any other, and shown to a person when they matter. */
import { joinWrites, commitWrite } from '../orders/extra-write.js';
import type { TransactionEventHandlerDeps } from './transaction-event.js';
import { HISTORIC_AFTER_MS } from './transaction-start.js';
import {
  toTransactionEventOutcome,
  toMeterEntry,
  eventRecordOf,
  withRefusal,
  type TransactionEventContext,
} from './transaction-event-record.js';
import type { ChargerOutcome, TransactionEvent } from '../../ports/charger-events.js';

/** The register of a transaction before an order has it: what flowed until then is nobody's. */
function lastRegisterWh(event: TransactionEvent, before: number | undefined): number | undefined {
  return (
    event.samples.findLast(({ registerWh }) => registerWh !== undefined)?.registerWh ?? event.meterStartWh ?? before
  );
}

/** No order has it: nobody is authorised yet, or somebody else is. */
export async function recordUnmatchedEvent(
  deps: Pick<
    TransactionEventHandlerDeps,
    'store' | 'transactionStart' | 'transactions' | 'connectorStatuses' | 'orderCache'
  >,
  told: TransactionEventContext,
): Promise<ChargerOutcome> {
  const { store, transactionStart: starts, transactions, connectorStatuses: words } = deps;
  const { chargePointId, event, isFirst: first, at, now } = told;
  let { record } = told;
  const before = record.eventRecord?.registerWh;
  const register = lastRegisterWh(event, before);
  const ends = event.eventType === 'ended' && !record.stop;
  if (register !== undefined && event.eventType !== 'ended')
    record = { ...record, eventRecord: { ...eventRecordOf(record), registerWh: register } };
  if (ends) {
    const { meterStopWh: endWh, stoppedReason: reason = 'Local' } = event;
    const stop = { at, receivedAt: now, reason, ...(endWh !== undefined && { meterStopWh: endWh }) };
    record = { ...record, stop, raw: first ? record.raw : [...record.raw, event.raw] };
  }
  // Energy that names nobody may be for the order whose start is on its way.
  const awaited = deps.orderCache
    .openOrdersAt(chargePointId)
    .some(({ state, connector }) => state === 'starting' && connector.connectorId === record.connectorId);
  const tells =
    record.eventRecord?.refusedStatus === undefined &&
    unmatchedReason(event, ends, before ?? event.meterStartWh, awaited);
  const rows = tells ? starts.unmatchedDiscrepancies(record, tells) : [];
  // An end that came first may yet meet its beginning.
  if (tells && !ends) record = withRefusal(record, 'Invalid');
  const worth = first || ends || rows.length > 0;
  const saved = record;
  const batch = {
    ...(first ? {} : { meterEntries: [toMeterEntry(store, told)] }),
    ...(worth && { transactions: [saved] }),
    ...(rows.length > 0 && { discrepancies: rows }),
  };
  const write = { batch, committed: () => transactions.put(saved) };
  await commitWrite(store, ends ? joinWrites(write, words.recordFinishing(saved)) : write);
  if (rows.length > 0 && !ends) {
    const { connectorId } = record;
    if (connectorId > 0)
      await starts.supersedeOthers(chargePointId, { connectorId, meterStartWh: register ?? 0, at }, 'unmatched');
    // It was asked to start by us, for an order that is no more.
    const asked = event.remoteStartId !== undefined;
    if (asked && now - at < HISTORIC_AFTER_MS) starts.stopUnmatched(chargePointId, record.transactionId);
  }
  const { chargingState } = event;
  const flows = chargingState !== 'EVConnected' && chargingState !== 'Idle';
  if (!ends && chargingState !== undefined && flows) await words.recordChargingState(record, chargingState);
  return toTransactionEventOutcome(event, record.eventRecord?.refusedStatus ?? 'Invalid');
}

/** Why a person should know of a transaction that no order has; `undefined` while it may still become one's. */
function unmatchedReason(
  event: TransactionEvent,
  ends: boolean,
  beginWh: number | undefined,
  awaited: boolean,
): string | undefined {
  const where = `on connector ${event.connectorId ?? '?'}`;
  if (ends) {
    const { meterStopWh: endWh } = event;
    const drew = endWh !== undefined && endWh > (beginWh ?? -1);
    return drew ? `It ended at ${endWh} Wh and no order of ours had it.` : undefined;
  }
  if (event.idTag !== undefined) return `A tag that no order of ours carries began ${where}.`;
  if (event.remoteStartId !== undefined) return `It began ${where} for a remote start that no open order made.`;
  if (event.chargingState !== 'Charging' || awaited) return undefined;
  return `Energy flows ${where} and no order of ours bought it.`;
}
