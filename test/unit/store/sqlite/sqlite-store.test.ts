import { afterEach, describe, expect, it } from 'vitest';
import { StoreFault, type Store } from '../../../../src/ports/store.js';
import { openSqlite, type SqliteHandle } from '../../../../src/store/sqlite/connection.js';
import { createMemoryJournal, type JournalMedium } from '../../../../src/store/sqlite/journal-medium.js';
import { RecordLog } from '../../../../src/store/sqlite/record-log.js';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { aMeterEntry, anOrder, aPosting, aDiscrepancy, nextVersion } from '../../../contract/sample.js';
import { createManualClock, settle } from '../../../fakes/manual-clock.js';

const open: SqliteHandle[] = [];
/** The journal of each database. */
const journals = new Map<SqliteHandle, JournalMedium>();
afterEach(() => {
  journals.clear();
  for (const db of open.splice(0)) db.close();
});

function memory(): SqliteHandle {
  const db = openSqlite(':memory:');
  open.push(db);
  journals.set(db, createMemoryJournal());
  return db;
}

/** Wraps a connection and lists the statements executed on it. */
function watched(db: SqliteHandle): { database: SqliteHandle; executed: string[] } {
  const executed: string[] = [];
  const database: SqliteHandle = {
    get isTransaction() {
      return db.isTransaction;
    },
    exec(sql) {
      executed.push(sql);
      db.exec(sql);
    },
    prepare: (sql) => db.prepare(sql),
    close: () => executed.push('closed'),
  };
  journals.set(database, journalOf(db));
  return { database, executed };
}

function journalOf(database: SqliteHandle): JournalMedium {
  const journal = journals.get(database);
  if (journal === undefined) throw new Error('no journal is kept beside this database');
  return journal;
}

const start = async (database: SqliteHandle, clock = createManualClock()) => {
  const events: unknown[] = [];
  const store = createSqliteStore({
    path: 'unused',
    clock,
    database,
    journal: journalOf(database),
    events: { emit: (name, detail) => events.push([name, detail]) },
  });
  await store.start();
  return { store, clock, events };
};
/** Returns the positions of the records in a journal. */
function recordsOf(journal: JournalMedium): number[] {
  const positions: number[] = [];
  new RecordLog(journal).open(0, 0, ({ position }) => positions.push(position));
  return positions;
}
const save = (store: Store, id: string) => store.commit({ orders: [{ order: anOrder(id), expectedVersion: 0 }] });

describe('the SQLite store', () => {
  it('writes a turn in one transaction, and its meter entries in one record', async () => {
    const db = memory();
    const { database, executed } = watched(db);
    const { store } = await start(database);
    executed.length = 0;
    const entries = Array.from({ length: 50 }, (_, i) =>
      store.appendMeterEntry(aMeterEntry(store.nextJournalSeq(), `o${i}`)),
    );
    expect(new Set(entries).size).toBe(1);
    await Promise.all([...entries, ...['a', 'b', 'c'].map((id) => save(store, id))]);
    expect(executed.filter((sql) => sql === 'COMMIT')).toHaveLength(1);
    expect(recordsOf(journalOf(db))).toHaveLength(1);
    await store.stop();
    expect(executed).not.toContain('closed');
  });

  it('forgets what waited when it is abandoned, and leaves the connection open to the next', async () => {
    const db = memory();
    const { store } = await start(db);
    await save(store, 'kept');
    let reported = false;
    void save(store, 'lost').finally(() => (reported = true));
    store.abandon();
    await settle();
    expect(reported).toBe(false);
    expect(store.isHealthy()).toBe(false);
    await expect(save(store, 'late')).rejects.toBeInstanceOf(StoreFault);
    const { store: next } = await start(db);
    expect((await next.listOrders({ limit: 9 })).map(({ id }) => id)).toEqual(['kept']);
    await next.stop();
  });

  it('survives a full disk: everybody of the commit group hears of it, nothing of it stays, and it recovers', async () => {
    const db = memory();
    const { store, clock, events } = await start(db);
    await save(store, 'before');
    db.exec('PRAGMA max_page_count = 1');
    const echo = { text: 'x'.repeat(200_000) };
    const big = store.commit({ orders: [{ order: anOrder('big', { passthrough: echo }), expectedVersion: 0 }] });
    const results = await Promise.allSettled([
      save(store, 'small'),
      big,
      store.appendMeterEntry(aMeterEntry(1, 'before')),
    ]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected' });
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreFault);
    }
    expect(store.isHealthy()).toBe(false);
    expect(events).toMatchObject([['store.failed', { engine: 'sqlite' }]]);
    expect((await store.listOrders({ limit: 9 })).map(({ id }) => id)).toEqual(['before']);
    expect(await store.meterEntriesOf('before')).toEqual([]);

    db.exec('PRAGMA max_page_count = 1000000');
    await save(store, 'after');
    expect(store.isHealthy()).toBe(true);
    await store.appendMeterEntry(aMeterEntry(1, 'before'));
    expect(await store.meterEntriesOf('before')).toHaveLength(1);
    await store.stop();
    expect(clock.pending()).toBe(0);
  });

  it('tries by itself whether writing works again', async () => {
    const db = memory();
    const { store, clock, events } = await start(db);
    db.exec('PRAGMA query_only = 1');
    await expect(save(store, 'a')).rejects.toBeInstanceOf(StoreFault);
    await clock.advance(1_000);
    expect(store.isHealthy()).toBe(false);
    expect(events).toHaveLength(2);
    db.exec('PRAGMA query_only = 0');
    await clock.advance(1_000);
    expect(store.isHealthy()).toBe(true);
    expect(clock.pending()).toBe(0);
    await save(store, 'b');
    expect((await store.listOrders({ limit: 9 })).map(({ id }) => id)).toEqual(['b']);
    await store.stop();
  });

  it('takes a whole commit group back when the engine fails in the middle of it', async () => {
    const db = memory();
    const { store } = await start(db);
    db.exec('ALTER TABLE discrepancies RENAME TO away');
    const half = store.commit({
      orders: [{ order: anOrder('half'), expectedVersion: 0 }],
      discrepancies: [aDiscrepancy('r')],
    });
    const results = await Promise.allSettled([save(store, 'a'), half]);
    expect(results.map(({ status }) => status[0])).toEqual(['r', 'r']);
    db.exec('ALTER TABLE away RENAME TO discrepancies');
    await save(store, 'b');
    expect((await store.listOrders({ limit: 9 })).map(({ id }) => id)).toEqual(['b']);
    expect(store.isHealthy()).toBe(true);
    await store.stop();
  });

  it('takes back the first order of a batch when the second conflicts', async () => {
    const { store } = await start(memory());
    await save(store, 'there');
    const orders = ['new', 'there'].map((id) => ({ order: anOrder(id), expectedVersion: 0 }));
    const results = await Promise.allSettled([save(store, 'a'), store.commit({ orders }), save(store, 'b')]);
    expect(results.map(({ status }) => status[0])).toEqual(['f', 'r', 'f']);
    expect((await store.listOrders({ limit: 9 })).map(({ id }) => id).sort()).toEqual(['a', 'b', 'there']);
    await store.stop();
  });

  it('spoils only the batch that cannot be written as JSON', async () => {
    const { store } = await start(memory());
    const wrong = anOrder('wrong', { passthrough: 1n as unknown as number });
    const results = await Promise.allSettled([
      save(store, 'a'),
      store.commit({ orders: [{ order: wrong, expectedVersion: 0 }] }),
      save(store, 'b'),
    ]);
    expect(results.map(({ status }) => status[0])).toEqual(['f', 'r', 'f']);
    await store.stop();
  });

  it('refuses a database of a release before 0.2.0 and leaves it alone', async () => {
    const db = memory();
    db.exec('CREATE TABLE rows (id TEXT PRIMARY KEY); PRAGMA user_version = 5');
    await expect(start(db)).rejects.toThrow(/release before 0\.2\.0 wrote this database/);
    expect(db.prepare('SELECT name FROM sqlite_master').all()).toHaveLength(2);
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 5 });
  });

  it('leaves a database of a newer release alone', async () => {
    const db = memory();
    const { store } = await start(db);
    await store.stop();
    db.exec('PRAGMA user_version = 999');
    await expect(start(db)).rejects.toThrow(/newer release/);
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 999 });
  });

  it('syncs every commit unless told otherwise', async () => {
    const db = memory();
    const { store } = await start(db);
    await store.stop();
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    const journal = journalOf(db);
    const lax = createSqliteStore({
      path: '',
      clock: createManualClock(),
      database: db,
      journal,
      durability: 'normal',
    });
    await lax.start();
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 });
    await lax.stop();
  });

  it('says where a file cannot be opened', async () => {
    const store = createSqliteStore({ path: '/dev/null/not/here.db', clock: createManualClock() });
    await expect(store.start()).rejects.toThrow('/dev/null/not/here.db');
    expect(store.isHealthy()).toBe(false);
    store.abandon();
  });

  it('knows where the entries of an order lie whether it remembers or searches', async () => {
    const db = memory();
    let { store } = await start(db);
    const order = anOrder('o1', { state: 'charging' });
    await store.commit({ orders: [{ order, expectedVersion: 0 }] });
    for (let i = 0; i < 5; i++) await store.appendMeterEntry(aMeterEntry(store.nextJournalSeq(), i % 2 ? 'x' : 'o1'));
    const remembered = await store.meterEntriesOf('o1');
    store.abandon();
    ({ store } = await start(db));
    expect(await store.meterEntriesOf('o1')).toEqual(remembered);
    await store.commit({ orders: [{ order: nextVersion(order, 'completed'), expectedVersion: 1 }] });
    const span = db.prepare("SELECT first, last FROM journal_ranges WHERE order_id = 'o1'").get();
    const records = recordsOf(journalOf(db));
    expect(span).toEqual({ first: records[0], last: records[4] });
    expect(await store.meterEntriesOf('o1')).toEqual(remembered);
    expect(await store.meterEntriesOf('o1', remembered[0]!.seq)).toEqual(remembered.slice(1));
    await store.stop();
  });

  it('reads a session of many rows to the end, and lets others work meanwhile', async () => {
    const { store } = await start(memory());
    const order = anOrder('o1', { state: 'charging' });
    await store.commit({ orders: [{ order, expectedVersion: 0 }] });
    for (let i = 0; i < 250; i++) await store.appendMeterEntry(aMeterEntry(store.nextJournalSeq(), 'o1'));
    for (const closed of [false, true]) {
      if (closed) await store.commit({ orders: [{ order: nextVersion(order, 'completed'), expectedVersion: 1 }] });
      let others = 0;
      const reading = store.meterEntriesOf('o1', 3);
      const meanwhile = store.commit({}).then(() => (others += 1));
      expect(await reading.finally(() => (others += 10))).toHaveLength(247);
      expect(others).toBe(11);
      await meanwhile;
    }
    await store.stop();
  });

  it('refuses a journal that is not the one of its database', async () => {
    const db = memory();
    const { store } = await start(db);
    for (const id of ['o1', 'o2']) await store.appendMeterEntry(aMeterEntry(store.nextJournalSeq(), id));
    store.abandon();
    journals.set(db, createMemoryJournal());
    await expect(start(db)).rejects.toThrow(/journal in memory is damaged at byte 0/);
  });

  it('knows its last number when no order is open and nothing came after the last mark', async () => {
    const db = memory();
    const { store } = await start(db);
    await store.appendMeterEntry(aMeterEntry(41, 'o1'));
    await store.appendMeterEntry(aMeterEntry(7, 'o2'));
    store.abandon();
    const { store: next } = await start(db);
    expect(next.nextJournalSeq()).toBe(42);
    expect(await next.meterEntriesOf('o1')).toEqual([aMeterEntry(41, 'o1')]);
    await next.stop();
  });
});

describe('the ledger', () => {
  it('is changed by nobody, whoever has the file open', async () => {
    const database = memory();
    const { store } = await start(database);
    const order = anOrder('o1', { ledger: [aPosting(1, 1000)] });
    await store.commit({ orders: [{ order, expectedVersion: 0 }] });
    for (const sql of ["UPDATE ledger SET doc = '{}'", 'DELETE FROM ledger']) {
      expect(() => database.exec(sql)).toThrow('the ledger is not changed');
    }
    const bent = nextVersion(order, 'confirmed', { ledger: [aPosting(1, 1000, 9)] });
    await store.commit({ orders: [{ order: bent, expectedVersion: 1 }] });
    expect(await store.listLedger({ limit: 1 })).toMatchObject([aPosting(1, 1000)]);
    await store.stop();
  });
});
