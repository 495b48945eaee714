import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';

export type SqlValue = string | number | null;

/** What this room uses of an SQLite connection: the API of `node:sqlite`, so that either package fits. */
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

/** Opens a database file, with the folder above it, or `:memory:`. */
export function openSqlite(path: string): SqliteHandle {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  return new DatabaseSync(path);
}

/** A column of a row that must be text. */
export function textOf(row: unknown, column: string): string {
  const value = columnOf(row, column);
  if (typeof value !== 'string') throw new TypeError(`column ${column} is not text`);
  return value;
}

/** A column of a row that must be a number. */
export function numberOf(row: unknown, column: string): number {
  const value = columnOf(row, column);
  if (typeof value !== 'number') throw new TypeError(`column ${column} is not a number`);
  return value;
}

function columnOf(row: unknown, column: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, column) : undefined;
}

/** SQLite's extended result code for a broken UNIQUE or PRIMARY KEY constraint. */
export function isUniqueViolation(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code: unknown = Reflect.get(error, 'errcode');
  return code === 2067 || code === 1555;
}
