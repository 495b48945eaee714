/** The check finds damage in the middle of a write-ahead log and ignores an unfinished last commit. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findWalDamage, withFittingChecksums } from '../../../../src/store/sqlite/wal-check.js';

const FRAME = 24 + 4_096;
let folder: string;
let path: string;
let wal: Buffer;

/** Writes ten commits of one row each to a log without a checkpoint, as after a crash. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wal-'));
  const live = join(folder, 'live.sqlite');
  path = join(folder, 'crashed.sqlite');
  const db = new DatabaseSync(live);
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)',
  );
  for (let id = 1; id <= 10; id++) db.prepare('INSERT INTO t VALUES (?, ?)').run(id, 'x'.repeat(3_000));
  copyFileSync(live, path);
  copyFileSync(`${live}-wal`, `${path}-wal`);
  db.close();
  wal = readFileSync(`${path}-wal`);
});
afterEach(() => rmSync(folder, { recursive: true }));

function rows(): number {
  const db = new DatabaseSync(path);
  const { count } = db.prepare('SELECT count(*) AS count FROM t').get() as { count: number };
  db.close();
  return count;
}

function flip(position: number): void {
  const damaged = Buffer.from(wal);
  damaged[position] = (damaged[position] ?? 0) ^ 1;
  writeFileSync(`${path}-wal`, damaged);
}

const positionOf = (frame: number): number => 32 + (frame - 1) * FRAME;

it('an intact log is intact', () => {
  expect(findWalDamage(`${path}-wal`)).toBeUndefined();
  expect(findWalDamage(join(folder, 'none'))).toBeUndefined();
});

it('one flipped bit in the middle is found, with what SQLite would lose', () => {
  const middle = Math.floor(wal.length / FRAME / 2);
  flip(positionOf(middle) + 24 + 2_000);
  const damage = findWalDamage(`${path}-wal`);
  expect(damage).toMatchObject({ frame: middle, position: positionOf(middle) });
  expect(damage?.lostCommits).toBeGreaterThan(2);
  expect(rows()).toBeLessThan(10);
});

it('one flipped bit in the header is found', () => {
  flip(17);
  expect(findWalDamage(`${path}-wal`)).toMatchObject({ frame: 0, position: 0 });
});

it('a flipped bit in the last commit may be a crash', () => {
  flip(wal.length - 10);
  expect(findWalDamage(`${path}-wal`)).toBeUndefined();
});

it('what an earlier generation of the log left behind is no damage', () => {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA wal_checkpoint(RESTART); INSERT INTO t VALUES (11, NULL)');
  copyFileSync(`${path}-wal`, join(folder, 'copy-wal'));
  db.close();
  expect(readFileSync(join(folder, 'copy-wal')).length).toBeGreaterThan(5 * FRAME);
  expect(findWalDamage(join(folder, 'copy-wal'))).toBeUndefined();
});

it.for([17, 32 + 9, 32 + 5 * FRAME + 1_000])('all commits can be read again with fitting checksums (byte %s)', (at) => {
  flip(at);
  writeFileSync(`${path}-wal`, withFittingChecksums(readFileSync(`${path}-wal`)));
  expect(findWalDamage(`${path}-wal`)).toBeUndefined();
  expect(rows()).toBe(10);
});
