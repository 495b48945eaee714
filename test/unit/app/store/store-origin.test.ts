/**
 * A bridge stays mute on data last used elsewhere until an operator accepts it. It refuses to leave a store that may
 * have open orders.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreOrigin } from '../../../../src/app/store/store-origin.js';
import type { Json } from '../../../../src/domain/model/object.js';
import { systemClock } from '../../../../src/observe/system-clock.js';
import type { Clock } from '../../../../src/ports/runtime.js';
import type { Page } from '../../../../src/ports/store.js';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { anOrder } from '../../../contract/sample.js';
import { createEventLog, type EventLog } from '../../../fakes/event-log.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';

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
  readonly isRepaired?: boolean;
  /** The number of open orders at a clean stop. Absent if the process is killed. */
  readonly openOrders?: number;
  /** How many transaction numbers it issues before `meanwhile`. */
  readonly numbers?: number;
  readonly meanwhile?: () => void | Promise<void>;
  /** How many transaction numbers it issues after `meanwhile`. */
  readonly numbersAfter?: number;
  /** Receives the numbers. */
  readonly issued?: number[];
  readonly clock?: Clock;
  readonly events?: EventLog;
  /** Replaces the writing of values. */
  readonly putValue?: (write: () => Promise<void>) => Promise<void>;
}

/**
 * Starts and ends a process. Returns the last transaction number that it issued.
 * @errors Throws if it stays mute or refuses the store.
 */
async function run({
  folder = dataDir,
  file = 'bridge.sqlite',
  isAccepted = false,
  isRepaired = false,
  openOrders,
  numbers = 0,
  meanwhile,
  numbersAfter = 1,
  issued = [],
  clock = systemClock,
  events = createEventLog(),
  putValue = (write) => write(),
}: Start = {}) {
  const path = join(folder, file);
  const open: { origin?: StoreOrigin } = {};
  const onNumbersReserved = async (last: number): Promise<void> => open.origin?.numbersReserved(last);
  const store = createSqliteStore({ path, clock: systemClock, onNumbersReserved });
  const config = {
    dataDir: folder,
    store: { kind: 'sqlite', path, leaseS: 8, leaseWaitS: 0, frameJournalBytes: 0, ballastBytes: 0 },
  } as const;
  const originStore = {
    value: (name: string) => store.value(name),
    putValue: (name: string, value: Json) => putValue(() => store.putValue(name, value)),
    skipNumbers: (name: 'transactionId', floor: number) => store.skipNumbers(name, floor),
    listOrders: (page: Page) => store.listOrders(page),
  };
  const origin = (open.origin = new StoreOrigin({ config, store: originStore, clock, isAccepted, events }));
  await store.start();
  try {
    const mute = await origin.check({ isRepaired });
    if (mute !== undefined) throw new Error(`mute: ${mute}`);
    const next = async (): Promise<void> => void issued.push(await store.nextNumber('transactionId'));
    for (let count = 0; count < numbers; count++) await next();
    await meanwhile?.();
    for (let count = 0; count < numbersAfter; count++) await next();
    if (openOrders !== undefined) await origin.stopped(openOrders);
    return issued.at(-1) ?? 0;
  } finally {
    await store.stop();
  }
}

/** Copies the database as a backup while the process runs, and puts it back under its name or another one. */
function backup(name = 'backup.sqlite') {
  const copy = join(root, name);
  return {
    take() {
      const db = new DatabaseSync(join(dataDir, 'bridge.sqlite'));
      db.exec(`VACUUM INTO '${copy}'`);
      db.close();
    },
    putBack(file = 'bridge.sqlite') {
      remove(file);
      cpSync(copy, join(dataDir, file));
    },
  };
}

function remove(file = 'bridge.sqlite'): void {
  for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, file + end), { force: true });
}

const originFile = (): string => join(dataDir, 'store-origin.json');
const fileMark = () => JSON.parse(readFileSync(originFile(), 'utf8'));

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

describe('a backup of the last run that was put back', () => {
  const STALE = /mute: the data in sqlite \S+ is older than the last use here.*--accept-store/;

  it.each([
    ['a clean stop', { openOrders: 1 }],
    ['a clean stop without open orders', { openOrders: 0 }],
    ['a crash after another block of numbers', { numbersAfter: 1_700 }],
  ])('is mute after %s, and gives no number again once it is accepted', async (_end, rest) => {
    await run();
    const { take, putBack } = backup();
    const given = await run({ numbers: 1, ...rest, meanwhile: take });
    putBack();
    await expect(run()).rejects.toThrow(STALE);
    expect(await run({ isAccepted: true })).toBeGreaterThan(given);
    await run();
  });

  it('repeats no number after a crash in the block that was in use, with which it may go on', async () => {
    await run();
    const { take, putBack } = backup();
    const given = await run({ numbers: 1, meanwhile: take });
    putBack();
    expect(await run()).toBeGreaterThan(given);
  });

  it('is mute after a crash that came more than a minute later, without any number', async () => {
    const { take, putBack } = backup();
    const clock = createManualClock();
    await run({
      clock,
      async meanwhile() {
        take();
        await passMinute(clock);
      },
    });
    expect(clock.pending()).toBe(1);
    putBack();
    await expect(run()).rejects.toThrow(STALE);
  });

  it('is mute under another name, too', async () => {
    const { take, putBack } = backup();
    await run({ openOrders: 1, meanwhile: take });
    remove();
    putBack('other.sqlite');
    await expect(run({ file: 'other.sqlite' })).rejects.toThrow(STALE);
  });

  it('goes on above all numbers of the mark, also if they were issued faster than one a second', async () => {
    const { take, putBack } = backup();
    await run({ meanwhile: take });
    await run({ isAccepted: true, numbers: 2 });
    putBack();
    const first = await run({ isAccepted: true, numbers: 5_000 });
    putBack();
    expect(await run({ isAccepted: true })).toBeGreaterThan(first);
  });
});

it('goes on from the marks of an earlier release', async () => {
  await run({ openOrders: 1 });
  const { progress: _progress, lastNumber: _lastNumber, ...earlier } = fileMark();
  writeFileSync(originFile(), JSON.stringify(earlier).padEnd(1024));
  await run();
  const db = new DatabaseSync(join(dataDir, 'bridge.sqlite'));
  db.exec("UPDATE key_values SET doc = json_remove(doc, '$.progress') WHERE name = 'store-origin'");
  db.close();
  writeFileSync(originFile(), JSON.stringify({ ...earlier, generation: 2, openOrders: undefined }).padEnd(1024));
  await run();
});

it('goes on with a database that was renamed', async () => {
  await run({ openOrders: 1 });
  for (const name of readdirSync(dataDir))
    renameSync(join(dataDir, name), join(dataDir, name.replace(/^bridge/, 'new')));
  await run({ file: 'new.sqlite' });
});

it('goes on if a power failure took back what the file said last', async () => {
  let earlier = Buffer.alloc(0);
  await run({ meanwhile: () => void (earlier = readFileSync(originFile())), numbersAfter: 3_000, openOrders: 1 });
  writeFileSync(originFile(), earlier);
  await run();
});

describe('an empty database under the same name', () => {
  it.each([
    ['has 2 open orders', { openOrders: 2 }],
    ['may have open orders', {}],
  ])('is refused if the last one %s, and its numbers go on once it is accepted', async (orders, end) => {
    await run();
    const given = await run({ ...end, numbers: 700 });
    remove();
    for (let start = 0; start < 2; start++)
      await expect(run()).rejects.toThrow(
        new RegExp(
          `^this data folder was last used with the store sqlite \\S+, which ${orders}, and it is empty now.*--accept-store`,
        ),
      );
    expect(await run({ isAccepted: true })).toBeGreaterThan(given);
    await run();
  });

  it('is a new beginning if the last one has no open orders, but gives none of its numbers', async () => {
    const given = await run({ openOrders: 0, numbers: 700 });
    remove();
    expect(await run()).toBeGreaterThan(given);
  });
});

it('keeps a database mute that was never used here but has orders', async () => {
  await run({ openOrders: 0 });
  remove();
  const store = createSqliteStore({ path: join(dataDir, 'bridge.sqlite'), clock: systemClock });
  await store.start();
  await store.commit({ orders: [{ order: anOrder('o1'), expectedVersion: 0 }] });
  await store.stop();
  await expect(run()).rejects.toThrow(/mute: the data in sqlite \S+ is older than the last start here/);
});

it('goes on with a repaired database that lost its mark or the newest of it, and gives no number again', async () => {
  const { take, putBack } = backup();
  const given = await run({ meanwhile: take, numbersAfter: 1_700 });
  putBack();
  expect(await run({ isRepaired: true })).toBeGreaterThan(given);
  await run();
  remove();
  expect(await run({ isRepaired: true })).toBeGreaterThan(given);
});

describe('a kill', () => {
  // The file is written between the writes to the database, so these are all moments.
  const moments = ['before', 'after'].flatMap((when) => [1, 2, 3, 4].map((write) => [when, write] as const));

  it.each(moments)('%s write %i of a mark mutes no start, and no number comes twice', async (when, write) => {
    const issued: number[] = [];
    for (let round = 0; round < 2; round++) {
      const clock = createManualClock();
      let count = 0;
      const putValue = async (put: () => Promise<void>): Promise<void> => {
        if (++count < write || (count === write && when === 'after')) await put();
        // From here on, nothing is written.
        if (count >= write) throw new Error('killed');
      };
      const meanwhile = (): Promise<void> => clock.advance(60_000);
      const end = run({ clock, numbers: 1_100, issued, putValue, openOrders: 1, meanwhile });
      // A clean stop does without the store.
      expect(await end.then(() => 'killed', String)).toMatch(/killed/);
      expect(count).toBeGreaterThanOrEqual(write);
    }
    await run({ issued });
    expect(new Set(issued).size).toBe(issued.length);
  });

  it('before the first write leaves an empty database that is no foreign one', async () => {
    await expect(run({ putValue: () => Promise.reject(new Error('killed')) })).rejects.toThrow('killed');
    expect(fileMark()).toMatchObject({ openOrders: 0, generation: 0 });
    expect(await run()).toBeLessThan(10_000);
  });
});

it('keeps the number of open orders at a stop without a store', async () => {
  let isAway = false;
  const putValue = (put: () => Promise<void>): Promise<void> => (isAway ? Promise.reject(new Error('away')) : put());
  const meanwhile = (): void => void (isAway = true);
  await run({ putValue, numbers: 1, meanwhile, numbersAfter: 0, openOrders: 2 });
  expect(fileMark()).toMatchObject({ openOrders: 2 });
  await run();
});

it('goes on issuing numbers while the file cannot be written, and reports it once', async () => {
  const events = createEventLog();
  await run({ numbers: 1_700, events, openOrders: 1 });
  expect(events.all).toEqual([]);
  const issued: number[] = [];
  const meanwhile = (): void => {
    rmSync(originFile());
    mkdirSync(originFile());
  };
  await run({ events, meanwhile, numbersAfter: 2_500, issued, openOrders: 1 });
  expect(issued).toHaveLength(2_500);
  expect(events.of('store.mark-failed')).toEqual([{ file: originFile(), problem: expect.stringMatching(/EISDIR/) }]);
});

/** Lets a minute pass, in which the process marks how far it has got. */
async function passMinute(clock: ManualClock): Promise<void> {
  const before = fileMark().progress;
  await clock.advance(60_000);
  // The write goes to another thread and to the disk.
  await expect.poll(() => fileMark().progress).not.toBe(before);
}
