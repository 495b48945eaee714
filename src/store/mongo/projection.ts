/** Writes the records of a decision to their collections. Repeating a write changes nothing. */
import mongoose from 'mongoose';
import type { AuditEntry, Discrepancy, RatingRecord, TransactionRecord } from '../../ports/stored-records.js';
import { toJournalRecords } from '../journal-records.js';
import type { FencedWrites } from './fenced-writes.js';
import { auditKeys, discrepancyKeys, logEntryKeys, ratingKeys, transactionKeys } from './filter-keys.js';
import { duplicateIndex, toStoredRequest, transactionKey, type Rest } from './stored-forms.js';

/**
 * Writes records of batches that have no record in common.
 * @errors The driver's; some of the records may have been written.
 */
export async function project(writes: FencedWrites, batches: readonly Rest[]): Promise<void> {
  const { transactions, ratings, requests, chargePoints, chargePointLog } = writes.collections;
  const all = <T>(pick: (batch: Rest) => readonly T[] | undefined): T[] => batches.flatMap((one) => pick(one) ?? []);
  await Promise.all([
    appendToJournal(
      writes,
      all((one) => one.meterEntries),
    ),
    writes.put(transactions, all((one) => one.transactions).map(toStoredTransaction)),
    writes.put(ratings, all((one) => one.ratings).map(toStoredRating)),
    writes.put(requests, all((one) => one.requests).map(toStoredRequest)),
    writes.put(
      chargePoints,
      all((one) => one.chargePoints).map((c) => ({ _id: c.id, doc: JSON.stringify(c) })),
    ),
    writes.put(
      chargePointLog,
      all((one) => one.logEntries).map((n) => {
        const { id: _id, chargePointId, kind, at } = n;
        return { _id, chargePointId, kind, at, keys: logEntryKeys(n), doc: JSON.stringify(n) };
      }),
    ),
    ...all((one) => one.discrepancies).map((discrepancy) => putDiscrepancy(writes, discrepancy)),
    ...all((one) => one.auditEntries).map((entry) => putAuditEntry(writes, entry)),
  ]);
}

/** Appends meter entries. An entry that is written twice counts once, because readers identify it by its number. */
export async function appendToJournal(writes: FencedWrites, entries: NonNullable<Rest['meterEntries']>): Promise<void> {
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

/**
 * Stores a discrepancy, unless an operator has closed it: the upsert then gets a duplicate key error, which is ignored.
 */
async function putDiscrepancy(writes: FencedWrites, discrepancy: Discrepancy): Promise<void> {
  const { id: _id, at } = discrepancy;
  const open = discrepancy.closedAt === undefined;
  const document = { _id, at, open, keys: discrepancyKeys(discrepancy), doc: JSON.stringify(discrepancy) };
  try {
    await writes.putWhere(writes.collections.discrepancies, { _id, open: true }, document);
  } catch (error) {
    if (duplicateIndex(error) !== '_id_') throw error;
  }
}

/** Stores an audit entry unless its outcome is stored: the upsert then gets a duplicate key error, which is ignored. */
async function putAuditEntry(writes: FencedWrites, entry: AuditEntry): Promise<void> {
  const { id: _id, at, outcome } = entry;
  const document = { _id, at, outcome, keys: auditKeys(entry), doc: JSON.stringify(entry) };
  try {
    await writes.putWhere(writes.collections.audit, { _id, outcome: 'begun' }, document);
  } catch (error) {
    if (duplicateIndex(error) !== '_id_') throw error;
  }
}
