import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite, type SqliteHandle } from '../../../../src/store/sqlite/connection.js';
import { openFile } from '../../../../src/store/sqlite/open-file.js';

it('leaves no connection open if the database is damaged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'open-file-'));
  const settings = { path: join(folder, 'bridge.sqlite'), durability: 'full' } as const;
  const store = await openFile(settings, () => undefined);
  await store.close();
  const db = openSqlite(settings.path);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const bytes = readFileSync(settings.path);
  // The last page holds an index, which opening the database does not read.
  bytes.fill(0xff, bytes.length - 4_096);
  writeFileSync(settings.path, bytes);
  let isClosed = false;
  const connect = (path: string): SqliteHandle => {
    const handle = openSqlite(path);
    return {
      isTransaction: false,
      exec: (sql) => handle.exec(sql),
      prepare: (sql) => handle.prepare(sql),
      close() {
        isClosed = true;
        handle.close();
      },
    };
  };
  await expect(openFile(settings, () => undefined, connect)).rejects.toThrow('is damaged');
  expect(isClosed).toBe(true);
  rmSync(folder, { recursive: true });
});
