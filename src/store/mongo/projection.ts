/** Writes the records of a decision to their collections. A repeat changes nothing. */
import type { AuditEntry, Discrepancy } from '../../ports/stored-records.js';
import { toJournalRecords } from '../journal-records.js';
import type { Collections } from './collections.js';
import { auditKeys, discrepancyKeys, logEntryKeys, ratingKeys, transactionKeys } from './filter-keys.js';
import { duplicateIndex, transactionKey, upsert, type Rest } from './stored-forms.js';

/**
 * Writes records of batches that have no record in common.
 * @errors The driver's: some of the records may have been written.
 */
export async function project(collections: Collections, batches: readonly Rest[]): Promise<void> {
  await Promise.all([
    appendToJournal(
      collections,
      batches.flatMap((batch) => batch.meterEntries ?? []),
    ),
    putTransactions(collections, batches),
    putRatings(collections, batches),
    putRequests(collections, batches),
    putChargePoints(collections, batches),
    putLogEntries(collections, batches),
    ...batches
      .flatMap((batch) => batch.discrepancies ?? [])
      .map((discrepancy) => putDiscrepancy(collections, discrepancy)),
    ...batches.flatMap((batch) => batch.auditEntries ?? []).map((entry) => putAuditEntry(collections, entry)),
  ]);
}

/** An entry that is written twice counts once, because readers go by its number. */
export async function appendToJournal(
  { journal }: Pick<Collections, 'journal'>,
  entries: NonNullable<Rest['meterEntries']>,
): Promise<void> {
  const records = toJournalRecords(entries).map(({ latestSeqByOrder, ...record }) => ({
    ...record,
    orderIds: [...latestSeqByOrder.keys()],
  }));
  if (records.length > 0) await journal.insertMany(records, { lean: true, ordered: true });
}

async function putTransactions({ transactions }: Collections, batches: readonly Rest[]): Promise<void> {
  const puts = batches
    .flatMap((batch) => batch.transactions ?? [])
    .map((t) => {
      const _id = transactionKey(t.chargePointId, t.transactionId);
      const { chargePointId, startKey, receivedAt } = t;
      const flags = { open: t.stop === undefined, unmatched: t.orderId === undefined };
      return upsert({
        _id,
        chargePointId,
        startKey,
        receivedAt,
        keys: transactionKeys(t),
        ...flags,
        doc: JSON.stringify(t),
      });
    });
  if (puts.length > 0) await transactions.bulkWrite(puts);
}

async function putRatings({ ratings }: Collections, batches: readonly Rest[]): Promise<void> {
  const puts = batches
    .flatMap((batch) => batch.ratings ?? [])
    .map((r) =>
      upsert({
        _id: r.id,
        ...(r.orderId !== undefined && { orderId: r.orderId }),
        at: r.at,
        keys: ratingKeys(r),
        doc: JSON.stringify(r),
      }),
    );
  if (puts.length > 0) await ratings.bulkWrite(puts);
}

async function putRequests({ requests }: Collections, batches: readonly Rest[]): Promise<void> {
  const puts = batches
    .flatMap((batch) => batch.requests ?? [])
    .map((r) => upsert({ _id: r.key, owed: r.owed !== undefined, receivedAt: r.receivedAt, doc: JSON.stringify(r) }));
  if (puts.length > 0) await requests.bulkWrite(puts);
}

async function putChargePoints({ chargePoints }: Collections, batches: readonly Rest[]): Promise<void> {
  const puts = batches
    .flatMap((batch) => batch.chargePoints ?? [])
    .map((c) => upsert({ _id: c.id, doc: JSON.stringify(c) }));
  if (puts.length > 0) await chargePoints.bulkWrite(puts);
}

async function putLogEntries({ chargePointLog }: Collections, batches: readonly Rest[]): Promise<void> {
  const puts = batches
    .flatMap((batch) => batch.logEntries ?? [])
    .map((n) => {
      const { id: _id, chargePointId, kind, at } = n;
      return upsert({ _id, chargePointId, kind, at, keys: logEntryKeys(n), doc: JSON.stringify(n) });
    });
  if (puts.length > 0) await chargePointLog.bulkWrite(puts);
}

/**
 * Stores a discrepancy, unless an operator has closed it: the upsert then gets a duplicate key error, which is ignored.
 */
async function putDiscrepancy({ discrepancies }: Collections, discrepancy: Discrepancy): Promise<void> {
  const fields = {
    at: discrepancy.at,
    open: discrepancy.closedAt === undefined,
    keys: discrepancyKeys(discrepancy),
    doc: JSON.stringify(discrepancy),
  };
  try {
    await discrepancies.replaceOne({ _id: discrepancy.id, open: true }, fields, { upsert: true });
  } catch (error) {
    if (duplicateIndex(error) !== '_id_') throw error;
  }
}

/** Stores an act, unless its outcome is stored already: the upsert then gets a duplicate key error, which is ignored. */
async function putAuditEntry({ audit }: Collections, entry: AuditEntry): Promise<void> {
  const fields = { at: entry.at, outcome: entry.outcome, keys: auditKeys(entry), doc: JSON.stringify(entry) };
  try {
    await audit.replaceOne({ _id: entry.id, outcome: 'begun' }, fields, { upsert: true });
  } catch (error) {
    if (duplicateIndex(error) !== '_id_') throw error;
  }
}
