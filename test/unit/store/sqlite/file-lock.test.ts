import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { openSqlite } from '../../../../src/store/sqlite/connection.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const folder = mkdtempSync(join(tmpdir(), 'sole-owner-'));
afterAll(() => rmSync(folder, { recursive: true }));

const storeAt = (path: string) => createSqliteStore({ path, clock: createManualClock() });

describe('a database file', () => {
  it('has one store at a time, and the second is told so', async () => {
    const path = join(folder, 'one.db');
    const [first, second] = [storeAt(path), storeAt(path)];
    await first.start();
    await expect(second.start()).rejects.toThrow(`another process uses ${path}`);
    second.abandon();
    expect(first.isHealthy()).toBe(true);
    await first.stop();
  });

  it('is free again once its store has stopped, was abandoned, or could not start', async () => {
    const path = join(folder, 'two.db');
    for (const leave of ['stop', 'abandon', 'stop'] as const) {
      const store = storeAt(path);
      await store.start();
      await store[leave]();
    }
    const damaged = openSqlite(path);
    damaged.exec('PRAGMA user_version = 99999');
    damaged.close();
    for (const _ of [1, 2]) {
      const store = storeAt(path);
      await expect(store.start()).rejects.toThrow(/99999|newer/);
      store.abandon();
    }
  });

  it('in a folder where nothing can be created is not said to be in use', async () => {
    const path = join(folder, 'four.db');
    // A folder in the place of the lock's rollback journal refuses the lock, for every user.
    writeFileSync(`${path}.lock`, '');
    mkdirSync(`${path}.lock-journal`);
    const store = storeAt(path);
    const refusal: unknown = await store.start().catch((error: unknown) => error);
    store.abandon();
    expect(String(refusal)).toContain(`${path}.lock cannot be locked`);
    expect(String(refusal)).not.toContain('another process');
  });

  it('can be read by others while its store runs', async () => {
    const path = join(folder, 'three.db');
    const store = storeAt(path);
    await store.start();
    const reader = openSqlite(path);
    expect(reader.prepare('SELECT count(*) AS n FROM orders').get()).toEqual({ n: 0 });
    reader.close();
    await store.stop();
  });
});
