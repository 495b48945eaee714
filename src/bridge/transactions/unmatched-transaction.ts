/**
 * Saves the events of 2.x transactions that match no order, and opens a discrepancy if an order should exist; see
 * `findDiscrepancy`.
 */
import { isHistoric } from '../../domain/matching/message-age.js';
import { isTagOf } from '../../domain/matching/tags.js';
import { flowsAfterEnd } from '../../domain/metering/liveness.js';
import { isTerminal, type Order } from '../../domain/model/order.js';
import type { AuthorizationStatus, ChargerOutcomeOf, TransactionEvent } from '../../ports/charger-events.js';
import type { Store } from '../../ports/store.js';
import type { TransactionRecord } from '../../ports/stored-records.js';
import type { VouchedTags } from '../charge-points/vouched-tags.js';
import { commitWrite, joinWrites } from '../orders/extra-write.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { ConnectorStatuses } from './connector-status.js';
import { settleUnmatched } from './end-transaction.js';
import {
  eventRecordOf,
  reportedEnd,
  stopOf,
  toMeterEntry,
  toTransactionEventOutcome,
  withRefusal,
  type TransactionEventContext,
} from './transaction-event-record.js';
import type { TransactionIndex } from './transaction-index.js';
import type { TransactionStart } from './transaction-start.js';

const OUTLIVED = 'The transaction goes on although its order has ended, and no order pays for it.';
/** The trigger of an event in which a card ends the authorisation. */
const STOPPED_BY_TAG = 'StopAuthorized';
/** How much a register may rise without a charging vehicle, Wh. */
const TOLERATED_WH = 100;

export interface UnmatchedTransactionDeps {
  readonly store: Store;
  readonly transactionStart: TransactionStart;
  readonly transactions: TransactionIndex;
  readonly orderCache: Pick<OrderCache, 'findByTagAt'>;
  readonly connectorStatuses: ConnectorStatuses;
  readonly vouchedTags: Pick<VouchedTags, 'isVouched'>;
  /** Returns whether a connector is reserved for an order. */
  readonly isReserved: (chargePointId: string, connectorId: number) => boolean;
}

/** Why a transaction is a discrepancy. */
interface Finding {
  readonly reason: string;
  /** True if the transaction is refused and stopped. */
  readonly refuses: boolean;
}

/**
 * Handles an event of a transaction that has no order, at least not yet.
 * @param isAwaited True if this may be the transaction for which an order waits.
 */
export async function recordUnmatchedEvent(
  deps: UnmatchedTransactionDeps,
  context: TransactionEventContext,
  isAwaited: boolean,
): Promise<ChargerOutcomeOf<'transaction-event'>> {
  const { store, transactionStart, transactions, connectorStatuses } = deps;
  const { event, isFirst } = context;
  const ends = event.eventType === 'ended' && !reportedEnd(context.record);
  const vouched = withVouch(deps, context);
  const { refusedStatus: before, reported, vouched: isVouched } = eventRecordOf(vouched);
  const isKnown = before !== undefined || isVouched === true;
  const updated = withRegisterOrStop({ ...context, record: vouched }, ends);
  const finding = isKnown ? undefined : findDiscrepancy({ event, record: updated }, ends, isAwaited);
  // Only a refusal excludes the transaction from all orders: the start of one that has ended may still arrive.
  const record = finding ? withFinding(updated, finding) : updated;
  const reason = reported ? undefined : finding?.reason;
  const discrepancies = reason === undefined ? [] : transactionStart.unmatchedDiscrepancies(record, reason);
  const isChanged = isFirst || ends || finding !== undefined || vouched !== context.record;
  const batch = {
    ...(isFirst ? {} : { meterEntries: [toMeterEntry(store, context)] }),
    ...(isChanged && { transactions: [record] }),
    ...(discrepancies.length > 0 && { discrepancies }),
  };
  const write = { batch, committed: () => transactions.put(record) };
  // If the end was inferred before, another transaction has used the connector since.
  const frees = ends && !context.record.stop;
  if (ends) await settleUnmatched(deps, record);
  await commitWrite(store, frees ? joinWrites(write, connectorStatuses.recordFinishing(record)) : write);
  if (finding?.refuses) await clearConnector(deps, context, record);
  const { chargingState } = event;
  const energyMayFlow = chargingState !== 'EVConnected' && chargingState !== 'Idle';
  if (!ends && chargingState !== undefined && energyMayFlow)
    await connectorStatuses.recordChargingState(record, chargingState);
  return toTransactionEventOutcome(event, record.eventRecord?.refusedStatus ?? (isVouched ? 'Accepted' : 'Invalid'));
}

/**
 * Refuses and stops the transaction of an order that has ended, once another tag is presented in it or energy flows in
 * it, because no order pays for it any more; accepts it if an operator vouches for the tag. Ignores events from a
 * station's queue. The readings themselves are reported by `lateReadings`.
 * @returns The status of the tag in the event.
 */
export async function refuseAfterEnd(
  deps: UnmatchedTransactionDeps,
  order: Order,
  context: TransactionEventContext,
): Promise<AuthorizationStatus> {
  const { store, transactions, transactionStart } = deps;
  const { chargePointId, event, at, now } = context;
  const { session } = order;
  if (!session || !isTerminal(order) || event.eventType === 'ended' || event.offline) return 'Accepted';
  const record = withVouch(deps, context);
  const { refusedStatus, vouched } = eventRecordOf(record);
  const isOthers = event.idTag !== undefined && !isTagOf(order, event.idTag) && event.triggerReason !== STOPPED_BY_TAG;
  if (refusedStatus !== undefined && isOthers) return refusedStatus;
  const isCharging = event.chargingState === 'Charging';
  const goesOn = isOthers || flowsAfterEnd(session, { samples: event.samples, at, isCharging });
  if (refusedStatus !== undefined || !goesOn || isHistoric(at, now)) return 'Accepted';
  const refused = vouched ? record : withFinding(record, { reason: OUTLIVED, refuses: true });
  const discrepancies = vouched ? [] : transactionStart.unmatchedDiscrepancies(refused, OUTLIVED);
  await store.commit({ transactions: [refused], discrepancies });
  if (transactions.findOpen(chargePointId, refused.transactionId)) transactions.put(refused);
  if (vouched) return 'Accepted';
  transactionStart.stopUnmatched(refused, at);
  return isOthers ? 'Invalid' : 'Accepted';
}

/**
 * Opens a discrepancy for an operator's transaction whose id the station has reused, because the new record replaces
 * it.
 */
export async function reportReplaced(
  { store, transactionStart }: Pick<UnmatchedTransactionDeps, 'store' | 'transactionStart'>,
  record: TransactionRecord,
): Promise<void> {
  const { vouched, registerWh } = eventRecordOf(record);
  if (!vouched) return;
  const wh = record.stop?.meterStopWh ?? registerWh ?? record.meterStartWh;
  const detail = `The station has used the id ${record.transactionId} again; with it an operator's own transaction ran to ${wh} Wh.`;
  await store.commit({ discrepancies: transactionStart.unmatchedDiscrepancies(record, detail) });
}

/** Marks a transaction as vouched for if an operator vouches for the event's tag and the connector is not reserved. */
function withVouch(
  { vouchedTags, isReserved }: UnmatchedTransactionDeps,
  { chargePointId, event: { idTag }, record }: TransactionEventContext,
): TransactionRecord {
  const isVouched = idTag !== undefined && vouchedTags.isVouched(chargePointId, idTag);
  if (!isVouched || isReserved(chargePointId, record.connectorId)) return record;
  return { ...record, eventRecord: { ...eventRecordOf(record), vouched: true } };
}

function withFinding(record: TransactionRecord, { refuses }: Finding): TransactionRecord {
  const reported = { ...record, eventRecord: { ...eventRecordOf(record), reported: true as const } };
  return refuses ? withRefusal(reported, 'Invalid') : reported;
}

/** Adds the event's register or, if the event ends the transaction, the stop to the record. */
function withRegisterOrStop(context: TransactionEventContext, ends: boolean): TransactionRecord {
  const { event, record, isFirst } = context;
  if (event.eventType !== 'ended') {
    const registerWh = lastRegisterWh(event, record);
    if (registerWh === undefined) return record;
    const before = eventRecordOf(record);
    const { firstRegisterWh = event.meterStartWh ?? registerWh } = before;
    return { ...record, eventRecord: { ...before, firstRegisterWh, registerWh } };
  }
  if (!ends) return record;
  return { ...record, stop: stopOf(context), raw: isFirst ? record.raw : [...record.raw, event.raw] };
}

/** Returns the last known register, Wh. If an order matches later, it does not pay for energy up to this point. */
function lastRegisterWh(event: TransactionEvent, record: TransactionRecord): number | undefined {
  const last = event.samples.findLast(({ registerWh }) => registerWh !== undefined);
  return last?.registerWh ?? event.meterStartWh ?? record.eventRecord?.registerWh;
}

/**
 * Ends earlier sessions on the connector and stops the refused transaction. An order that awaits its start there keeps
 * waiting.
 */
async function clearConnector(
  { transactionStart }: UnmatchedTransactionDeps,
  { chargePointId, event, at, record: before }: TransactionEventContext,
  refused: TransactionRecord,
): Promise<void> {
  const { connectorId, transactionId } = refused;
  const meterStartWh = lastRegisterWh(event, before) ?? 0;
  if (connectorId > 0)
    await transactionStart.supersedeOthers(chargePointId, { connectorId, meterStartWh, at, transactionId });
  transactionStart.stopUnmatched(refused, at);
}

/**
 * Returns why the transaction is a discrepancy; `undefined` if an order may still match it, if it used no energy, or if
 * its energy was reported before.
 */
function findDiscrepancy(
  { event, record }: Pick<TransactionEventContext, 'event' | 'record'>,
  ends: boolean,
  isAwaited: boolean,
): Finding | undefined {
  const place = `on connector ${record.connectorId === 0 ? '?' : record.connectorId}`;
  const { idTag, remoteStartId, chargingState, meterStopWh, meterStartWh = -1 } = event;
  const { firstRegisterWh = meterStartWh, registerWh = 0, startMissing, reported } = eventRecordOf(record);
  if (ends) {
    const usedEnergy = meterStopWh !== undefined && meterStopWh > firstRegisterWh;
    const reason = `The transaction ended at ${meterStopWh} Wh and belongs to no order.`;
    return usedEnergy && !reported ? { reason, refuses: false } : undefined;
  }
  if (idTag !== undefined)
    return { reason: `A tag that belongs to no order started a transaction ${place}.`, refuses: true };
  if (remoteStartId !== undefined) {
    const reason = `A transaction started ${place} by a remote start that belongs to no open order.`;
    return { reason, refuses: true };
  }
  // Energy without a tag may belong to an order that awaits a start, so the first Wh are not reported.
  const rose = registerWh - firstRegisterWh > TOLERATED_WH;
  if (reported || !(rose || (chargingState === 'Charging' && !isAwaited))) return undefined;
  // The message that names the order may be lost, so the driver may not be a stranger.
  return startMissing || isAwaited
    ? { reason: `Energy flows ${place} in a transaction that does not say whose it is.`, refuses: false }
    : { reason: `Energy flows ${place} and no order pays for it.`, refuses: true };
}
