/** Builds the SQL of one page of each list, newest first. */
import type {
  AuditFilter,
  DiscrepancyFilter,
  LogEntryFilter,
  OfOrder,
  OrderFilter,
  RatingFilter,
  TimeSpan,
  TransactionFilter,
} from '../../ports/stored-records.js';
import type { LedgerPage, Page } from '../../ports/store.js';
import { connectorKey } from '../../domain/model/order.js';
import { splitTransactionCursor } from './list-cursor.js';

type SqlValue = string | number;

/**
 * How many records a slice has if the JSON of each must be read, or its order or transaction looked up, which takes
 * microseconds.
 */
const JOINED_SLICE = 1000;
/** How many orders a slice has; their conditions are checked in an index. */
const INDEXED_SLICE = 5000;

/** Conditions that must all be met, with their values. */
class Conditions {
  readonly values: SqlValue[] = [];
  readonly #conditions: string[] = [];

  where(condition: string, ...values: SqlValue[]): void {
    this.#conditions.push(condition);
    this.values.push(...values);
  }

  /** Adds `<left> = value`, or nothing without a value. */
  whereIs(left: string, value: SqlValue | undefined): void {
    if (value !== undefined) this.where(`${left} = ?`, value);
  }

  /** Adds `<left> IN values`, or nothing without values. The SQL text is the same for lists of any length. */
  whereIn(left: string, values: readonly string[] | undefined): void {
    if (values) this.where(`${left} IN (SELECT value FROM json_each(?))`, JSON.stringify(values));
  }

  /** Requires a connector number, if one is given. @param key SQL for a `connectorKey`. */
  whereConnectorId(key: string, connectorId: number | undefined): void {
    if (connectorId === undefined) return;
    const end = `/${connectorId}`;
    this.where(`substr(${key}, ${-end.length}) = ?`, end);
  }

  during(column: string, { from, until }: TimeSpan): void {
    if (from !== undefined) this.where(`${column} >= ?`, from);
    if (until !== undefined) this.where(`${column} < ?`, until);
  }

  /** Returns SQL that is true for a row that meets all conditions. */
  conditionSql(): string {
    return this.#conditions.length === 0 ? 'true' : this.#conditions.join(' AND ');
  }
}

/** The values of the columns by which a list is sorted. */
export type SortPosition = readonly SqlValue[];

export class PageQuery extends Conditions {
  cursor: readonly string[] = [];
  /** The bounds of the list: it begins after the cursor and stays within the time span. */
  readonly span = new Conditions();
  /** How many records are examined in one turn; `undefined` if the page is read in one go. */
  sliceSize: number | undefined;

  constructor(
    private readonly table: string,
    readonly sort: readonly string[],
    private readonly key: readonly string[],
  ) {
    super();
  }

  /** Keeps the records with this value in their JSON. No index contains the field, so the list is read in slices. */
  whereField(name: string, value: SqlValue | undefined): void {
    if (value === undefined) return;
    this.sliceSize = JOINED_SLICE;
    this.whereIs(field(name), value);
  }

  /** If there are values, turns slices off, because an index finds the few records with one of them. */
  isFoundBy(values: unknown): void {
    if (values !== undefined) this.sliceSize = undefined;
  }

  /**
   * Keeps the records whose order meets the conditions.
   * @param orderId SQL for the order's id, with the table's name.
   */
  whereOrder(orderId: string, filter: OfOrder | undefined): void {
    if (!filter) return;
    this.sliceSize = JOINED_SLICE;
    const order = new Conditions();
    addOrderConditions(order, filter);
    this.where(
      `EXISTS (SELECT 1 FROM orders WHERE orders.id = ${orderId} AND ${order.conditionSql()})`,
      ...order.values,
    );
  }

  after(cursor: readonly string[]): void {
    this.cursor = cursor;
    this.span.where(`(${this.sort.join(', ')}) < (${this.cursorSql()})`, ...cursor);
  }

  /** Returns SQL for the sort position of the item that the cursor names. */
  cursorSql(): string {
    const is = this.key.map((column) => `${column} = ?`).join(' AND ');
    return `SELECT ${this.sort.join(', ')} FROM ${this.table} WHERE ${is}`;
  }

  /** Returns SQL for the records after `after`, up to and including `last`. Its last parameter is the limit. */
  pageSql(after?: SortPosition, last?: SortPosition): BoundSql {
    const { span } = this;
    const [within, values] = this.#within(after, last);
    const where = [span.conditionSql(), this.conditionSql(), ...within].join(' AND ');
    return {
      text: `SELECT doc FROM ${this.table} WHERE ${where} ${this.#order()} LIMIT ?`,
      values: [...span.values, ...this.values, ...values],
    };
  }

  /**
   * Returns SQL for the sort position of the n-th record after `after`, counting also records that do not meet the
   * conditions. Its last parameter is n − 1.
   */
  positionSql(after?: SortPosition): BoundSql {
    const { span } = this;
    const [within, values] = this.#within(after);
    const where = [span.conditionSql(), ...within].join(' AND ');
    return {
      text: `SELECT ${this.sort.join(', ')} FROM ${this.table} WHERE ${where} ${this.#order()} LIMIT 1 OFFSET ?`,
      values: [...span.values, ...values],
    };
  }

  #within(after?: SortPosition, last?: SortPosition): [conditions: string[], values: SqlValue[]] {
    const columns = `(${this.sort.join(', ')})`;
    const marks = `(${this.sort.map(() => '?').join(', ')})`;
    return [
      [...(after ? [`${columns} < ${marks}`] : []), ...(last ? [`${columns} >= ${marks}`] : [])],
      [...(after ?? []), ...(last ?? [])],
    ];
  }

  #order(): string {
    return `ORDER BY ${this.sort.map((column) => `${column} DESC`).join(', ')}`;
  }
}

interface BoundSql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** Returns the query of a list that is sorted by the time in `column` and by id. */
function listByTime(table: string, column: string, page: Page & TimeSpan): PageQuery {
  const query = new PageQuery(table, [column, 'id'], ['id']);
  if (page.after !== undefined) query.after([page.after]);
  query.span.during(column, page);
  return query;
}

const field = (name: string): string => `json_extract(doc, '$.${name}')`;
/** Like `field`, but for a query over several tables. */
const ofTable = (table: string, name: string): string => `json_extract(${table}.doc, '$.${name}')`;
const flag = (is: boolean | undefined): number | undefined => (is === undefined ? undefined : is ? 1 : 0);

// The column `bap_id` of an order holds a `buyerKey`: the network, which has no slash, and the BAP id.
const NETWORK = "substr(bap_id, 1, instr(bap_id, '/') - 1)";
const BAP_ID = "substr(bap_id, instr(bap_id, '/') + 1)";

/** The `connectorKey` of a discrepancy: that of its order, or else that of its transaction; NULL without either. */
const DISCREPANCY_CONNECTOR = `COALESCE(
  (SELECT connector FROM orders WHERE orders.id = ${ofTable('discrepancies', 'orderId')}),
  (SELECT charge_point_id || '/' || ${ofTable('transactions', 'connectorId')} FROM transactions
    WHERE charge_point_id = ${ofTable('discrepancies', 'chargePointId')}
      AND transaction_id = ${ofTable('discrepancies', 'transactionId')}))`;

/** Every condition but `ids` is checked in the index `orders_newest`, so that only returned orders are read. */
export function orderQuery(page: Page & OrderFilter): PageQuery {
  const query = listByTime('orders', 'created_at', page);
  query.whereIn('id', page.ids);
  query.whereIs('state', page.state);
  query.whereIs('open', flag(page.open));
  query.whereIs('transaction_id', page.transactionId);
  addOrderConditions(query, page);
  if (page.ids === undefined && query.values.length > 0) query.sliceSize = INDEXED_SLICE;
  return query;
}

function addOrderConditions(query: Conditions, filter: OfOrder): void {
  query.whereIs(NETWORK, filter.network);
  query.whereIs(BAP_ID, filter.bapId);
  query.whereIs('beckn_transaction_id', filter.becknTransactionId);
  query.whereIs('provider_id', filter.providerId);
  query.whereIs('station_id', filter.stationId);
  const { chargePointId, connectorId } = filter;
  if (chargePointId !== undefined && connectorId !== undefined)
    query.where('connector = ?', connectorKey({ chargePointId, connectorId }));
  else if (chargePointId !== undefined)
    // A connector's key is the charge point's id, a slash, and a number.
    query.where(
      "substr(connector, 1, length(?)) = ? AND instr(substr(connector, length(?) + 1), '/') = 0",
      ...Array<string>(3).fill(`${chargePointId}/`),
    );
  else query.whereConnectorId('connector', connectorId);
  query.whereIn('connector', filter.connectors);
}

export function transactionQuery(page: Page & TransactionFilter): PageQuery {
  const key = ['charge_point_id', 'transaction_id'];
  const query = new PageQuery('transactions', ['received_at', ...key], key);
  if (page.after !== undefined) query.after(splitTransactionCursor(page.after));
  query.span.during('received_at', page);
  query.whereIs('charge_point_id', page.chargePointId);
  query.whereIn('charge_point_id', page.chargePointIds);
  query.whereIs('transaction_id', page.transactionId);
  query.whereIs('open', flag(page.open));
  query.whereIs('unmatched', flag(page.unmatched));
  query.whereIn(field('orderId'), page.orderIds);
  query.whereField('connectorId', page.connectorId);
  query.whereIn(`charge_point_id || '/' || ${field('connectorId')}`, page.connectors);
  query.whereOrder(ofTable('transactions', 'orderId'), page.order);
  if (page.unmatched !== undefined || page.connectors) query.sliceSize = JOINED_SLICE;
  query.isFoundBy(page.orderIds ?? page.transactionId);
  return query;
}

export function discrepancyQuery(page: Page & DiscrepancyFilter): PageQuery {
  const query = listByTime('discrepancies', 'at', page);
  query.whereIs('open', flag(page.open));
  query.whereField('kind', page.kind);
  query.whereIn(field('orderId'), page.orderIds);
  query.whereIn(field('chargePointId'), page.chargePointIds);
  query.whereField('transactionId', page.transactionId);
  query.whereOrder(ofTable('discrepancies', 'orderId'), page.order);
  query.whereConnectorId(DISCREPANCY_CONNECTOR, page.connectorId);
  query.whereIn(DISCREPANCY_CONNECTOR, page.connectors);
  if (page.connectorId !== undefined || page.connectors || page.chargePointIds) query.sliceSize = JOINED_SLICE;
  query.isFoundBy(page.orderIds);
  return query;
}

export function ledgerQuery(page: LedgerPage): PageQuery {
  const query = listByTime('ledger', 'at', page);
  query.whereIs('bap_id', page.bapId);
  query.whereIn(field('orderId'), page.orderIds);
  query.whereField('becknTransactionId', page.becknTransactionId);
  query.whereField('providerId', page.providerId);
  query.whereField('kind', page.kind);
  query.whereOrder(ofTable('ledger', 'orderId'), page.order);
  query.isFoundBy(page.orderIds);
  return query;
}

export function ratingQuery(page: Page & RatingFilter): PageQuery {
  const query = listByTime('ratings', 'at', page);
  query.whereIs('order_id', page.orderId);
  for (const name of ['network', 'bapId', 'becknTransactionId', 'ratedId', 'category'] as const)
    query.whereField(name, page[name]);
  query.whereOrder('ratings.order_id', page.order);
  return query;
}

export function logEntryQuery(page: Page & LogEntryFilter): PageQuery {
  const query = listByTime('charge_point_log', 'at', page);
  query.where('charge_point_id = ?', page.chargePointId);
  query.where('kind = ?', page.kind);
  query.whereField('action', page.action);
  return query;
}

export function auditQuery(page: Page & AuditFilter): PageQuery {
  const query = listByTime('audit', 'at', page);
  for (const name of ['who', 'address', 'act', 'targetKind', 'targetId', 'outcome'] as const)
    query.whereField(name, page[name]);
  return query;
}
