import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openSqlite, type SqliteHandle } from '../../../../src/store/sqlite/connection.js';
import { openFile } from '../../../../src/store/sqlite/open-file.js';

const opened: SqliteHandle[] = [];
vi.mock('../../../../src/store/sqlite/connection.js', async (original) => {
  const connection = await original<typeof import('../../../../src/store/sqlite/connection.js')>();
  const openAndRecord = (path: string): SqliteHandle => {
    const db = connection.openSqlite(path);
    opened.push(db);
    return db;
  };
  return { ...connection, openSqlite: openAndRecord };
});

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
  opened.length = 0;
  await expect(openFile(settings, () => undefined)).rejects.toThrow('is damaged');
  await vi.waitFor(() =>
    expect(opened.map((handle) => Reflect.get(handle, 'isOpen') as unknown)).toEqual([false, false]),
  );
  rmSync(folder, { recursive: true });
});
