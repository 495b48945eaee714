/** Reads records from the SQLite database; the meter journal has its own reader. */
import type {
  LogEntry,
  Discrepancy,
  ChargePointRecord,
  TransactionRecord,
  RequestRecord,
} from '../../ports/stored-records.js';
import { idTagKey, type Order } from '../../domain/model/order.js';
import type { Json } from '../../domain/model/object.js';
import { unknownCursor } from '../lists/list-cursor.js';
import type { PageQuery, SortPosition } from '../lists/sql-page.js';
import type { ListReader } from '../lists/list-slices.js';
import { textOf, valueOf, type SqliteHandle, type SqliteStatement, type SqlValue } from './connection.js';

/** Answers queries from the last committed state. */
export class Reader implements ListReader {
  private readonly prepared = new Map<string, SqliteStatement>();

  constructor(private readonly db: SqliteHandle) {}

  order(id: string): Order | undefined {
    return this.one('SELECT doc FROM orders WHERE id = ?', id);
  }

  orderByTransaction(bapId: string, becknTransactionId: string): Order | undefined {
    const sql =
      'SELECT doc FROM orders WHERE bap_id = ? AND beckn_transaction_id = ? ORDER BY created_at DESC, id DESC LIMIT 1';
    return this.one(sql, bapId, becknTransactionId);
  }

  orderByIdTag(idTag: string): Order | undefined {
    return this.one('SELECT doc FROM orders WHERE id_tag = ?', idTagKey(idTag));
  }

  orderByPayment(providerReference: string): Order | undefined {
    const sql = 'SELECT doc FROM orders WHERE payment_reference = ? ORDER BY created_at DESC LIMIT 1';
    return this.one(sql, providerReference);
  }

  openOrders(): Order[] {
    return this.many('SELECT doc FROM orders WHERE open = 1 ORDER BY created_at, id');
  }

  request(key: string): RequestRecord | undefined {
    return this.one('SELECT doc FROM requests WHERE key = ?', key);
  }

  owedRequests(): RequestRecord[] {
    return this.many('SELECT doc FROM requests WHERE owed = 1 ORDER BY received_at, key');
  }

  transaction(chargePointId: string, transactionId: string): TransactionRecord | undefined {
    const sql = 'SELECT doc FROM transactions WHERE charge_point_id = ? AND transaction_id = ?';
    return this.one(sql, chargePointId, transactionId);
  }

  transactionByStartKey(startKey: string): TransactionRecord | undefined {
    return this.one('SELECT doc FROM transactions WHERE start_key = ? ORDER BY received_at LIMIT 1', startKey);
  }

  chargePoint(id: string): ChargePointRecord | undefined {
    return this.one('SELECT doc FROM charge_points WHERE id = ?', id);
  }

  /** Returns one page of all charge points, sorted by id. @param after The last id of the previous page. */
  chargePointPage(after: string, limit: number): ChargePointRecord[] {
    return this.many('SELECT doc FROM charge_points WHERE id > ? ORDER BY id LIMIT ?', after, limit);
  }

  discrepancy(id: string): Discrepancy | undefined {
    return this.one('SELECT doc FROM discrepancies WHERE id = ?', id);
  }

  logEntry(id: string): LogEntry | undefined {
    return this.one('SELECT doc FROM charge_point_log WHERE id = ?', id);
  }

  value(name: string): Json | undefined {
    return this.one('SELECT doc FROM key_values WHERE name = ?', name);
  }

  values(prefix: string): { name: string; value: Json }[] {
    // LIKE would interpret wildcards in the prefix. SQLite's length and substr both count characters.
    const sql = 'SELECT name, doc FROM key_values WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name';
    const rows = this.statement(sql).all(prefix);
    return rows.map((row) => ({ name: textOf(row, 'name'), value: parse<Json>(textOf(row, 'doc')) }));
  }

  checkCursor(list: PageQuery, after: string | undefined): void {
    if (after !== undefined && this.statement(list.cursorSql()).get(...list.cursor) === undefined)
      throw unknownCursor(after);
  }

  page<T>(
    list: PageQuery,
    limit: number,
    [after, last]: Parameters<ListReader['page']>[2] = [undefined, undefined],
  ): T[] {
    const { text, values } = list.pageSql(after, last);
    return this.many(text, ...values, limit);
  }

  positionAfter(list: PageQuery, after: SortPosition | undefined, count: number): SortPosition | undefined {
    const { text, values } = list.positionSql(after);
    const row = this.statement(text).get(...values, count - 1);
    return row === undefined ? undefined : list.sort.map((column) => valueOf(row, column));
  }

  private one<T>(sql: string, ...values: SqlValue[]): T | undefined {
    const row = this.statement(sql).get(...values);
    return row === undefined ? undefined : parse<T>(textOf(row, 'doc'));
  }

  private many<T>(sql: string, ...values: SqlValue[]): T[] {
    return this.statement(sql)
      .all(...values)
      .map((row) => parse<T>(textOf(row, 'doc')));
  }

  private statement(sql: string): SqliteStatement {
    const known = this.prepared.get(sql);
    if (known !== undefined) return known;
    const made = this.db.prepare(sql);
    this.prepared.set(sql, made);
    return made;
  }
}

/** Parses text that this store wrote; its type is not checked again. */
function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}
