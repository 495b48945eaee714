/** One event of a 2.x transaction, and how it changes the transaction's record. */
import type { AuthorizationStatus, ChargerOutcomeOf, TransactionEvent } from '../../ports/charger-events.js';
import type { Store } from '../../ports/store.js';
import type { MeterEntry, TransactionRecord, TransactionEventRecord } from '../../ports/stored-records.js';

/** One event, the record after it, and how it relates to earlier events. */
export interface TransactionEventContext {
  readonly chargePointId: string;
  readonly event: TransactionEvent;
  readonly record: TransactionRecord;
  /** The transaction was unknown before this event. */
  readonly isFirst: boolean;
  /** The session of an order begins with this event. */
  readonly beginsSession?: true;
  /** No event with a later time has been received. */
  readonly isNewest: boolean;
  /** Charger time, epoch ms. */
  readonly at: number;
  readonly now: number;
}

/** `stoppedReason` of a transaction to which no vehicle was connected in time. */
export const EV_CONNECT_TIMEOUT = 'Timeout';

/** A larger gap in `seqNo` is a counter that was reset, not lost messages. */
const MAX_MISSING = 100;

/** The record of a transaction that was unknown before this event, whatever its event type. */
export function createTransactionRecord(
  chargePointId: string,
  event: TransactionEvent,
  at: number,
  now: number,
): TransactionRecord {
  return {
    chargePointId,
    transactionId: event.transactionId,
    startKey: `event|${encodeURIComponent(chargePointId)}|${encodeURIComponent(event.transactionId.toWellFormed())}`,
    connectorId: event.connectorId ?? 0,
    idTag: event.idTag ?? '',
    meterStartWh: event.meterStartWh ?? 0,
    startedAt: at,
    receivedAt: now,
    raw: [event.raw],
    // A station may number the events of all its transactions in one sequence: a Started event misses none before it.
    eventRecord: {
      seqNo: event.seqNo,
      missingSeqNos: event.eventType === 'started' ? [] : seqNosBetween(0, event.seqNo),
      lastEventAt: at,
    },
  };
}

/**
 * The record after one more event: connector and tag, which any event may contain once, and the missing numbers.
 * @param sawEveryEvent False for a record loaded after a restart: a gap in the numbers then proves nothing.
 */
export function withEvent(
  record: TransactionRecord,
  event: TransactionEvent,
  at: number,
  sawEveryEvent: boolean,
): TransactionRecord {
  const before = eventRecordOf(record);
  const { seqNo } = event;
  const missingSeqNos =
    seqNo > before.seqNo + 1 && sawEveryEvent
      ? [...before.missingSeqNos, ...seqNosBetween(before.seqNo + 1, seqNo)]
      : before.missingSeqNos.includes(seqNo)
        ? before.missingSeqNos.filter((number) => number !== seqNo)
        : before.missingSeqNos;
  const eventRecord: TransactionEventRecord = {
    ...before,
    seqNo: Math.max(before.seqNo, seqNo),
    missingSeqNos,
    lastEventAt: Math.max(before.lastEventAt, at),
  };
  return {
    ...record,
    connectorId: event.connectorId ?? record.connectorId,
    idTag: record.idTag === '' ? (event.idTag ?? '') : record.idTag,
    eventRecord,
  };
}

function seqNosBetween(from: number, end: number): number[] {
  return end - from > MAX_MISSING ? [] : Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index);
}

export function toTransactionEventOutcome(
  event: TransactionEvent,
  status: AuthorizationStatus,
): ChargerOutcomeOf<'transaction-event'> {
  return { type: 'transaction-event', ...(event.idTag !== undefined && { status }) };
}

export function eventRecordOf(record: TransactionRecord): NonNullable<TransactionRecord['eventRecord']> {
  return record.eventRecord ?? { seqNo: 0, missingSeqNos: [], lastEventAt: record.startedAt };
}

/** The record of a transaction that no order may have any more; its tag is answered with `refusedStatus`. */
export function withRefusal(record: TransactionRecord, refusedStatus: AuthorizationStatus): TransactionRecord {
  return { ...record, eventRecord: { ...eventRecordOf(record), refusedStatus } };
}

/** The event as an entry of the meter journal. */
export function toMeterEntry(
  store: Pick<Store, 'nextJournalSeq'>,
  { chargePointId, event, record, now }: TransactionEventContext,
  orderId?: string,
): MeterEntry {
  const { connectorId } = record;
  const entry = { seq: store.nextJournalSeq(), chargePointId, connectorId, receivedAt: now, raw: event.raw };
  return orderId === undefined ? entry : { ...entry, orderId };
}

/** Whether the station restarted its count and reuses the id: a Started event happened after the stop. */
export function isReusedTransactionId(record: TransactionRecord, { eventType, seqNo, at }: TransactionEvent): boolean {
  const { stop } = record;
  const wasMissing = eventRecordOf(record).missingSeqNos.includes(seqNo);
  return eventType === 'started' && !wasMissing && stop !== undefined && at !== undefined && at > stop.at;
}

/** The register from which an order's session counts, Wh. */
export function startRegisterOf({ event, record }: TransactionEventContext): number | undefined {
  const lastWh = record.eventRecord?.registerWh;
  return event.eventType === 'started' ? (event.meterStartWh ?? lastWh) : (lastWh ?? event.meterStartWh);
}

/** Whether an end arrived before its start and has no register to count from: it waits for the start. */
export function isStrayEnd(context: TransactionEventContext): boolean {
  const { eventType, stoppedReason, samples } = context.event;
  if (eventType !== 'ended' || stoppedReason === EV_CONNECT_TIMEOUT) return false;
  const readings = samples.filter(({ registerWh }) => registerWh !== undefined);
  return startRegisterOf(context) === undefined && readings.length < 2;
}
