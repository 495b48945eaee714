/** Prepares batches for MongoDB: converts their orders and requests to documents, and names what each batch writes. */
import mongoose from 'mongoose';
import { ledgerEntries } from '../../domain/billing/ledger.js';
import { slotCells } from '../../domain/locations/reservation-slots.js';
import { buyerKey, claimsConnector, connectorKey, idTagKey, isOpen } from '../../domain/model/order.js';
import type { LedgerEntry } from '../../domain/model/posting.js';
import type { Batch, OrderWrite } from '../../ports/store.js';
import { transactionCursor } from '../../ports/store.js';
import type { RequestRecord } from '../../ports/stored-records.js';
import { orderKeys } from './filter-keys.js';
import type { StoredOrder, StoredPosting, StoredRequest, WriteNumber } from './stored-documents.js';

/** The records of a batch other than the decisive ones, which are its order and the request that it accepts. */
type Rest = Omit<Batch, 'orders' | 'acceptedRequest'>;

/** The records with the number of their decision. Releases before 0.3.0 stored none. */
export interface NumberedRest extends Rest {
  readonly written?: WriteNumber;
}

/** A batch with the stored form of its order. */
export interface PreparedBatch {
  readonly rest: NumberedRest;
  readonly order?: StoredOrder;
  /** The request that the batch accepts for the first time. */
  readonly accepted?: RequestRecord;
  /** Names of what the batch writes. Batches with a name in common are written one after the other. */
  readonly keys: readonly string[];
  /** How many records `rest` has. */
  readonly restSize: number;
}

/** @errors RangeError if the batch has several orders, or the order's version is not the expected one plus one. */
export function prepareBatch({ orders = [], acceptedRequest: accepted, ...rest }: Batch): PreparedBatch {
  const [write, second] = orders;
  if (second) throw new RangeError(`a decision changes one order, not ${orders.length}`);
  const order = write && storedOrder(write);
  const keys = [
    ...(order ? [`order ${order._id}`, `connector ${order.connector}`] : []),
    ...(rest.transactions ?? []).map((one) => `transaction ${transactionCursor(one)}`),
    ...[...(rest.requests ?? []), ...(accepted ? [accepted] : [])].map(({ key }) => `request ${key}`),
    ...(rest.chargePoints ?? []).map(({ id }) => `charge point ${id}`),
    ...(rest.discrepancies ?? []).map(({ id }) => `discrepancy ${id}`),
    ...(rest.ratings ?? []).map(({ id }) => `rating ${id}`),
    ...(rest.logEntries ?? []).map(({ id }) => `log entry ${id}`),
    ...(rest.auditEntries ?? []).map(({ id }) => `audit entry ${id}`),
  ];
  const restSize = Object.values(rest).reduce((sum, records) => sum + records.length, 0);
  return { rest, ...(order && { order }), ...(accepted && { accepted }), keys, restSize };
}

function storedOrder({ order, expectedVersion }: OrderWrite): StoredOrder {
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
    keys: orderKeys(order),
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

export function toStoredRequest(r: RequestRecord): StoredRequest {
  return { _id: r.key, owed: r.owed !== undefined, receivedAt: r.receivedAt, doc: JSON.stringify(r) };
}

/** Returns the name of the unique index that a write violated. 11000 is the server's `DuplicateKey`. */
export function duplicateIndex(error: unknown): string | undefined {
  if (!(error instanceof Error) || Reflect.get(error, 'code') !== 11000) return undefined;
  return / index: (\S+) dup key/.exec(error.message)?.[1];
}

/** Marks our own filters; in other filters, what looks like an operator is treated as a plain value. */
export const { trusted } = mongoose;
