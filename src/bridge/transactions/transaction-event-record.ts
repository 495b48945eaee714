/** One event of a 2.x transaction, and what it leaves on the transaction's record. */
import type { ChargerOutcome, AuthorizationStatus, TransactionEvent } from '../../ports/charger-events.js';
import type { Store } from '../../ports/store.js';
import type { MeterEntry, TransactionRecord, TransactionEventRecord } from '../../ports/stored-records.js';

/** One event, with the record that it left and what was known before it. */
export interface TransactionEventContext {
  readonly chargePointId: string;
  readonly event: TransactionEvent;
  readonly record: TransactionRecord;
  /** Never heard of before this event. */
  readonly isFirst: boolean;
  /** An order's session begins with this event. */
  readonly beginsSession?: true;
  /** Not overtaken by a newer event. */
  readonly isNewest: boolean;
  /** Charger time, epoch ms. */
  readonly at: number;
  readonly now: number;
}

/** More missing numbers than this are a counter that was set anew, not messages. */
const MAX_MISSING = 100;

/** A record for a transaction first heard of by this event, whichever it is. */
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
    // A station may count over all its transactions: only from its first number on is anything missing.
    eventRecord: {
      seqNo: event.seqNo,
      missingSeqNos: event.eventType === 'started' ? [] : seqNosBetween(0, event.seqNo),
      lastEventAt: at,
    },
  };
}

/**
 * The record after one more event: its place and tag, which may come late and come once, and what is missing.
 * @param continued The record was in memory: a gap is a gap. After a restart of ours nobody knows what came meanwhile.
 */
export function withEvent(
  record: TransactionRecord,
  event: TransactionEvent,
  at: number,
  continued: boolean,
): TransactionRecord {
  const before = eventRecordOf(record);
  const { seqNo } = event;
  const missing =
    seqNo > before.seqNo + 1 && continued
      ? [...before.missingSeqNos, ...seqNosBetween(before.seqNo + 1, seqNo)]
      : before.missingSeqNos.includes(seqNo)
        ? before.missingSeqNos.filter((number) => number !== seqNo)
        : before.missingSeqNos;
  const told: TransactionEventRecord = {
    ...before,
    seqNo: Math.max(before.seqNo, seqNo),
    missingSeqNos: missing,
    lastEventAt: Math.max(before.lastEventAt, at),
  };
  return {
    ...record,
    connectorId: event.connectorId ?? record.connectorId,
    idTag: record.idTag === '' ? (event.idTag ?? '') : record.idTag,
    eventRecord: told,
  };
}

function seqNosBetween(from: number, end: number): number[] {
  return end - from > MAX_MISSING ? [] : Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index);
}

export function toTransactionEventOutcome(
  event: TransactionEvent,
  status: AuthorizationStatus,
): Extract<ChargerOutcome, { type: 'transaction-event' }> {
  return { type: 'transaction-event', ...(event.idTag !== undefined && { status }) };
}

export function eventRecordOf(record: TransactionRecord): NonNullable<TransactionRecord['eventRecord']> {
  return record.eventRecord ?? { seqNo: 0, missingSeqNos: [], lastEventAt: record.startedAt };
}

export function withRefusal(record: TransactionRecord, foreign: AuthorizationStatus): TransactionRecord {
  return { ...record, eventRecord: { ...eventRecordOf(record), refusedStatus: foreign } };
}

/** The event as the journal keeps it. */
export function toMeterEntry(
  store: Pick<Store, 'nextJournalSeq'>,
  told: TransactionEventContext,
  orderId?: string,
): MeterEntry {
  const { chargePointId, event, record, now } = told;
  const { connectorId } = record;
  const entry = { seq: store.nextJournalSeq(), chargePointId, connectorId, receivedAt: now, raw: event.raw };
  return orderId === undefined ? entry : { ...entry, orderId };
}
