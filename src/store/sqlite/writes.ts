/** Encodes batches, and writes them inside an open SQLite transaction. */
import { ledgerEntries } from '../../domain/billing/ledger.js';
import { buyerKey, claimsConnector, connectorKey, idTagKey, isOpen } from '../../domain/model/order.js';
import { slotCells } from '../../domain/locations/reservation-slots.js';
import {
  RequestConflict,
  StoreConflict,
  StoreFault,
  type Batch,
  type ConflictKind,
  type OrderWrite,
} from '../../ports/store.js';
import type { RequestRecord } from '../../ports/stored-records.js';
import { toJournalRecords, type JournalRecord } from '../journal-records.js';
import { isUniqueViolation, type SqlValue, type SqliteHandle, type SqliteStatement } from './connection.js';

const SQL = {
  savepoint: 'SAVEPOINT batch',
  release: 'RELEASE batch',
  insertOrder: `INSERT INTO orders (version, state, bap_id, beckn_transaction_id, id_tag, connector, claims_connector, open, created_at, updated_at, doc,
    payment_reference, id, provider_id, station_id, transaction_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  updateOrder: `UPDATE orders SET version = ?1, state = ?2, bap_id = ?3, beckn_transaction_id = ?4, id_tag = ?5, connector = ?6, claims_connector = ?7,
    open = ?8, created_at = ?9, updated_at = ?10, doc = ?11, payment_reference = ?12, provider_id = ?14, station_id = ?15, transaction_id = ?16
    WHERE id = ?13 AND version = ?17`,
  // Used if no indexed column has changed, because SQLite rewrites the index of every column that is set, changed or
  // not.
  updateOrderDocument: `UPDATE orders SET version = ?1, updated_at = ?10, doc = ?11 WHERE id = ?13 AND version = ?17 AND state = ?2
    AND provider_id = ?14 AND station_id = ?15 AND transaction_id IS ?16 AND payment_reference IS ?12 AND bap_id = ?3 AND beckn_transaction_id = ?4 AND id_tag IS ?5 AND connector = ?6 AND claims_connector = ?7 AND open = ?8 AND created_at = ?9`,
  orderExists: 'SELECT 1 FROM orders WHERE id = ?',
  releaseIntervals: 'DELETE FROM reservation_intervals WHERE order_id = ?',
  reserveInterval: 'INSERT INTO reservation_intervals VALUES (?, ?)',
  insertPosting: 'INSERT INTO ledger VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  // OR REPLACE would delete the record first; this keeps record and key in place.
  putTransaction: `INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (charge_point_id, transaction_id)
    DO UPDATE SET start_key = excluded.start_key, open = excluded.open, unmatched = excluded.unmatched,
    received_at = excluded.received_at, doc = excluded.doc`,
  putRequest: `INSERT INTO requests VALUES (?, ?, ?, ?) ON CONFLICT (key)
    DO UPDATE SET owed = excluded.owed, received_at = excluded.received_at, doc = excluded.doc`,
  acceptRequest: 'INSERT INTO requests VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING',
  putChargePoint: 'INSERT INTO charge_points VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc',
  putLogEntry: `INSERT INTO charge_point_log VALUES (?, ?, ?, ?, ?) ON CONFLICT (id)
    DO UPDATE SET at = excluded.at, doc = excluded.doc`,
  putRating: `INSERT INTO ratings VALUES (?, ?, ?, ?) ON CONFLICT (id)
    DO UPDATE SET order_id = excluded.order_id, at = excluded.at, doc = excluded.doc`,
  // The outcome of an act is stored only once.
  putAuditEntry: `INSERT INTO audit VALUES (?, ?, ?) ON CONFLICT (id)
    DO UPDATE SET doc = excluded.doc WHERE json_extract(audit.doc, '$.outcome') = 'begun'`,
  // A discrepancy that an operator closed stays closed when it is found again.
  putDiscrepancy: `INSERT INTO discrepancies VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET at = excluded.at, open = excluded.open, doc = excluded.doc WHERE discrepancies.open = 1`,
} as const;

type PutStatement =
  | 'putTransaction'
  | 'putRequest'
  | 'putChargePoint'
  | 'putDiscrepancy'
  | 'putLogEntry'
  | 'putRating'
  | 'putAuditEntry';

interface EncodedOrder {
  readonly id: string;
  readonly expectedVersion: number;
  readonly open: boolean;
  readonly values: readonly SqlValue[];
  /** The intervals that the order's slot claims now; absent if the order cannot have claimed any. */
  readonly reservationIntervals?: readonly string[];
  /** The postings that this version adds. */
  readonly postings: readonly (readonly SqlValue[])[];
}

/** A batch ready for the engine. It is encoded in `commit`, so that an invalid batch fails only its own caller. */
export interface EncodedBatch {
  readonly journal: readonly JournalRecord[];
  readonly orders: readonly EncodedOrder[];
  /** The request that the batch accepts for the first time; its key is the first value. */
  readonly accepted?: readonly [string, ...SqlValue[]];
  readonly puts: readonly (readonly [PutStatement, readonly SqlValue[]])[];
}

/** Why a batch was not written: a conflict or a fault of its own. */
export type WriteFailure =
  | { readonly kind: ConflictKind; readonly orderId: string }
  | { readonly acceptedRequest: string }
  | { readonly fault: string };

export function toError(failure: WriteFailure): StoreConflict | RequestConflict | StoreFault {
  if ('fault' in failure) return new StoreFault(failure.fault);
  if ('acceptedRequest' in failure) return new RequestConflict(failure.acceptedRequest);
  return new StoreConflict(failure.kind, failure.orderId);
}

const toFlag = (is: boolean): number => (is ? 1 : 0);

/** @errors RangeError if the batch has several orders, or the order's version is not the expected one plus one. */
export function encodeBatch(batch: Batch): EncodedBatch {
  const orders = batch.orders ?? [];
  if (orders.length > 1) throw new RangeError(`a decision changes one order, not ${orders.length}`);
  const puts: [PutStatement, readonly SqlValue[]][] = [];
  for (const t of batch.transactions ?? []) {
    const open = toFlag(t.stop === undefined);
    const unmatched = toFlag(t.orderId === undefined);
    const key = [t.chargePointId, t.transactionId, t.startKey];
    puts.push(['putTransaction', [...key, open, unmatched, t.receivedAt, JSON.stringify(t)]]);
  }
  for (const r of batch.ratings ?? []) puts.push(['putRating', [r.id, r.orderId ?? null, r.at, JSON.stringify(r)]]);
  for (const r of batch.requests ?? []) puts.push(['putRequest', requestValues(r)]);
  for (const c of batch.chargePoints ?? []) puts.push(['putChargePoint', [c.id, JSON.stringify(c)]]);
  for (const r of batch.discrepancies ?? []) {
    puts.push(['putDiscrepancy', [r.id, r.at, toFlag(r.closedAt === undefined), JSON.stringify(r)]]);
  }
  for (const n of batch.logEntries ?? [])
    puts.push(['putLogEntry', [n.id, n.chargePointId, n.kind, n.at, JSON.stringify(n)]]);
  for (const e of batch.auditEntries ?? []) puts.push(['putAuditEntry', [e.id, e.at, JSON.stringify(e)]]);
  return {
    journal: toJournalRecords(batch.meterEntries ?? []),
    orders: orders.map(encodeOrder),
    ...(batch.acceptedRequest && { accepted: requestValues(batch.acceptedRequest) }),
    puts,
  };
}

function requestValues(r: RequestRecord): [string, ...SqlValue[]] {
  return [r.key, toFlag(r.owed !== undefined), r.receivedAt, JSON.stringify(r)];
}

function encodeOrder({ order, expectedVersion }: OrderWrite): EncodedOrder {
  if (order.version !== expectedVersion + 1) {
    throw new RangeError(`order ${order.id}: version ${order.version} does not follow ${expectedVersion}`);
  }
  const open = isOpen(order);
  const values = [
    order.version,
    order.state,
    buyerKey(order.customer),
    order.becknTransactionId,
    order.idTag === undefined ? null : idTagKey(order.idTag),
    connectorKey(order.connector),
    toFlag(claimsConnector(order)),
    toFlag(open),
    order.createdAt,
    order.updatedAt,
    JSON.stringify(order),
    order.payment?.providerReference ?? null,
    order.id,
    order.connector.providerId,
    order.connector.stationId,
    order.session?.transactionId ?? null,
  ];
  const postings = ledgerEntries(order)
    .filter(({ version }) => version === order.version)
    .map((entry) => [entry.id, entry.bapId, entry.at, JSON.stringify(entry)]);
  // An order may have had a slot that it no longer claims; its intervals are then deleted.
  const hadSlot = order.slot !== undefined || order.connectorHeld !== undefined;
  return {
    id: order.id,
    expectedVersion,
    open,
    values,
    postings,
    ...(hadSlot && { reservationIntervals: slotCells(order) }),
  };
}

/** Writes batches inside the open transaction, each completely or not at all. */
export class BatchWriter {
  private readonly statements: { readonly [name in keyof typeof SQL]: SqliteStatement };

  constructor(private readonly db: SqliteHandle) {
    this.statements = {
      savepoint: db.prepare(SQL.savepoint),
      release: db.prepare(SQL.release),
      insertOrder: db.prepare(SQL.insertOrder),
      updateOrder: db.prepare(SQL.updateOrder),
      updateOrderDocument: db.prepare(SQL.updateOrderDocument),
      orderExists: db.prepare(SQL.orderExists),
      releaseIntervals: db.prepare(SQL.releaseIntervals),
      reserveInterval: db.prepare(SQL.reserveInterval),
      insertPosting: db.prepare(SQL.insertPosting),
      putTransaction: db.prepare(SQL.putTransaction),
      acceptRequest: db.prepare(SQL.acceptRequest),
      putRequest: db.prepare(SQL.putRequest),
      putChargePoint: db.prepare(SQL.putChargePoint),
      putDiscrepancy: db.prepare(SQL.putDiscrepancy),
      putLogEntry: db.prepare(SQL.putLogEntry),
      putRating: db.prepare(SQL.putRating),
      putAuditEntry: db.prepare(SQL.putAuditEntry),
    };
  }

  /**
   * Writes a batch.
   * @returns Why the batch was not written; `undefined` if it was.
   * @errors Those of SQLite, which abort the whole transaction.
   */
  write(batch: EncodedBatch): WriteFailure | undefined {
    // Nothing is written before the first failure of a batch without orders, so it needs no savepoint.
    const needsSavepoint = batch.orders.length > 0;
    if (needsSavepoint) this.statements.savepoint.run();
    const failure = this.accept(batch) ?? this.writeOrders(batch);
    if (failure !== undefined) {
      if (needsSavepoint) this.db.exec('ROLLBACK TO batch; RELEASE batch');
      return failure;
    }
    for (const [name, values] of batch.puts) this.statements[name].run(...values);
    if (needsSavepoint) this.statements.release.run();
    return undefined;
  }

  private accept({ accepted }: EncodedBatch): WriteFailure | undefined {
    if (!accepted || Number(this.statements.acceptRequest.run(...accepted).changes) === 1) return undefined;
    return { acceptedRequest: accepted[0] };
  }

  private writeOrders({ orders }: EncodedBatch): WriteFailure | undefined {
    for (const order of orders) {
      const failure = this.writeOrder(order) ?? this.writeIntervals(order);
      if (failure !== undefined) return failure;
      for (const posting of order.postings) this.statements.insertPosting.run(...posting);
    }
    return undefined;
  }

  /** Replaces the order's intervals. Fails if an overlapping slot of another order already has one of them. */
  private writeIntervals({ id, reservationIntervals }: EncodedOrder): WriteFailure | undefined {
    if (!reservationIntervals) return undefined;
    this.statements.releaseIntervals.run(id);
    try {
      for (const interval of reservationIntervals) this.statements.reserveInterval.run(interval, id);
      return undefined;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      return { kind: 'connector', orderId: id };
    }
  }

  private writeOrder(order: EncodedOrder): WriteFailure | undefined {
    try {
      if (order.expectedVersion === 0) {
        this.statements.insertOrder.run(...order.values);
        return undefined;
      }
      const values = [...order.values, order.expectedVersion];
      const saved = ({ changes }: { readonly changes: number | bigint }): boolean => Number(changes) === 1;
      const written =
        saved(this.statements.updateOrderDocument.run(...values)) || saved(this.statements.updateOrder.run(...values));
      return written ? undefined : { kind: 'version', orderId: order.id };
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const exists = order.expectedVersion === 0 && this.statements.orderExists.get(order.id) !== undefined;
      if (exists) return { kind: 'version', orderId: order.id };
      if (error.message.includes('orders.connector')) return { kind: 'connector', orderId: order.id };
      return { fault: `order ${order.id}: its idTag belongs to another order` };
    }
  }
}
