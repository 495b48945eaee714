import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqlite } from '../../../../src/store/sqlite/connection.js';
import { openJournalFile } from '../../../../src/store/sqlite/journal-medium.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridge-mode-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.skipIf(process.platform === 'win32')('database, log and journal are created for their owner alone', () => {
  const path = join(folder, 'data', 'bridge.sqlite');
  const database = openSqlite(path);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  const journal = openJournalFile(`${path}-journal-of-meters`);
  journal.write(Buffer.from('x'), 0);
  const files = readdirSync(join(folder, 'data'));
  expect(files.length).toBeGreaterThanOrEqual(3);
  for (const file of files) expect([file, statSync(join(folder, 'data', file)).mode & 0o777]).toEqual([file, 0o600]);
  expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  database.close();
  journal.close();
});
