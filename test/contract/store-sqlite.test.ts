import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '../../src/observe/system-clock.js';
import { openSqlite } from '../../src/store/sqlite/connection.js';
import { createMemoryJournal } from '../../src/store/sqlite/journal-medium.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { storePromises } from './store.js';

storePromises('the SQLite store with a writer thread', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  const path = join(folder, 'made', 'on start', 'store.db');
  let store = createSqliteStore({ path, clock });
  await store.start();
  return {
    store,
    async reopen() {
      await store.stop();
      store = createSqliteStore({ path, clock });
      await store.start();
      return store;
    },
    async destroy() {
      await store.stop();
      rmSync(folder, { recursive: true });
    },
  };
});

storePromises('the SQLite store that writes in the calling thread', async () => {
  const disk = { database: openSqlite(':memory:'), journal: createMemoryJournal() };
  let store = createSqliteStore({ path: 'unused', clock, ...disk });
  await store.start();
  return {
    store,
    async reopen() {
      await store.stop();
      store = createSqliteStore({ path: 'unused', clock, ...disk });
      await store.start();
      return store;
    },
    async destroy() {
      await store.stop();
      disk.database.close();
    },
  };
});
