/** A damaged store never blocks the start for good: what can be read is kept, and losses are named. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../../../src/observe/system-clock.js';
import type { Store } from '../../../../src/ports/store.js';
import { repairSqlite } from '../../../../src/store/repair/repair-sqlite.js';
import { createSqliteStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { aMeterEntry, anOrder, aTransaction } from '../../../contract/sample.js';
import { createEventLog, type EventLog } from '../../../fakes/event-log.js';

const ORDERS = 60;
const NOW = 5_000;
let folder: string;
let path: string;
let events: EventLog;

let made: string;

/** Writes orders of several kilobytes with one meter entry each, and copies the files in their state after a crash. */
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'repair-made-'));
  const live = join(made, 'live.sqlite');
  const store = createSqliteStore({ path: live, clock });
  await store.start();
  for (let i = 0; i < ORDERS; i++) {
    const order = anOrder(idOf(i), { state: 'confirmed', passthrough: { text: 'x'.repeat(2_500) } });
    await store.commit({ orders: [{ order, expectedVersion: 0 }], meterEntries: [aMeterEntry(i + 1, order.id)] });
  }
  await store.nextNumber('transactionId');
  for (const end of ['', '-wal', '-meter']) copyFileSync(live + end, join(made, `bridge.sqlite${end}`));
  await store.stop();
  const db = new DatabaseSync(live);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  for (const end of ['', '-meter']) copyFileSync(live + end, join(made, `closed.sqlite${end}`));
});
afterAll(() => rmSync(made, { recursive: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'repair-'));
  path = join(folder, 'bridge.sqlite');
  events = createEventLog();
  cpSync(made, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const idOf = (i: number): string => `ORDER-${String(i).padStart(3, '0')}-NAME`;

function damage(file: string, at: (bytes: Buffer) => number, length = 1): void {
  const bytes = readFileSync(file);
  const from = at(bytes);
  for (let i = from; i < from + length; i++) bytes[i] = (bytes[i] ?? 0) ^ 0x41;
  writeFileSync(file, bytes);
}

async function opened<T>(look: (store: Store) => Promise<T>): Promise<T> {
  const store = createSqliteStore({ path, clock, events });
  await store.start();
  try {
    return await look(store);
  } finally {
    await store.stop();
  }
}

const openOrders = () => opened(async (store) => (await store.openOrders()).map(({ id }) => id));
const discrepancies = () => opened((store) => store.listDiscrepancies({ limit: 100 }));
const keptFolder = (): string => readdirSync(folder).find((name) => name.endsWith('.damaged')) ?? '';

/** Replaces the files with those of a clean stop: all data is in the database, and there is no log. */
function useClosed(): void {
  for (const end of ['', '-meter']) copyFileSync(join(folder, `closed.sqlite${end}`), path + end);
  rmSync(`${path}-wal`);
}

it('leaves a sound store as it is', async () => {
  expect(await repairSqlite(path, NOW)).toMatchObject({ isDamaged: false, lostOrders: [], doubtfulOrders: [] });
  expect(keptFolder()).toBe('');
  expect(await openOrders()).toHaveLength(ORDERS);
});

describe('a flipped bit in the middle of the write-ahead log', () => {
  it('refuses the start with the place, what would be lost and the way out', async () => {
    damage(`${path}-wal`, (bytes) => Math.floor(bytes.length / 2));
    await expect(openOrders()).rejects.toThrow(
      /-wal is damaged at byte \d+ \(frame \d+\), and \d+ commits.*--repair-store/,
    );
  });

  it('costs at most the orders on its page, which are listed', async () => {
    damage(`${path}-wal`, (bytes) => bytes.indexOf(idOf(ORDERS - 2), bytes.length / 2) + 300);
    const { isDamaged, lostOrders, doubtfulOrders } = await repairSqlite(path, NOW);
    expect(isDamaged).toBe(true);
    expect(lostOrders.length + doubtfulOrders.length).toBeLessThan(10);
    expect(await openOrders()).toHaveLength(ORDERS - lostOrders.length);
    const listed = (await discrepancies()).map(({ orderId }) => orderId).sort();
    expect(listed).toEqual([...lostOrders, ...doubtfulOrders].sort());
    expect(readdirSync(join(folder, keptFolder())).sort()).toEqual([
      'bridge.sqlite',
      'bridge.sqlite-meter',
      'bridge.sqlite-wal',
    ]);
  });
});

describe('a damaged page of the database', () => {
  it('refuses the start with the way out, and is worked around', async () => {
    useClosed();
    // Damages the beginning of the page that holds an order.
    damage(path, (bytes) => Math.floor(bytes.indexOf('"id":"' + idOf(20)) / 4_096) * 4_096, 64);
    await expect(openOrders()).rejects.toThrow(/damaged.*--repair-store/);
    const { lostOrders, summary } = await repairSqlite(path, NOW);
    expect(lostOrders).toContain(idOf(20));
    expect(lostOrders.length).toBeLessThan(5);
    expect(summary).toContain(keptFolder());
    expect(await openOrders()).toHaveLength(ORDERS - lostOrders.length);
    expect(await discrepancies()).toMatchObject(lostOrders.map(() => ({ kind: 'store-damaged' })));
  });

  it('counts a record that is no JSON any more as damaged', async () => {
    useClosed();
    damage(path, (bytes) => bytes.indexOf('"id":"' + idOf(20)));
    await expect(openOrders()).rejects.toThrow(/damaged.*--repair-store/);
    expect(await repairSqlite(path, NOW)).toMatchObject({ lostOrders: [idOf(20)] });
    expect(await openOrders()).toHaveLength(ORDERS - 1);
  });

  it('restores the head of the file', async () => {
    useClosed();
    damage(path, () => 3);
    await expect(openOrders()).rejects.toThrow(/--repair-store/);
    expect(await repairSqlite(path, NOW)).toMatchObject({ isDamaged: true, lostOrders: [] });
    expect(await openOrders()).toHaveLength(ORDERS);
  });

  it('never gives a transaction number again', async () => {
    useClosed();
    const before = await opened((store) => store.nextNumber('transactionId'));
    damage(path, (bytes) => Math.floor(bytes.indexOf('"id":"' + idOf(20)) / 4_096) * 4_096, 64);
    await repairSqlite(path, NOW);
    expect(await opened((store) => store.nextNumber('transactionId'))).toBeGreaterThan(before + 1_000);
  });
});

it('does not take the transaction ids of 2.x stations for numbers that we gave', async () => {
  const eventRecord = { seqNo: 0, missingSeqNos: [], lastEventAt: 1_000 };
  const transactions = [
    ...['1769904000123', '99999999-1234', '2147483647', '5000'].map((id) => aTransaction(id)),
    aTransaction('1769904000', { eventRecord }),
  ];
  await opened((store) => store.commit({ transactions }));
  damage(path, () => 3);
  await repairSqlite(path, NOW);
  const next = await opened((store) => store.nextNumber('transactionId'));
  expect(next).toBeGreaterThan(5000 + 1000);
  expect(next).toBeLessThan(1_000_000);
});

describe('a damaged database of an earlier release', () => {
  const RELEASES = join(import.meta.dirname, '../../../fixtures/releases');
  const CONTENT = { limit: 100 };

  it.each(readdirSync(RELEASES))(
    'of %s keeps all that can be read, as if it had been opened undamaged',
    async (release) => {
      const use = (name: string): void => {
        cpSync(join(RELEASES, release, 'sqlite'), join(folder, name), { recursive: true });
        path = join(folder, name, 'store.db');
      };
      const content = (): Promise<unknown> =>
        opened(async (store) => {
          const orders = await store.listOrders(CONTENT);
          const [{ connector, session } = { connector: undefined, session: undefined }] = orders.filter(
            (one) => one.session,
          );
          return {
            orders,
            ofProvider: await store.listOrders({ ...CONTENT, providerId: connector?.providerId ?? '' }),
            ofStation: await store.listOrders({ ...CONTENT, stationId: connector?.stationId ?? '' }),
            ofTransaction: await store.listOrders({ ...CONTENT, transactionId: session?.transactionId ?? '' }),
            transactions: await store.listTransactions(CONTENT),
            discrepancies: await store.listDiscrepancies(CONTENT),
            audit: await store.listAudit(CONTENT),
          };
        });
      use('whole');
      const whole = await content();
      expect(whole).toMatchObject({ ofProvider: [{}, {}, {}], ofTransaction: [{}] });
      use('damaged');
      damage(path, () => 3);
      expect(await repairSqlite(path, NOW)).toMatchObject({ isDamaged: true, lostOrders: [] });
      expect(await content()).toEqual(whole);
    },
  );

  it('of a later release is left to that release', async () => {
    useClosed();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    damage(path, () => 3);
    await expect(repairSqlite(path, NOW)).rejects.toThrow('use a newer release');
  });

  it('is repaired although its head no longer says of which layout it is', async () => {
    useClosed();
    damage(path, () => 60, 12);
    damage(path, () => 3);
    expect(await repairSqlite(path, NOW)).toMatchObject({ isDamaged: true, lostOrders: [] });
    expect(await openOrders()).toHaveLength(ORDERS);
  });
});

describe('a flipped bit in the meter journal', () => {
  it('costs one record, which is set aside, named and told', async () => {
    const at = readFileSync(`${path}-meter`).indexOf(idOf(5));
    damage(`${path}-meter`, () => at);
    expect(await openOrders()).toHaveLength(ORDERS);
    const [found] = events.of('store.damaged');
    expect(found).toMatchObject({ file: `${path}-meter`, record: 6 });
    expect(existsSync(String(found?.['keptIn']))).toBe(true);
    expect((await discrepancies()).length).toBeGreaterThan(0);
    const entries = await opened(async (store) => [
      await store.meterEntriesOf(idOf(5)),
      await store.meterEntriesOf(idOf(6)),
    ]);
    expect(entries.map((list) => list.length)).toEqual([0, 1]);
    // The damage is reported once.
    expect(events.of('store.damaged')).toHaveLength(1);
  });

  it('names the orders whose records it held', async () => {
    damage(`${path}-meter`, (bytes) => bytes.indexOf('{"seq": 6}'));
    expect((await discrepancies()).map(({ orderId }) => orderId)).toEqual([idOf(5)]);
  });
});
