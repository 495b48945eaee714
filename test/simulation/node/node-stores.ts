/** The store of a simulated bridge, either SQLite or MongoDB. It outlives the processes and can be unavailable. */
import { DatabaseSync } from '@photostructure/sqlite';
import type { Clock } from '../../../src/ports/runtime.js';
import { createMongoStore } from '../../../src/store/mongo/mongo-store.js';
import type { SqliteHandle } from '../../../src/store/sqlite/connection.js';
import { createMemoryJournal, type JournalMedium } from '../../../src/store/sqlite/journal-medium.js';
import { type AbandonableStore, createSqliteStore } from '../../../src/store/sqlite/sqlite-store.js';
import { FakeDatabase, type StoreDeps } from './fake-database.js';

/** How long a lease is valid, ms. */
const LEASE_MS = 8_000;
const URI = 'mongodb://simulated';

export class NodeStores {
  readonly #deps: StoreDeps;
  readonly #database = new DatabaseSync(':memory:');
  readonly #journal = createMemoryJournal();
  readonly #mongo: FakeDatabase | undefined;

  constructor(deps: StoreDeps) {
    this.#deps = deps;
    if (deps.faults.strikes('mongo', deps.random, 1)) this.#mongo = new FakeDatabase(deps);
  }

  /** @param onLeaseLost Called when another process takes over the database; with MongoDB only. */
  open(clock: Clock, onLeaseLost: () => void): AbandonableStore {
    const mongo = this.#mongo;
    if (!mongo) return createSqliteStore({ path: ':memory:', clock, ...this.#disk() });
    return createMongoStore({ uri: URI, clock, connect: () => mongo.connect(), onLeaseLost });
  }

  /**
   * Starts a second process on the same MongoDB database, as by mistake. Returns whether it got the database although the
   * first process could renew its lease. SQLite locks its files, so nothing is tried there.
   */
  async openSecond(): Promise<boolean> {
    const { time, faults } = this.#deps;
    const mongo = this.#mongo;
    if (!mongo) return false;
    faults.count('second-process');
    const store = createMongoStore({ uri: URI, clock: time.clock(() => true), connect: () => mongo.connect() });
    const hasStarted = await store.start().then(
      () => true,
      () => false,
    );
    // With or without the database, the second process ends.
    store.abandon();
    return hasStarted && time.now() - mongo.failedAt > LEASE_MS;
  }

  /** The SQLite database and its meter journal, which fail to write while the disk is full. */
  #disk(): { database: SqliteHandle; journal: JournalMedium } {
    const database = this.#database;
    const full = (): void => {
      if (this.#deps.isAway()) throw new Error('database or disk is full');
    };
    const journal: JournalMedium = Object.create(this.#journal, { sync: { value: full } });
    const handle: SqliteHandle = {
      get isTransaction() {
        return database.isTransaction;
      },
      exec: (sql) => {
        if (sql.startsWith('COMMIT')) full();
        database.exec(sql);
      },
      prepare: (sql) => database.prepare(sql),
      close: () => undefined,
    };
    return { database: handle, journal };
  }

  close(): void {
    this.#database.close();
  }
}
