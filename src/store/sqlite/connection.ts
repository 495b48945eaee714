/** The SQLite connection: the small part of its API that the store uses. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';

export type SqlValue = string | number | null;

/** The part of a connection that the store uses. `node:sqlite` has the same API and could replace the package. */
export interface SqliteHandle {
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  run(...values: SqlValue[]): { readonly changes: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

/** Files and folders contain personal data of EV drivers, so only their owner may access them. */
export const OWNER_FILE = 0o600;
const OWNER_FOLDER = 0o700;

/**
 * Opens `:memory:` or a database file, whose folder is created if necessary. SQLite creates the `-wal` and `-shm` files
 * with the same mode as the database file.
 */
export function openSqlite(path: string): SqliteHandle {
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true, mode: OWNER_FOLDER });
    closeSync(openSync(path, 'a', OWNER_FILE));
  }
  return new DatabaseSync(path);
}

/** Returns a text column of a row. @errors TypeError if the value is not text. */
export function textOf(row: unknown, column: string): string {
  const value = columnOf(row, column);
  if (typeof value !== 'string') throw new TypeError(`column ${column} is not text`);
  return value;
}

/** Returns a numeric column of a row. @errors TypeError if the value is not a number. */
export function numberOf(row: unknown, column: string): number {
  const value = columnOf(row, column);
  if (typeof value !== 'number') throw new TypeError(`column ${column} is not a number`);
  return value;
}

/** Returns a column of a row. @errors TypeError if the value is neither text nor a number. */
export function valueOf(row: unknown, column: string): string | number {
  const value = columnOf(row, column);
  if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError(`column ${column} has no value`);
  return value;
}

function columnOf(row: unknown, column: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, column) : undefined;
}

/** Checks for a violated UNIQUE (2067) or PRIMARY KEY (1555) constraint, by SQLite's extended result codes. */
export function isUniqueViolation(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, 'errcode');
  return code === 2067 || code === 1555;
}
