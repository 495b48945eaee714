/** One event of a 2.x transaction, and what it leaves on the transaction's record. */
import type { ChargerOutcome, TagStatus, TransactionTold } from '../../ports/charger-events.js';
import type { MeterEntry, Store, ToldMarks, TransactionRecord } from '../../ports/store.js';

/** One event, with the record that it left and what was known before it. */
export interface Told {
  readonly chargePointId: string;
  readonly event: TransactionTold;
  readonly record: TransactionRecord;
  /** Never heard of before this event. */
  readonly first: boolean;
  /** An order's session begins with this event. */
  readonly begins?: true;
  /** Not overtaken by a newer event. */
  readonly newest: boolean;
  /** Charger time, epoch ms. */
  readonly at: number;
  readonly now: number;
}

/** More missing numbers than this are a counter that was set anew, not messages. */
const MOST_MISSING = 100;

/** A record for a transaction first heard of by this event, whichever it is. */
export function opened(chargePointId: string, event: TransactionTold, at: number, now: number): TransactionRecord {
  return {
    chargePointId,
    transactionId: event.transactionId,
    startKey: `told|${encodeURIComponent(chargePointId)}|${encodeURIComponent(event.transactionId.toWellFormed())}`,
    connectorId: event.connectorId ?? 0,
    idTag: event.idTag ?? '',
    meterStartWh: event.beginWh ?? 0,
    startedAt: at,
    receivedAt: now,
    raw: [event.raw],
    // A station may count over all its transactions: only from its first number on is anything missing.
    told: { seqNo: event.seqNo, missing: event.phase === 'started' ? [] : upTo(0, event.seqNo), at },
  };
}

/**
 * The record after one more event: its place and tag, which may come late and come once, and what is missing.
 * @param continued The record was in memory: a gap is a gap. After a restart of ours nobody knows what came meanwhile.
 */
export function marked(
  record: TransactionRecord,
  event: TransactionTold,
  at: number,
  continued: boolean,
): TransactionRecord {
  const before = marksOf(record);
  const { seqNo } = event;
  const missing =
    seqNo > before.seqNo + 1 && continued
      ? [...before.missing, ...upTo(before.seqNo + 1, seqNo)]
      : before.missing.includes(seqNo)
        ? before.missing.filter((number) => number !== seqNo)
        : before.missing;
  const told: ToldMarks = {
    ...before,
    seqNo: Math.max(before.seqNo, seqNo),
    missing,
    at: Math.max(before.at, at),
  };
  return {
    ...record,
    connectorId: event.connectorId ?? record.connectorId,
    idTag: record.idTag === '' ? (event.idTag ?? '') : record.idTag,
    told,
  };
}

function upTo(from: number, end: number): number[] {
  return end - from > MOST_MISSING ? [] : Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index);
}

export function answer(
  event: TransactionTold,
  status: TagStatus,
): Extract<ChargerOutcome, { type: 'transaction-told' }> {
  return { type: 'transaction-told', ...(event.idTag !== undefined && { status }) };
}

export function marksOf(record: TransactionRecord): NonNullable<TransactionRecord['told']> {
  return record.told ?? { seqNo: 0, missing: [], at: record.startedAt };
}

export function refused(record: TransactionRecord, foreign: TagStatus): TransactionRecord {
  return { ...record, told: { ...marksOf(record), foreign } };
}

/** The event as the journal keeps it. */
export function entryOf(store: Pick<Store, 'nextJournalSeq'>, told: Told, orderId?: string): MeterEntry {
  const { chargePointId, event, record, now } = told;
  const { connectorId } = record;
  const entry = { seq: store.nextJournalSeq(), chargePointId, connectorId, receivedAt: now, raw: event.raw };
  return orderId === undefined ? entry : { ...entry, orderId };
}
