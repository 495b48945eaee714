/** Finds the orders that a damaged part of a store may affect. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Database } from './salvage.js';

/** Moves all commits from the write-ahead log into the database, and returns the content of one of its pages. */
export function pageOf(db: Database, path: string, page: number): Buffer {
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const { page_size: size } = db.prepare('PRAGMA page_size').get() as { page_size: number };
  return readBytes(path, (page - 1) * size, size);
}

/** @returns `length` bytes from `position`; fewer at the end of the file. */
export function readBytes(path: string, position: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, position));
  } finally {
    closeSync(file);
  }
}

/** Returns the orders that damaged bytes name; if they name none, all open orders, since any may be affected. */
export function doubtfulOrders(db: Database, parts: readonly Buffer[]): string[] {
  const ids = (db.prepare('SELECT id FROM orders ORDER BY id').all() as { id: string }[]).map(({ id }) => id);
  const named = ids.filter((id) => parts.some((part) => part.includes(id)));
  if (named.length > 0) return named;
  return (db.prepare('SELECT id FROM orders WHERE open = 1 ORDER BY id').all() as { id: string }[]).map(({ id }) => id);
}
