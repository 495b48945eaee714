/** Writes the records of a decision to their collections. Repeating a write changes nothing for readers. */
import mongoose from 'mongoose';
import type { AuditEntry, Discrepancy, LogEntry, RatingRecord, TransactionRecord } from '../../ports/stored-records.js';
import { toJournalRecords } from '../journal-records.js';
import type { FencedWrites } from './fenced-writes.js';
import { auditKeys, discrepancyKeys, logEntryKeys, ratingKeys, transactionKeys } from './filter-keys.js';
import type { WriteNumber } from './stored-documents.js';
import { duplicateIndex, toStoredRequest, transactionKey, type NumberedRest } from './stored-forms.js';

/**
 * Writes records of batches that have no record in common. Each document but those of the journal carries the number of
 * its decision.
 * @errors Those of the driver and the lease; some of the records may have been written.
 */
export async function project(writes: FencedWrites, batches: readonly NumberedRest[]): Promise<void> {
  const { transactions, ratings, requests, chargePoints, chargePointLog } = writes.collections;
  const documents = <T, D extends object>(
    pick: (batch: NumberedRest) => readonly T[] | undefined,
    toDocument: (record: T) => D,
  ): (D & { readonly written?: WriteNumber })[] =>
    batches.flatMap((batch) => {
      const number = batch.written && { written: batch.written };
      return (pick(batch) ?? []).map((record) => ({ ...toDocument(record), ...number }));
    });
  const discrepancies = documents((one) => one.discrepancies, toStoredDiscrepancy);
  const auditEntries = documents((one) => one.auditEntries, toStoredAuditEntry);
  await Promise.all([
    appendToJournal(
      writes,
      batches.flatMap((one) => one.meterEntries ?? []),
    ),
    writes.put(
      transactions,
      documents((one) => one.transactions, toStoredTransaction),
    ),
    writes.put(
      ratings,
      documents((one) => one.ratings, toStoredRating),
    ),
    writes.put(
      requests,
      documents((one) => one.requests, toStoredRequest),
    ),
    writes.put(
      chargePoints,
      documents(
        (one) => one.chargePoints,
        (c) => ({ _id: c.id, doc: JSON.stringify(c) }),
      ),
    ),
    writes.put(
      chargePointLog,
      documents((one) => one.logEntries, toStoredLogEntry),
    ),
    ...discrepancies.map((one) => putUnlessTaken(writes, writes.collections.discrepancies, { open: true }, one)),
    ...auditEntries.map((one) => putUnlessTaken(writes, writes.collections.audit, { outcome: 'begun' }, one)),
  ]);
}

/** Appends meter entries. An entry that is written twice counts once, because readers identify it by its number. */
export async function appendToJournal(
  writes: FencedWrites,
  entries: NonNullable<NumberedRest['meterEntries']>,
): Promise<void> {
  const records = toJournalRecords(entries).map(({ latestSeqByOrder, ...record }) => ({
    _id: new mongoose.Types.ObjectId(),
    ...record,
    orderIds: [...latestSeqByOrder.keys()],
  }));
  // A record may be megabytes long, so each is a write of its own with its own deadline.
  for (const record of records) await writes.put(writes.collections.journal, [record]);
}

function toStoredTransaction(t: TransactionRecord) {
  const { chargePointId, startKey, receivedAt } = t;
  const flags = { open: t.stop === undefined, unmatched: t.orderId === undefined };
  const _id = transactionKey(chargePointId, t.transactionId);
  return { _id, chargePointId, startKey, receivedAt, keys: transactionKeys(t), ...flags, doc: JSON.stringify(t) };
}

function toStoredRating(r: RatingRecord) {
  return {
    _id: r.id,
    ...(r.orderId !== undefined && { orderId: r.orderId }),
    at: r.at,
    keys: ratingKeys(r),
    doc: JSON.stringify(r),
  };
}

function toStoredLogEntry(n: LogEntry) {
  const { id: _id, chargePointId, kind, at } = n;
  return { _id, chargePointId, kind, at, keys: logEntryKeys(n), doc: JSON.stringify(n) };
}

function toStoredDiscrepancy(discrepancy: Discrepancy) {
  const { id: _id, at } = discrepancy;
  const open = discrepancy.closedAt === undefined;
  return { _id, at, open, keys: discrepancyKeys(discrepancy), doc: JSON.stringify(discrepancy) };
}

function toStoredAuditEntry(entry: AuditEntry) {
  const { id: _id, at, outcome } = entry;
  return { _id, at, outcome, keys: auditKeys(entry), doc: JSON.stringify(entry) };
}

/**
 * Stores a discrepancy unless an operator has closed it, or an audit entry unless its outcome is stored. In these
 * cases the upsert gets a duplicate key error, which is ignored.
 * @param replaceable Fields that a stored document must have to be replaced.
 */
async function putUnlessTaken(
  writes: FencedWrites,
  target: FencedWrites['collections']['discrepancies'] | FencedWrites['collections']['audit'],
  replaceable: Readonly<Record<string, unknown>>,
  document: { readonly _id: string },
): Promise<void> {
  try {
    await writes.putWhere(target, { _id: document._id, ...replaceable }, document);
  } catch (error) {
    if (duplicateIndex(error) !== '_id_') throw error;
  }
}
