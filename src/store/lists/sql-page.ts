/** Builds the SQL of one page of each list, newest first. */
import type {
  AuditFilter,
  DiscrepancyFilter,
  LogEntryFilter,
  OrderFilter,
  RatingFilter,
  TimeSpan,
  TransactionFilter,
} from '../../ports/stored-records.js';
import type { LedgerPage, Page } from '../../ports/store.js';
import { connectorKey } from '../../domain/model/order.js';
import { splitTransactionCursor } from './list-cursor.js';

type SqlValue = string | number;

export class PageQuery {
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

  /** Adds `<left> = value`, or nothing without a value. */
  whereIs(left: string, value: SqlValue | undefined): void {
    if (value !== undefined) this.where(`${left} = ?`, value);
  }

  /** Adds `<left> IN values`, or nothing without values. One text of SQL serves lists of any length. */
  whereIn(left: string, values: readonly string[] | undefined): void {
    if (values) this.where(`${left} IN (SELECT value FROM json_each(?))`, JSON.stringify(values));
  }

  during(column: string, { from, until }: TimeSpan): void {
    if (from !== undefined) this.where(`${column} >= ?`, from);
    if (until !== undefined) this.where(`${column} < ?`, until);
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

/** The query of a list that is sorted by the time in `column` and by id. */
function listByTime(table: string, column: string, page: Page & TimeSpan): PageQuery {
  const query = new PageQuery(table, [column, 'id'], ['id']);
  if (page.after !== undefined) query.after([page.after]);
  query.during(column, page);
  return query;
}

const field = (name: string): string => `json_extract(doc, '$.${name}')`;
const flag = (is: boolean | undefined): number | undefined => (is === undefined ? undefined : is ? 1 : 0);

// The column `bap_id` holds a `buyerKey`: the network, which has no slash, and the BAP id.
const NETWORK = "substr(bap_id, 1, instr(bap_id, '/') - 1)";
const BAP_ID = "substr(bap_id, instr(bap_id, '/') + 1)";

/** Every condition but `ids` is checked in the index `orders_newest`, so that only what is returned is read. */
export function orderQuery(page: Page & OrderFilter): PageQuery {
  const query = listByTime('orders', 'created_at', page);
  query.whereIn('id', page.ids);
  query.whereIs('state', page.state);
  query.whereIs('open', flag(page.open));
  query.whereIs(NETWORK, page.network);
  query.whereIs(BAP_ID, page.bapId);
  query.whereIs('beckn_transaction_id', page.becknTransactionId);
  query.whereIs('transaction_id', page.transactionId);
  query.whereIs('provider_id', page.providerId);
  query.whereIs('station_id', page.stationId);
  const { chargePointId, connectorId } = page;
  if (chargePointId !== undefined && connectorId !== undefined)
    query.where('connector = ?', connectorKey({ chargePointId, connectorId }));
  else if (chargePointId !== undefined)
    // A connector's key is the charge point's id, a slash, and a number.
    query.where(
      "substr(connector, 1, length(?)) = ? AND instr(substr(connector, length(?) + 1), '/') = 0",
      ...Array<string>(3).fill(`${chargePointId}/`),
    );
  else if (connectorId !== undefined) {
    const end = `/${connectorId}`;
    query.where(`substr(connector, ${-end.length}) = ?`, end);
  }
  query.whereIn('connector', page.connectors);
  return query;
}

export function transactionQuery(page: Page & TransactionFilter): PageQuery {
  const key = ['charge_point_id', 'transaction_id'];
  const query = new PageQuery('transactions', ['received_at', ...key], key);
  if (page.after !== undefined) query.after(splitTransactionCursor(page.after));
  query.during('received_at', page);
  query.whereIs('charge_point_id', page.chargePointId);
  query.whereIn('charge_point_id', page.chargePointIds);
  query.whereIs('transaction_id', page.transactionId);
  query.whereIs('open', flag(page.open));
  query.whereIs('unmatched', flag(page.unmatched));
  query.whereIn(field('orderId'), page.orderIds);
  query.whereIs(field('connectorId'), page.connectorId);
  query.whereIn(`charge_point_id || '/' || ${field('connectorId')}`, page.connectors);
  return query;
}

export function discrepancyQuery(page: Page & DiscrepancyFilter): PageQuery {
  const query = listByTime('discrepancies', 'at', page);
  query.whereIs('open', flag(page.open));
  query.whereIs(field('kind'), page.kind);
  query.whereIn(field('orderId'), page.orderIds);
  query.whereIn(field('chargePointId'), page.chargePointIds);
  query.whereIs(field('transactionId'), page.transactionId);
  return query;
}

export function ledgerQuery(page: LedgerPage): PageQuery {
  const query = listByTime('ledger', 'at', page);
  query.whereIs('bap_id', page.bapId);
  query.whereIn(field('orderId'), page.orderIds);
  query.whereIs(field('becknTransactionId'), page.becknTransactionId);
  query.whereIs(field('providerId'), page.providerId);
  query.whereIs(field('kind'), page.kind);
  return query;
}

export function ratingQuery(page: Page & RatingFilter): PageQuery {
  const query = listByTime('ratings', 'at', page);
  query.whereIs('order_id', page.orderId);
  for (const name of ['network', 'bapId', 'becknTransactionId', 'ratedId', 'category'] as const)
    query.whereIs(field(name), page[name]);
  return query;
}

export function logEntryQuery(page: Page & LogEntryFilter): PageQuery {
  const query = listByTime('charge_point_log', 'at', page);
  query.where('charge_point_id = ?', page.chargePointId);
  query.where('kind = ?', page.kind);
  query.whereIs(field('action'), page.action);
  return query;
}

export function auditQuery(page: Page & AuditFilter): PageQuery {
  const query = listByTime('audit', 'at', page);
  for (const name of ['who', 'address', 'act', 'targetKind', 'targetId', 'outcome'] as const)
    query.whereIs(field(name), page[name]);
  return query;
}
