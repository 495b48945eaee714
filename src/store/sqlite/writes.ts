import { connectorKey, holdsConnector, isOpen } from '../../domain/order.js';
import { slotCells } from '../../domain/slot.js';
import { StoreConflict, StoreFault, type Batch, type OrderWrite } from '../../bridge/ports/store.js';
import { isUniqueViolation, type SqlValue, type SqliteHandle, type SqliteStatement } from './handle.js';

const SQL = {
  mark: 'SAVEPOINT batch',
  keep: 'RELEASE batch',
  insertOrder: `INSERT INTO orders (version, state, bap_id, txn_id, id_tag, connector, holds, open, created_at, updated_at, doc, id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  updateOrder: `UPDATE orders SET version = ?, state = ?, bap_id = ?, txn_id = ?, id_tag = ?, connector = ?, holds = ?, open = ?,
    created_at = ?, updated_at = ?, doc = ? WHERE id = ? AND version = ?`,
  orderExists: 'SELECT 1 FROM orders WHERE id = ?',
  freeCells: 'DELETE FROM slot_cells WHERE order_id = ?',
  takeCell: 'INSERT INTO slot_cells VALUES (?, ?)',
  putTransaction: 'INSERT OR REPLACE INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?)',
  putRequest: 'INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?)',
  putChargePoint: 'INSERT OR REPLACE INTO charge_points VALUES (?, ?)',
  // What a person has closed stays closed, whoever repeats the finding.
  putRow: `INSERT INTO rows VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET at = excluded.at, open = excluded.open, doc = excluded.doc WHERE rows.open = 1`,
} as const;

type Put = 'putTransaction' | 'putRequest' | 'putChargePoint' | 'putRow';

interface EncodedOrder {
  readonly id: string;
  readonly expectedVersion: number;
  readonly open: boolean;
  readonly values: readonly SqlValue[];
  /** Of a booked slot, as far as it is still kept; absent where none was booked. */
  readonly cells?: readonly string[];
}

/** A batch in the engine's words: made when `commit` is called, so that what cannot be written hurts its caller only. */
export interface EncodedBatch {
  readonly meter: NonNullable<Batch['meter']>;
  readonly orders: readonly EncodedOrder[];
  readonly puts: readonly (readonly [Put, readonly SqlValue[]])[];
}

const flag = (is: boolean): number => (is ? 1 : 0);

/** @errors RangeError when an order's version is not the expected one plus one. */
export function encodeBatch(batch: Batch): EncodedBatch {
  const puts: [Put, readonly SqlValue[]][] = [];
  for (const t of batch.transactions ?? []) {
    const open = flag(t.stop === undefined);
    const orphan = flag(t.orderId === undefined);
    const key = [t.chargePointId, t.transactionId, t.startKey];
    puts.push(['putTransaction', [...key, open, orphan, t.receivedAt, JSON.stringify(t)]]);
  }
  for (const r of batch.requests ?? []) {
    puts.push(['putRequest', [r.key, flag(r.owed !== undefined), r.receivedAt, JSON.stringify(r)]]);
  }
  for (const c of batch.chargePoints ?? []) puts.push(['putChargePoint', [c.id, JSON.stringify(c)]]);
  for (const r of batch.rows ?? []) {
    puts.push(['putRow', [r.id, r.at, flag(r.closedAt === undefined), JSON.stringify(r)]]);
  }
  return { meter: batch.meter ?? [], orders: (batch.orders ?? []).map(encodeOrder), puts };
}

function encodeOrder({ order, expectedVersion }: OrderWrite): EncodedOrder {
  if (order.version !== expectedVersion + 1) {
    throw new RangeError(`order ${order.id}: version ${order.version} does not follow ${expectedVersion}`);
  }
  const open = isOpen(order);
  const values = [
    order.version,
    order.state,
    order.peer.bapId,
    order.becknTransactionId,
    order.idTag?.toUpperCase() ?? null,
    connectorKey(order.connector),
    flag(holdsConnector(order)),
    flag(open),
    order.createdAt,
    order.updatedAt,
    JSON.stringify(order),
    order.id,
  ];
  return { id: order.id, expectedVersion, open, values, ...(order.slot && { cells: slotCells(order) }) };
}

/** Writes batches inside the transaction that is open; everything of one batch or nothing. */
export class BatchWriter {
  private readonly statements: { readonly [name in keyof typeof SQL]: SqliteStatement };

  constructor(private readonly db: SqliteHandle) {
    this.statements = {
      mark: db.prepare(SQL.mark),
      keep: db.prepare(SQL.keep),
      insertOrder: db.prepare(SQL.insertOrder),
      updateOrder: db.prepare(SQL.updateOrder),
      orderExists: db.prepare(SQL.orderExists),
      freeCells: db.prepare(SQL.freeCells),
      takeCell: db.prepare(SQL.takeCell),
      putTransaction: db.prepare(SQL.putTransaction),
      putRequest: db.prepare(SQL.putRequest),
      putChargePoint: db.prepare(SQL.putChargePoint),
      putRow: db.prepare(SQL.putRow),
    };
  }

  /**
   * What stands in the way of this batch alone, if something does; then nothing of it is written.
   * @errors The engine's own, which spoil the whole transaction.
   */
  write(batch: EncodedBatch): StoreConflict | StoreFault | undefined {
    // Only an order can stand in its own way: a batch without one has nothing to take back.
    const guarded = batch.orders.length > 0;
    if (guarded) this.statements.mark.run();
    for (const order of batch.orders) {
      const obstacle = this.writeOrder(order) ?? this.writeCells(order);
      if (obstacle === undefined) continue;
      this.db.exec('ROLLBACK TO batch; RELEASE batch');
      return obstacle;
    }
    for (const [name, values] of batch.puts) this.statements[name].run(...values);
    if (guarded) this.statements.keep.run();
    return undefined;
  }

  /** An overlapping slot of another order has one of the cells already. */
  private writeCells({ id, cells }: EncodedOrder): StoreConflict | undefined {
    if (!cells) return undefined;
    this.statements.freeCells.run(id);
    try {
      for (const cell of cells) this.statements.takeCell.run(cell, id);
      return undefined;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      return new StoreConflict('connector', id);
    }
  }

  private writeOrder(order: EncodedOrder): StoreConflict | StoreFault | undefined {
    try {
      if (order.expectedVersion === 0) {
        this.statements.insertOrder.run(...order.values);
        return undefined;
      }
      const { changes } = this.statements.updateOrder.run(...order.values, order.expectedVersion);
      return Number(changes) === 1 ? undefined : new StoreConflict('version', order.id);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const exists = order.expectedVersion === 0 && this.statements.orderExists.get(order.id) !== undefined;
      if (exists) return new StoreConflict('version', order.id);
      if (error.message.includes('orders.connector')) return new StoreConflict('connector', order.id);
      return new StoreFault(`order ${order.id}: its idTag belongs to another order`, { cause: error });
    }
  }
}
