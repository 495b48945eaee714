/** Writes the records of a decision to their collections. A repeat changes nothing. */
import mongoose from 'mongoose';
import type { Discrepancy, RatingRecord, TransactionRecord } from '../../ports/stored-records.js';
import { toJournalRecords } from '../journal-records.js';
import type { FencedWrites } from './fenced-writes.js';
import { duplicateIndex, toStoredRequest, transactionKey, type Rest } from './stored-forms.js';

/**
 * Writes records of batches that have no record in common.
 * @errors The driver's: some of the records may have been written.
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
        return { _id: n.id, chargePointId: n.chargePointId, kind: n.kind, at: n.at, doc: JSON.stringify(n) };
      }),
    ),
    ...all((one) => one.discrepancies).map((discrepancy) => putDiscrepancy(writes, discrepancy)),
  ]);
}

/** An entry that is written twice counts once, because readers go by its number. */
export async function appendToJournal(writes: FencedWrites, entries: NonNullable<Rest['meterEntries']>): Promise<void> {
  const records = toJournalRecords(entries).map(({ latestSeqByOrder, ...record }) => ({
    _id: new mongoose.Types.ObjectId(),
    ...record,
    orderIds: [...latestSeqByOrder.keys()],
  }));
  // Megabytes take their time: each record has its own.
  for (const record of records) await writes.put(writes.collections.journal, [record]);
}

function toStoredTransaction(t: TransactionRecord) {
  const { chargePointId, startKey, receivedAt } = t;
  const flags = { open: t.stop === undefined, unmatched: t.orderId === undefined };
  const _id = transactionKey(chargePointId, t.transactionId);
  return { _id, chargePointId, startKey, receivedAt, ...flags, doc: JSON.stringify(t) };
}

function toStoredRating(r: RatingRecord) {
  return { _id: r.id, ...(r.orderId !== undefined && { orderId: r.orderId }), at: r.at, doc: JSON.stringify(r) };
}

/**
 * Stores a discrepancy, unless an operator has closed it: the upsert then gets a duplicate key error, which is ignored.
 */
async function putDiscrepancy(writes: FencedWrites, discrepancy: Discrepancy): Promise<void> {
  const { id: _id, at } = discrepancy;
  const document = { _id, at, open: discrepancy.closedAt === undefined, doc: JSON.stringify(discrepancy) };
  try {
    await writes.putWhere(writes.collections.discrepancies, { _id, open: true }, document);
  } catch (error) {
    if (duplicateIndex(error) !== '_id_') throw error;
  }
}
