/** Reads records from the SQLite database; the meter journal has its own reader. */
import type { LedgerPage, Page } from '../../ports/store.js';
import type {
  RatingRecord,
  LogEntryKind,
  LogEntry,
  Discrepancy,
  ChargePointRecord,
  TransactionRecord,
  RequestRecord,
} from '../../ports/stored-records.js';
import type { LedgerEntry } from '../../domain/model/posting.js';
import { idTagKey, type Order } from '../../domain/model/order.js';
import type { Json } from '../../domain/model/object.js';
import { unknownCursor, splitTransactionCursor } from '../list-cursor.js';
import { textOf, type SqliteHandle, type SqliteStatement, type SqlValue } from './connection.js';

/** Answers queries from the last committed state. */
export class Reader {
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

  listOrders(page: Page & { readonly state?: string }): Order[] {
    const list = new PageQuery('orders', ['created_at', 'id'], ['id']);
    if (page.after !== undefined) list.after([page.after]);
    if (page.state !== undefined) list.where('state = ?', page.state);
    return this.page(list, page);
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

  listTransactions(
    page: Page & { readonly chargePointId?: string; readonly open?: boolean; readonly unmatched?: boolean },
  ): TransactionRecord[] {
    const key = ['charge_point_id', 'transaction_id'];
    const list = new PageQuery('transactions', ['received_at', ...key], key);
    if (page.after !== undefined) list.after(splitTransactionCursor(page.after));
    if (page.chargePointId !== undefined) list.where('charge_point_id = ?', page.chargePointId);
    if (page.open === true) list.where('open = 1');
    if (page.unmatched === true) list.where('unmatched = 1');
    return this.page(list, page);
  }

  chargePoint(id: string): ChargePointRecord | undefined {
    return this.one('SELECT doc FROM charge_points WHERE id = ?', id);
  }

  /** One page of all charge points, by id. @param after The last id of the previous page. */
  chargePointPage(after: string, limit: number): ChargePointRecord[] {
    return this.many('SELECT doc FROM charge_points WHERE id > ? ORDER BY id LIMIT ?', after, limit);
  }

  discrepancy(id: string): Discrepancy | undefined {
    return this.one('SELECT doc FROM discrepancies WHERE id = ?', id);
  }

  listDiscrepancies(page: Page & { readonly open?: boolean }): Discrepancy[] {
    const list = new PageQuery('discrepancies', ['at', 'id'], ['id']);
    if (page.after !== undefined) list.after([page.after]);
    if (page.open === true) list.where('open = 1');
    return this.page(list, page);
  }

  listLedger(page: LedgerPage): LedgerEntry[] {
    const list = new PageQuery('ledger', ['at', 'id'], ['id']);
    if (page.after !== undefined) list.after([page.after]);
    if (page.bapId !== undefined) list.where('bap_id = ?', page.bapId);
    if (page.from !== undefined) list.where('at >= ?', page.from);
    if (page.until !== undefined) list.where('at < ?', page.until);
    return this.page(list, page);
  }

  listRatings(page: Page & { readonly orderId?: string }): RatingRecord[] {
    const list = new PageQuery('ratings', ['at', 'id'], ['id']);
    if (page.after !== undefined) list.after([page.after]);
    if (page.orderId !== undefined) list.where('order_id = ?', page.orderId);
    return this.page(list, page);
  }

  logEntry(id: string): LogEntry | undefined {
    return this.one('SELECT doc FROM charge_point_log WHERE id = ?', id);
  }

  listLogEntries(page: Page & { readonly chargePointId: string; readonly kind: LogEntryKind }): LogEntry[] {
    const list = new PageQuery('charge_point_log', ['at', 'id'], ['id']);
    if (page.after !== undefined) list.after([page.after]);
    list.where('charge_point_id = ?', page.chargePointId);
    list.where('kind = ?', page.kind);
    return this.page(list, page);
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

  private page<T>(list: PageQuery, { after, limit }: Page): T[] {
    if (after !== undefined && this.statement(list.cursorSql()).get(...list.cursor) === undefined)
      throw unknownCursor(after);
    return this.many(list.sql(), ...list.values, limit);
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

/** Builds the SQL of one page of a list, newest first. */
class PageQuery {
  cursor: readonly string[] = [];
  readonly values: SqlValue[] = [];
  private readonly conditions: string[] = [];

  constructor(
    private readonly table: string,
    private readonly sort: readonly string[],
    private readonly key: readonly string[],
  ) {}

  where(condition: string, ...values: SqlValue[]): void {
    this.conditions.push(condition);
    this.values.push(...values);
  }

  after(cursor: readonly string[]): void {
    this.cursor = cursor;
    this.where(`(${this.sort.join(', ')}) < (${this.cursorSql()})`, ...cursor);
  }

  /** Returns SQL for the sort position of the item that the cursor names. */
  cursorSql(): string {
    const is = this.key.map((column) => `${column} = ?`).join(' AND ');
    return `SELECT ${this.sort.join(', ')} FROM ${this.table} WHERE ${is}`;
  }

  sql(): string {
    const where = this.conditions.length === 0 ? '' : `WHERE ${this.conditions.join(' AND ')}`;
    return `SELECT doc FROM ${this.table} ${where} ORDER BY ${this.sort.map((c) => `${c} DESC`).join(', ')} LIMIT ?`;
  }
}

/** Parses text that this store wrote; its type is not checked again. */
function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}
