/**
 * Further guarantees of the SQLite store with a writer thread: the thread may die, the store may be stopped or
 * abandoned, the process may end, and a reopened store may find torn or damaged data.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreFault } from '../../src/ports/store.js';
import { systemClock as clock } from '../../src/observe/system-clock.js';
import { type AbandonableStore, createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { aMeterEntry, anOrder, aDiscrepancy, nextVersion } from './sample.js';

let folder: string;
let path: string;
const stores: AbandonableStore[] = [];
const threads: Worker[] = [];
const events: unknown[] = [];
const noteThread = (thread: Worker): number => threads.push(thread);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-thread-'));
  path = join(folder, 'store.db');
  process.on('worker', noteThread);
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.stop();
  process.off('worker', noteThread);
  const left = threads.splice(0).filter(({ threadId }) => threadId !== -1);
  events.length = 0;
  rmSync(folder, { recursive: true });
  expect(left).toHaveLength(0);
});

async function open(): Promise<AbandonableStore> {
  const store = createSqliteStore({
    path,
    clock,
    events: { emit: (name, detail) => events.push([name, detail?.['reason']]) },
  });
  stores.push(store);
  await store.start();
  return store;
}

const save = (store: AbandonableStore, id: string) =>
  store.commit({ orders: [{ order: anOrder(id, { state: 'charging' }), expectedVersion: 0 }] });
const append = (store: AbandonableStore, orderId: string, raw?: string) =>
  store.appendMeterEntry(aMeterEntry(store.nextJournalSeq(), orderId, raw));

async function until(is: () => boolean): Promise<void> {
  for (const patience = clock.now() + 10_000; !is() && clock.now() < patience;)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('the writer thread', () => {
  it('fails its pending calls when it dies, is reported and is replaced', async () => {
    const store = await open();
    await save(store, 'before');
    const given = store.nextJournalSeq() + 1;
    // The thread cannot read this message: it throws and fails the calls queued behind it.
    threads[0]!.postMessage(null);
    const asked = [save(store, 'during'), append(store, 'before'), store.putValue('v', 1)];
    for (const result of await Promise.allSettled(asked)) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(StoreFault) });
    }
    expect(store.isHealthy()).toBe(false);
    expect(events).toContainEqual(['store.failed', expect.stringContaining('the writer thread died')]);
    await expect(save(store, 'meanwhile')).rejects.toBeInstanceOf(StoreFault);
    expect(await store.order('before')).toBeDefined();

    await until(() => store.isHealthy());
    expect(threads).toHaveLength(2);
    await save(store, 'after');
    expect(store.nextJournalSeq()).toBeGreaterThan(given);
    await append(store, 'before');
    expect((await store.meterEntriesOf('before')).length).toBeGreaterThan(0);
  });

  it('is replaced when it dies while idle', async () => {
    const store = await open();
    threads[0]!.postMessage(null);
    // The replacement may already be running, but the fault is reported.
    await until(() => events.length > 0);
    expect(events[0]).toEqual(['store.failed', expect.any(String)]);
    await until(() => store.isHealthy());
    await save(store, 'a');
    expect(threads.length).toBeGreaterThan(1);
  });

  it('completes pending writes before the store stops, and ends with it', async () => {
    const store = await open();
    const waiting = [save(store, 'a'), append(store, 'a'), store.putValue('v', 1)];
    await store.stop();
    await Promise.all(waiting);
    expect(threads[0]!.threadId).toBe(-1);
    const next = await open();
    expect(await next.order('a')).toBeDefined();
    expect(await next.meterEntriesOf('a')).toHaveLength(1);
    expect(await next.value('v')).toBe(1);
  });

  it('answers nothing after it is abandoned, and frees the file for the next store at once', async () => {
    const store = await open();
    await save(store, 'kept');
    let answers = 0;
    void save(store, 'in the thread').finally(() => (answers += 1));
    await new Promise<void>((resolve) => clock.callSoon(resolve));
    void save(store, 'waiting').finally(() => (answers += 1));
    store.abandon();
    const next = await open();
    expect(await next.order('kept')).toBeDefined();
    expect(await next.order('waiting')).toBeUndefined();
    await save(next, 'waiting');
    expect(answers).toBe(0);
  });

  it('ends when it is abandoned before the start', async () => {
    const store = createSqliteStore({ path, clock });
    stores.push(store);
    const starting = store.start();
    store.abandon();
    await starting;
    await expect(save(store, 'a')).rejects.toBeInstanceOf(StoreFault);
    expect(store.isHealthy()).toBe(false);
  });

  it('does not keep a process alive, but lets none end while an answer is pending', () => {
    const dist = (file: string): string => JSON.stringify(join(import.meta.dirname, '../../dist', file));
    const run = (ending: string) =>
      spawnSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `import { createSqliteStore } from ${dist('store/sqlite/sqlite-store.js')};
          import { systemClock as clock } from ${dist('observe/system-clock.js')};
          const store = createSqliteStore({ path: ${JSON.stringify(path)}, clock });
          await store.start();
          await store.putValue('v', 1);
          process.stdout.write('kept');
          ${ending}`,
        ],
        { encoding: 'utf8', timeout: 20_000 },
      );
    expect(run('')).toMatchObject({ status: 0, stdout: 'kept', stderr: '' });
    // The exit comes during writes: terminating a thread inside SQLite would abort the process.
    expect(
      run("for (let i = 0; i < 500; i++) void store.putValue('v', i); setTimeout(() => process.exit(3), 20)"),
    ).toMatchObject({ status: 3, stdout: 'kept' });
  });
});

describe('a reopened store', () => {
  const ODD = ' {"v" : 1.0,\n "t":"\\u00e9 é 🔌", "n": 1e2}\t';

  it('has every entry of open and closed orders byte for byte, and reuses no number', async () => {
    let store = await open();
    for (const id of ['open', 'closed']) await save(store, id);
    const given: number[] = [];
    for (let i = 0; i < 40; i++) {
      given.push(store.nextJournalSeq());
      await store.appendMeterEntry(aMeterEntry(given.at(-1)!, i % 2 ? 'open' : 'closed', ODD + i));
    }
    const done = nextVersion(anOrder('closed', { state: 'charging' }), 'completed');
    await store.commit({ orders: [{ order: done, expectedVersion: 1 }] });
    for (let life = 0; life < 3; life++) {
      await store.stop();
      store = await open();
      expect((await store.meterEntriesOf('open')).map(({ raw }) => raw)).toEqual(
        Array.from({ length: 20 }, (_, i) => ODD + (2 * i + 1)),
      );
      expect((await store.meterEntriesOf('closed')).map(({ raw }) => raw)).toEqual(
        Array.from({ length: 20 }, (_, i) => ODD + 2 * i),
      );
      const seq = store.nextJournalSeq();
      expect(given).not.toContain(seq);
      given.push(seq);
      await store.appendMeterEntry(aMeterEntry(seq, 'unknown'));
    }
  });

  it('drops a write that a crash has torn', async () => {
    let store = await open();
    await save(store, 'o');
    await append(store, 'o');
    await append(store, 'o');
    await store.stop();
    const bytes = readFileSync(`${path}-meter`);
    // This is the last byte of the second record.
    bytes[bytes.findLastIndex((byte) => byte !== 0)] = 0;
    writeFileSync(`${path}-meter`, bytes);
    store = await open();
    expect(await store.meterEntriesOf('o')).toHaveLength(1);
    await append(store, 'o');
    expect(await store.meterEntriesOf('o')).toHaveLength(2);
  });

  it('sets a damaged meter record aside and goes on, with a discrepancy', async () => {
    let store = await open();
    await save(store, 'o');
    for (let i = 0; i < 3; i++) await append(store, 'o');
    await store.stop();
    const file = openSync(`${path}-meter`, 'r+');
    writeSync(file, Buffer.from('?'), 0, 1, 40);
    closeSync(file);
    store = await open();
    expect(await store.meterEntriesOf('o')).toHaveLength(2);
    const [found] = await store.listDiscrepancies({ limit: 10 });
    expect(found).toMatchObject({ kind: 'store-damaged', orderId: 'o' });
    expect(found?.detail).toContain(`${path}-meter was damaged at byte 0; the bytes are in ${path}-meter-0.damaged`);
  });

  it('reads everything acknowledged before the read, whatever is being written', async () => {
    const store = await open();
    for (let i = 0; i < 50; i++) {
      await store.commit({
        discrepancies: [aDiscrepancy(`r${i}`, { at: i })],
        meterEntries: [aMeterEntry(store.nextJournalSeq(), 'o')],
      });
      void save(store, `busy${i}`);
      expect((await store.listDiscrepancies({ limit: 1 }))[0]?.id).toBe(`r${i}`);
      expect(await store.meterEntriesOf('o')).toHaveLength(i + 1);
    }
  });
});
