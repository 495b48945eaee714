/**
 * A bridge stays mute on data last used elsewhere until an operator accepts it. It refuses to leave a store that may
 * have open orders.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StoreOrigin } from '../../../../src/app/store/store-origin.js';
import { systemClock as clock } from '../../../../src/observe/system-clock.js';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';

let root: string;
let dataDir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'store-origin-'));
  dataDir = join(root, 'data');
  cpSync(mkdtempSync(join(root, 'empty-')), dataDir, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

interface Start {
  readonly folder?: string;
  readonly file?: string;
  readonly isAccepted?: boolean;
  /** The number of open orders at a clean stop. Absent if the process is killed. */
  readonly openOrders?: number;
}

/**
 * Starts and ends a process. Returns the transaction number that it issued.
 * @errors Throws if it stays mute or refuses the store.
 */
async function run({ folder = dataDir, file = 'bridge.sqlite', isAccepted = false, openOrders }: Start = {}) {
  const path = join(folder, file);
  const store = createSqliteStore({ path, clock });
  await store.start();
  try {
    const config = {
      dataDir: folder,
      store: { kind: 'sqlite', path, leaseS: 8, leaseWaitS: 0, frameJournalBytes: 0, ballastBytes: 0 },
    } as const;
    const origin = new StoreOrigin({ config, store, clock, isAccepted });
    const mute = await origin.check();
    if (mute !== undefined) throw new Error(`mute: ${mute}`);
    const number = await store.nextNumber('transactionId');
    if (openOrders !== undefined) origin.stopped(openOrders);
    return number;
  } finally {
    await store.stop();
  }
}

it('goes on after a clean stop and after a crash', async () => {
  await run({ openOrders: 3 });
  await run();
  await run();
  expect(await run()).toBeLessThan(10_000);
});

it('keeps a copy of the data folder mute at each start, and the original goes on', async () => {
  await run({ openOrders: 1 });
  const copy = join(root, 'copy');
  cpSync(dataDir, copy, { recursive: true });
  for (let start = 0; start < 2; start++)
    await expect(run({ folder: copy })).rejects.toThrow(/mute: .*nothing is sent.*--accept-store/);
  await run();
});

it('keeps a backup mute that was put back, and never gives its numbers again once it is accepted', async () => {
  await run();
  const backup = join(root, 'backup');
  cpSync(dataDir, backup, { recursive: true });
  const restore = (): void =>
    cpSync(backup, dataDir, { recursive: true, filter: (source) => !source.endsWith('store-origin.json') });
  await run();
  const given = await run();
  restore();
  await expect(run()).rejects.toThrow(/mute: .*older than the last start/);
  const first = await run({ isAccepted: true });
  expect(first).toBeGreaterThan(given);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  restore();
  expect(await run({ isAccepted: true })).toBeGreaterThan(first);
});

it('names the data folder if that is what was put back', async () => {
  await run();
  const file = join(dataDir, 'store-origin.json');
  const earlier = readFileSync(file);
  for (let start = 0; start < 2; start++) await run();
  // In place, so that it remains the same file.
  writeFileSync(file, earlier);
  await expect(run()).rejects.toThrow(/mute: this data folder is older than the last start with sqlite \S+/);
});

it('refuses another store while the last one may have open orders', async () => {
  await run({ openOrders: 2 });
  await expect(run({ file: 'other.sqlite' })).rejects.toThrow(/bridge\.sqlite, which has 2 open orders/);
  await run();
  await expect(run({ file: 'other.sqlite' })).rejects.toThrow(/may have open orders/);
  await run({ openOrders: 0 });
  await run({ file: 'other.sqlite' });
});

it('keeps a copy mute also while the original has open orders', async () => {
  await run();
  const copy = join(root, 'copy');
  cpSync(dataDir, copy, { recursive: true });
  await expect(run({ folder: copy })).rejects.toThrow(/^mute: .*another folder/);
});

it('goes on with an accepted store without being told again', async () => {
  await run({ openOrders: 1 });
  const copy = join(root, 'copy');
  cpSync(dataDir, copy, { recursive: true });
  await run({ folder: copy, isAccepted: true });
  await run({ folder: copy });
});

it.each([
  ['is empty', ''],
  ['is empty', ' '.repeat(1024)],
  ['is damaged', '{"store":"sqlite /x","gener'],
  ['is damaged', '\0'.repeat(1024)],
  ['is damaged', 'null'],
  ['is damaged', '{}'],
  ['is damaged', '{"store":"sqlite /x","generation":"2"}'],
  ['is damaged', '{"store":"sqlite /x","generation":2,"openOrders":-1}'],
])('names a file that %s, and goes on once it is accepted: %j', async (damage, text) => {
  await run();
  const given = await run({ openOrders: 1 });
  const file = join(dataDir, 'store-origin.json');
  writeFileSync(file, text);
  for (let start = 0; start < 2; start++)
    await expect(run()).rejects.toThrow(`mute: ${file} ${damage}, so it is not known whether sqlite`);
  expect(readFileSync(file, 'utf8')).toBe(text);
  const next = await run({ isAccepted: true });
  expect(next).toBeGreaterThan(given + 1_000);
  expect(await run()).toBeLessThan(next + 10_000);
});

it('names a damaged file also in a folder with another store, whose orders nobody would know of', async () => {
  await run({ openOrders: 2 });
  writeFileSync(join(dataDir, 'store-origin.json'), 'x');
  await expect(run({ file: 'other.sqlite' })).rejects.toThrow(/mute: .*store-origin\.json is damaged/);
});

it('names a file that cannot be opened as one', async () => {
  mkdirSync(join(dataDir, 'store-origin.json'));
  await expect(run()).rejects.toThrow(/mute: .*store-origin\.json cannot be read \(EISDIR\)/);
});

it('goes on after a first start that ended while it created the file', async () => {
  writeFileSync(join(dataDir, 'store-origin.json'), '');
  expect(await run()).toBeLessThan(10_000);
});
