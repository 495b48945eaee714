/** Copies what can be read of a damaged database into a new one. */
import type { DatabaseSync } from '@photostructure/sqlite';
import type { SqlValue } from '../sqlite/connection.js';
import { layoutOf, migrate } from '../sqlite/migrations.js';

export type Database = InstanceType<typeof DatabaseSync>;

/** What could be copied, and what could not. */
export interface Salvaged {
  /** Number of rows in the new database, by table name. */
  readonly rows: ReadonlyMap<string, number>;
  /** Ids of orders that are named somewhere but could not be read. */
  readonly lostOrders: readonly string[];
  /** Tables that could not be read in full. */
  readonly damagedTables: readonly string[];
}

const PAGE_ROWS = 500;
/** The row id at which reading ends. Steps over an unreadable part double in length, so that they soon reach it. */
const MAX_ROWID = 2 ** 48;

type Row = { readonly [column: string]: SqlValue };
type Visit = (row: Row) => void;

/**
 * Fills `into` from `from` in the layout of `from`, and then brings it to the current layout like any older database.
 * @errors Throws if the layout of `from` cannot be read or is newer than ours, or if a table with row ids is missing.
 */
export function salvage(from: Database, into: Database): Salvaged {
  migrate(into, layoutOf(from));
  const tables = into
    .prepare("SELECT name, sql LIKE '%WITHOUT ROWID%' AS keyed FROM sqlite_schema WHERE type = 'table'")
    .all() as { name: string; keyed: number }[];
  const rows = new Map<string, number>();
  const damagedTables: string[] = [];
  into.exec('BEGIN');
  for (const { name, keyed } of tables) {
    const columns = (into.prepare(`PRAGMA table_info(${name})`).all() as { name: string }[]).map(
      (column) => column.name,
    );
    const insert = into.prepare(`INSERT OR IGNORE INTO ${name} VALUES (${columns.map(() => '?').join(', ')})`);
    let [copied, unreadable] = [0, 0];
    const visit: Visit = (row) => {
      if (!isReadable(name, row)) unreadable += 1;
      else copied += Number(insert.run(...columns.map((column) => row[column] ?? null)).changes);
    };
    const isWhole = keyed ? readByKey(from, name, visit) : readByRowid(from, name, visit);
    rows.set(name, copied);
    if (!isWhole || unreadable > 0) damagedTables.push(name);
  }
  into.exec('COMMIT');
  migrate(into);
  return { rows, lostOrders: lostOrders(from, into), damagedTables };
}

/** @returns False if a part could not be read. */
function readByRowid(from: Database, table: string, visit: Visit): boolean {
  const page = from.prepare(
    `SELECT rowid AS rowid_, * FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${PAGE_ROWS}`,
  );
  let isWhole = true;
  let step = 1;
  for (let after = -1; after < MAX_ROWID;) {
    let count = 0;
    try {
      for (const row of page.iterate(after) as Iterable<Row>) {
        after = Number(row['rowid_']);
        count += 1;
        visit(row);
      }
      if (count < PAGE_ROWS) return isWhole;
      step = 1;
    } catch {
      isWhole = false;
      after += step;
      step = count > 0 ? 1 : step * 2;
    }
  }
  return isWhole;
}

/** Reads from both ends, so rows between two damaged parts are lost. @returns False if a part could not be read. */
function readByKey(from: Database, table: string, visit: Visit): boolean {
  let isWhole = true;
  for (const order of ['ASC', 'DESC']) {
    try {
      for (const row of from.prepare(`SELECT * FROM ${table} ORDER BY 1 ${order}`).iterate() as Iterable<Row>)
        visit(row);
      if (order === 'ASC') return true;
    } catch {
      isWhole = false;
    }
  }
  return isWhole;
}

/**
 * Checks whether a row can be used. A document that is not JSON, or an order stored under another id, is damaged even
 * if its page is intact.
 */
function isReadable(table: string, row: Row): boolean {
  const { doc } = row;
  if (typeof doc !== 'string') return true;
  try {
    const value: unknown = JSON.parse(doc);
    return (
      table !== 'orders' || (typeof value === 'object' && value !== null && Reflect.get(value, 'id') === row['id'])
    );
  } catch {
    return false;
  }
}

/** Finds lost orders through indexes and other tables, which still name orders whose own record is damaged. */
function lostOrders(from: Database, into: Database): string[] {
  const named = new Set<string>();
  for (const sql of [
    'SELECT id FROM orders ORDER BY id',
    'SELECT order_id AS id FROM journal_ranges',
    "SELECT json_extract(doc, '$.orderId') AS id FROM transactions WHERE json_valid(doc)",
    "SELECT json_extract(doc, '$.orderId') AS id FROM discrepancies WHERE json_valid(doc)",
  ]) {
    try {
      for (const { id } of from.prepare(sql).iterate() as Iterable<{ id: SqlValue }>)
        if (typeof id === 'string' && /^[\x21-\x7e]+$/.test(id)) named.add(id);
    } catch {
      // The orders that an unreadable part names remain unknown.
    }
  }
  const find = into.prepare('SELECT 1 FROM orders WHERE id = ?');
  return [...named].filter((id) => find.get(id) === undefined).sort();
}
