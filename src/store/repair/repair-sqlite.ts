/**
 * Repairs a damaged SQLite store: keeps the damaged files, copies what can be read into a new database, takes damaged
 * parts out of the meter journal, and opens a discrepancy for each order that was lost or is doubtful.
 */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, basename } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Discrepancy } from '../../ports/stored-records.js';
import { MAX_NUMBER } from '../number-blocks.js';
import { OWNER_FILE } from '../sqlite/connection.js';
import { acquireFileLock } from '../sqlite/file-lock.js';
import { openJournalFile } from '../sqlite/journal-medium.js';
import { RecordLog, type DamagedRecord } from '../sqlite/record-log.js';
import { type Database, salvage } from './salvage.js';
import { doubtfulOrders as findDoubtful, pageOf, readBytes } from './doubtful-orders.js';
import { findWalDamage, withFittingChecksums } from '../sqlite/wal-check.js';

export interface RepairReport {
  /** One sentence for the operator. */
  readonly summary: string;
  readonly isDamaged: boolean;
  readonly lostOrders: readonly string[];
  readonly doubtfulOrders: readonly string[];
}

/** How many numbers are skipped, because lost records may have used them. */
const SKIPPED_NUMBERS = 100_000;
/** The first bytes of every database that we write: the name of the format, the page size, and six constants. */
const FILE_HEAD = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.from([16, 0, 2, 2, 0, 64, 32, 32])]);

/**
 * Repairs the store whose database is `path`; leaves a sound one as it is.
 * @errors Throws if another process uses the database, or if nothing can be read; the database is then unchanged, but
 *   the meter journal may have been repaired.
 */
export async function repairSqlite(path: string, now: number): Promise<RepairReport> {
  const lock = await acquireFileLock(path);
  try {
    if (!existsSync(path)) return { ...SOUND, summary: `there is no ${path}` };
    const folder = `${path}-${now}.damaged`;
    const work = keepFiles(path, folder);
    try {
      return repairFrom(path, work, { folder, now });
    } finally {
      for (const end of ['', '-wal', '-shm']) rmSync(work + end, { force: true });
    }
  } finally {
    lock.release();
  }
}

const SOUND: RepairReport = { summary: '', isDamaged: false, lostOrders: [], doubtfulOrders: [] };

/**
 * Copies all files to the folder. Also makes a working copy of the database and its write-ahead log, and corrects the
 * head and the checksums of that copy.
 * @returns The path of the working copy.
 */
function keepFiles(path: string, folder: string): string {
  mkdirSync(folder, { mode: 0o700 });
  for (const end of ['', '-wal', '-meter'])
    if (existsSync(path + end)) copyFileSync(path + end, join(folder, basename(path) + end));
  const work = `${path}.repair`;
  copyFileSync(path, work);
  chmodSync(work, OWNER_FILE);
  if (statSync(work).size > FILE_HEAD.length) writeHead(work);
  if (existsSync(`${path}-wal`))
    writeFileSync(`${work}-wal`, withFittingChecksums(readFileSync(`${path}-wal`)), { mode: OWNER_FILE });
  return work;
}

function writeHead(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, FILE_HEAD, 0, FILE_HEAD.length, 0);
  } finally {
    closeSync(file);
  }
}

function repairFrom(
  path: string,
  work: string,
  { folder, now }: { readonly folder: string; readonly now: number },
): RepairReport {
  const wal = findWalDamage(`${path}-wal`);
  const headIsWhole = statSync(path).size === 0 || readBytes(path, 0, FILE_HEAD.length).equals(FILE_HEAD);
  const journal = repairJournal(`${path}-meter`);
  const from = new DatabaseSync(work);
  let into: Database | undefined;
  try {
    const isSound = !wal && headIsWhole && isWhole(from);
    if (isSound && journal.length === 0) {
      rmSync(folder, { recursive: true });
      return { ...SOUND, summary: `${path} is not damaged` };
    }
    rmSync(`${path}.new`, { force: true });
    writeFileSync(`${path}.new`, '', { mode: OWNER_FILE });
    into = new DatabaseSync(`${path}.new`);
    into.exec('PRAGMA page_size = 4096');
    const { lostOrders, damagedTables } = salvage(from, into);
    const pages = [...(wal?.pages ?? []).map((page) => pageOf(from, work, page)), ...journal.map(({ bytes }) => bytes)];
    const doubtfulOrders = pages.length > 0 ? findDoubtful(into, pages) : [];
    skipNumbers(into);
    record(into, lostOrders, { now, what: 'could not be read any more', folder });
    record(into, doubtfulOrders, { now, what: 'may lack what happened last', folder });
    into.close();
    from.close();
    for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
    renameSync(`${path}.new`, path);
    const where = [
      ...(wal ? [`frame ${wal.frame} of the write-ahead log, at byte ${wal.position}`] : []),
      ...damagedTables.map((table) => `the table ${table}`),
      ...journal.map(({ position }) => `byte ${position} of the meter journal`),
    ];
    const summary =
      `${path} was damaged (${where.join(', ') || 'its structure'}); ${lostOrders.length} orders were lost and ` +
      `${doubtfulOrders.length} are doubtful, each a discrepancy; the damaged files are in ${folder}`;
    return { summary, isDamaged: true, lostOrders, doubtfulOrders };
  } finally {
    if (from.isOpen) from.close();
    if (into?.isOpen) into.close();
  }
}

function repairJournal(path: string): DamagedRecord[] {
  if (!existsSync(path)) return [];
  const medium = openJournalFile(path);
  try {
    const damaged: DamagedRecord[] = [];
    new RecordLog(medium).open(
      0,
      0,
      () => undefined,
      (part) => damaged.push(part),
    );
    return damaged;
  } finally {
    medium.close();
  }
}

function isWhole(db: Database): boolean {
  try {
    const { integrity_check: found } = db.prepare('PRAGMA integrity_check(1)').get() as { integrity_check: string };
    if (found !== 'ok') return false;
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '% doc TEXT%'").all();
    return (tables as { name: string }[]).every(
      ({ name }) => db.prepare(`SELECT 1 FROM ${name} WHERE NOT json_valid(doc) LIMIT 1`).get() === undefined,
    );
  } catch {
    return false;
  }
}

/**
 * Skips the numbers that lost records may have used. Ignores ids that we did not issue: those that stations choose
 * (2.x), and any so high that too few numbers would be left.
 */
function skipNumbers(db: Database): void {
  const sql = `SELECT ifnull(max(CAST(transaction_id AS INTEGER)), 0) AS top FROM transactions
    WHERE transaction_id NOT GLOB '*[^0-9]*' AND length(transaction_id) <= 10
      AND CAST(transaction_id AS INTEGER) <= ? AND json_extract(doc, '$.eventRecord') IS NULL`;
  const { top } = db.prepare(sql).get(MAX_NUMBER - 10 * SKIPPED_NUMBERS) as { top: number };
  db.prepare('INSERT OR IGNORE INTO numbers VALUES (?, 1)').run('transactionId');
  db.prepare("UPDATE numbers SET next = max(next, ?) + ? WHERE name = 'transactionId'").run(top, SKIPPED_NUMBERS);
}

function record(
  db: Database,
  orders: readonly string[],
  { now, what, folder }: { readonly now: number; readonly what: string; readonly folder: string },
): void {
  const insert = db.prepare('INSERT OR REPLACE INTO discrepancies VALUES (?, ?, 1, ?)');
  for (const orderId of orders) {
    const id = `store-damaged:${orderId}:${now}`;
    const detail = `Order ${orderId} ${what}, because the store was damaged; the damaged files are in ${folder}.`;
    const row: Discrepancy = { id, kind: 'store-damaged', at: now, detail, orderId };
    insert.run(id, now, JSON.stringify(row));
  }
}
