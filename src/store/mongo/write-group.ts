/** Writes a commit group to MongoDB. */
import mongoose, { type AnyBulkWriteOperation } from 'mongoose';
import { StoreConflict, StoreFault, type Batch, type OrderWrite } from '../../ports/store.js';
import { type Discrepancy } from '../../ports/stored-records.js';
import { ledgerEntries } from '../../domain/billing/ledger.js';
import { type LedgerEntry } from '../../domain/model/posting.js';
import { buyerKey, claimsConnector, connectorKey, idTagKey, isOpen } from '../../domain/model/order.js';
import { slotCells } from '../../domain/locations/reservation-slots.js';
import { toJournalRecords } from '../journal-records.js';
import type { CommitGroup, PendingCommit } from '../group-commit.js';
import {
  CONNECTOR_INDEX,
  RESERVATION_INDEX,
  type Collections,
  type StoredOrder,
  type StoredPosting,
} from './collections.js';

const { trusted } = mongoose;

/** Converts an order to its stored form. @errors RangeError if the order's version is not the expected one plus one. */
export function storedOrder({ order, expectedVersion }: OrderWrite): StoredOrder {
  if (order.version !== expectedVersion + 1) {
    throw new RangeError(`order ${order.id}: version ${order.version} does not follow ${expectedVersion}`);
  }
  const reservationIntervals = slotCells(order);
  return {
    _id: order.id,
    version: order.version,
    state: order.state,
    buyer: buyerKey(order.customer),
    bapId: order.customer.bapId,
    becknTransactionId: order.becknTransactionId,
    ...(order.idTag === undefined ? {} : { idTag: idTagKey(order.idTag) }),
    ...(order.payment?.providerReference !== undefined && { paymentReference: order.payment.providerReference }),
    connector: connectorKey(order.connector),
    claimsConnector: claimsConnector(order),
    ...(reservationIntervals.length > 0 && { reservationIntervals }),
    open: isOpen(order),
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    journalSeq: order.session?.meter.journalSeq ?? 0,
    ...(order.ledger && { ledger: ledgerEntries(order).map(postingOf) }),
    doc: JSON.stringify(order),
  };
}

function postingOf(entry: LedgerEntry): StoredPosting {
  return { key: entry.id, at: entry.at, doc: JSON.stringify(entry) };
}

/** Builds the key of a transaction as JSON, so that different ids never yield the same key. */
export function transactionKey(chargePointId: string, id: string): string {
  return JSON.stringify([chargePointId, id]);
}

/** A batch with the stored form of its orders. */
export interface PreparedBatch {
  readonly batch: Batch;
  readonly orders: readonly StoredOrder[];
}

type PreparedCommit = PendingCommit<PreparedBatch>;

/**
 * Writes a group in a fixed order: meter entries, transactions, orders, then the rest. A message that is repeated after
 * a crash thus completes what the crash interrupted. A conflict rejects only its own caller.
 * @errors The driver's. Settled callers keep their result; any other batch may or may not have been written.
 */
export async function writeGroup(collections: Collections, group: CommitGroup<PreparedBatch>): Promise<void> {
  let batches = await rejectStale(collections, group.commits);
  const entries = [...group.entries, ...batches.flatMap((w) => w.batch.batch.meterEntries ?? [])];
  const journal = toJournalRecords(entries).map(({ latestSeqByOrder: newest, ...row }) => ({
    ...row,
    orderIds: [...newest.keys()],
  }));
  if (journal.length > 0) await collections.journal.insertMany(journal, { lean: true, ordered: true });
  group.append?.resolve();
  await putTransactions(collections, batches);
  batches = await writeOrders(collections, batches);
  await putOthers(collections, batches);
  for (const { resolve } of batches) resolve();
}

/**
 * Rejects batches with a stale order before anything is written, so that they do not leave meter entries or
 * transactions behind. The write of the order checks the version again.
 */
async function rejectStale({ orders }: Collections, waiting: readonly PreparedCommit[]): Promise<PreparedCommit[]> {
  const expectedVersions = new Map<string, { waiter: PreparedCommit; expected: number }>();
  const touched = new Set<string>();
  for (const waiter of waiting) {
    const { batch, orders: writes } = waiter.batch;
    const early = (batch.meterEntries?.length ?? 0) + (batch.transactions?.length ?? 0) > 0;
    for (const { _id, version } of writes) {
      if (early && !touched.has(_id)) expectedVersions.set(_id, { waiter, expected: version - 1 });
      touched.add(_id);
    }
  }
  if (expectedVersions.size === 0) return [...waiting];
  const stale = new Set<PreparedCommit>();
  const found = await orders.find({ _id: trusted({ $in: [...expectedVersions.keys()] }) }, { version: 1 }).lean();
  const versions = new Map(found.map((order) => [order._id, order.version]));
  for (const [id, { waiter, expected }] of expectedVersions) {
    if ((versions.get(id) ?? 0) === expected || stale.has(waiter)) continue;
    waiter.reject(new StoreConflict('version', id));
    stale.add(waiter);
  }
  return waiting.filter((waiter) => !stale.has(waiter));
}

async function putTransactions({ transactions }: Collections, batches: readonly PreparedCommit[]): Promise<void> {
  const puts = batches
    .flatMap((w) => w.batch.batch.transactions ?? [])
    .map((t) => {
      const _id = transactionKey(t.chargePointId, t.transactionId);
      const { chargePointId, startKey, receivedAt } = t;
      const flags = { open: t.stop === undefined, unmatched: t.orderId === undefined };
      return upsert({ _id, chargePointId, startKey, receivedAt, ...flags, doc: JSON.stringify(t) });
    });
  if (puts.length > 0) await transactions.bulkWrite(puts);
}

/**
 * Writes the orders of different batches concurrently, but batches with a common order or connector one after the
 * other.
 */
async function writeOrders(collections: Collections, batches: readonly PreparedCommit[]): Promise<PreparedCommit[]> {
  const written: PreparedCommit[] = [];
  let rest = batches;
  while (rest.length > 0) {
    const touched = new Set<string>();
    const now: PreparedCommit[] = [];
    const later: PreparedCommit[] = [];
    for (const waiter of rest) {
      const keys = waiter.batch.orders.flatMap((o) => [`order ${o._id}`, `connector ${o.connector}`]);
      (keys.some((key) => touched.has(key)) ? later : now).push(waiter);
      for (const key of keys) touched.add(key);
    }
    const outcomes = await Promise.allSettled(now.map((waiter) => writeOrdersOf(collections, waiter)));
    outcomes.forEach((outcome, i) => {
      const waiter = now[i];
      if (waiter === undefined) return;
      if (outcome.status === 'fulfilled') written.push(waiter);
      else if (isWriteFailure(outcome.reason)) waiter.reject(outcome.reason);
      else throw outcome.reason;
    });
    rest = later;
  }
  return written;
}

function isWriteFailure(reason: unknown): reason is StoreConflict | StoreFault {
  return reason instanceof StoreConflict || reason instanceof StoreFault;
}

async function writeOrdersOf({ orders }: Collections, { batch }: PreparedCommit): Promise<void> {
  for (const stored of batch.orders) {
    try {
      if (stored.version === 1) {
        await orders.insertMany([stored], { lean: true });
        continue;
      }
      const { _id, ...fields } = stored;
      const { matchedCount } = await orders.replaceOne({ _id, version: stored.version - 1 }, fields);
      if (matchedCount === 0) throw new StoreConflict('version', _id);
    } catch (error) {
      const index = duplicateIndex(error);
      if (index === undefined) throw error;
      if (index === CONNECTOR_INDEX || index === RESERVATION_INDEX) throw new StoreConflict('connector', stored._id);
      if (index === '_id_') throw new StoreConflict('version', stored._id);
      throw new StoreFault(`order ${stored._id}: its idTag belongs to another order`, { cause: error });
    }
  }
}

/** Returns the name of the unique index that a write violated. 11000 is the server's `DuplicateKey`. */
export function duplicateIndex(error: unknown): string | undefined {
  if (!(error instanceof Error) || Reflect.get(error, 'code') !== 11000) return undefined;
  return / index: (\S+) dup key/.exec(error.message)?.[1];
}

async function putOthers(collections: Collections, batches: readonly PreparedCommit[]): Promise<void> {
  const all = batches.map((w) => w.batch.batch);
  const ratings = all
    .flatMap((batch) => batch.ratings ?? [])
    .map((r) =>
      upsert({ _id: r.id, ...(r.orderId !== undefined && { orderId: r.orderId }), at: r.at, doc: JSON.stringify(r) }),
    );
  if (ratings.length > 0) await collections.ratings.bulkWrite(ratings);
  const requests = all
    .flatMap((batch) => batch.requests ?? [])
    .map((r) => upsert({ _id: r.key, owed: r.owed !== undefined, receivedAt: r.receivedAt, doc: JSON.stringify(r) }));
  if (requests.length > 0) await collections.requests.bulkWrite(requests);
  const chargePoints = all
    .flatMap((batch) => batch.chargePoints ?? [])
    .map((c) => upsert({ _id: c.id, doc: JSON.stringify(c) }));
  if (chargePoints.length > 0) await collections.chargePoints.bulkWrite(chargePoints);
  const logEntries = all
    .flatMap((batch) => batch.logEntries ?? [])
    .map((n) => upsert({ _id: n.id, chargePointId: n.chargePointId, kind: n.kind, at: n.at, doc: JSON.stringify(n) }));
  if (logEntries.length > 0) await collections.chargePointLog.bulkWrite(logEntries);
  await Promise.all(all.flatMap((batch) => batch.discrepancies ?? []).map((one) => putDiscrepancy(collections, one)));
}

/**
 * Stores a discrepancy, unless an operator has closed it: the upsert then gets a duplicate key error, which is ignored.
 */
async function putDiscrepancy({ discrepancies }: Collections, discrepancy: Discrepancy): Promise<void> {
  const fields = { at: discrepancy.at, open: discrepancy.closedAt === undefined, doc: JSON.stringify(discrepancy) };
  try {
    await discrepancies.replaceOne({ _id: discrepancy.id, open: true }, fields, { upsert: true });
  } catch (error) {
    if (duplicateIndex(error) !== '_id_') throw error;
  }
}

function upsert<T extends { readonly _id: string }>(stored: T): AnyBulkWriteOperation<T> {
  const { _id, ...replacement } = stored;
  return { replaceOne: { filter: { _id }, replacement, upsert: true } };
}
