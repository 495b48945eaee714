/** One process has a MongoDB database at a time: the others wait, are refused, or find that they have lost it. */
import mongoose from 'mongoose';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/observe/system-clock.js';
import type { Clock } from '../../src/ports/runtime.js';
import { StoreFault, type Store } from '../../src/ports/store.js';
import { createMongoStore, type MongoStoreOptions } from '../../src/store/mongo/mongo-store.js';
import { startMongo } from '../mongo/engine.js';
import { aDiscrepancy, anOrder, nextVersion } from './sample.js';

const engine = await startMongo('that two processes never write to one MongoDB database');

/** Like the clock of a process that was stopped: no timer fires; the time stands still or jumps. */
function pausableClock(): Clock & { pause(): void; resume(): void } {
  let pausedAt: number | undefined;
  return {
    now: () => pausedAt ?? systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    callLater: (ms, work) => systemClock.callLater(ms, () => void (pausedAt === undefined && work())),
    callSoon: (work) => systemClock.callSoon(work),
    pause: () => {
      pausedAt = systemClock.now();
    },
    resume: () => {
      pausedAt = undefined;
    },
  };
}

if (engine === undefined) {
  describe('a MongoDB database', () => it.skip('has one process: skipped, no MongoDB (see standard error)'));
} else {
  const running = new Set<Store & { abandon(): void }>();
  let count = 0;
  let uri = '';
  afterEach(async () => {
    for (const store of running) await store.stop();
    running.clear();
    const connection = await mongoose.createConnection(uri).asPromise();
    await connection.dropDatabase();
    await connection.close();
  });
  afterAll(() => engine.stop());

  const newDatabase = (): string => (uri = engine.uri(`bridge-test-lease-${process.pid}-${count++}`));
  async function open(options: Partial<MongoStoreOptions> = {}): Promise<Store & { abandon(): void }> {
    const store = createMongoStore({ uri, clock: systemClock, ...options });
    await store.start();
    running.add(store);
    return store;
  }
  const close = async (store: Store & { abandon(): void }): Promise<void> => {
    running.delete(store);
    await store.stop();
  };

  describe('a second process on a MongoDB database', () => {
    it('is refused with a sentence that names the first', async () => {
      newDatabase();
      const first = await open();
      const second = createMongoStore({ uri, clock: systemClock, leaseWaitMs: 0 });
      await expect(second.start()).rejects.toThrow(
        new RegExp(`another process uses this database \\(process ${process.pid} on .+\\)`),
      );
      await first.commit({ orders: [{ order: anOrder('o1'), expectedVersion: 0 }] });
      expect(await first.order('o1')).toBeDefined();
    });

    it('starts as soon as the first has stopped', async () => {
      newDatabase();
      const first = await open();
      const before = systemClock.now();
      const second = open({ leaseWaitMs: 60_000 });
      await close(first);
      await second;
      expect(systemClock.now() - before).toBeLessThan(5_000);
    });

    it('waits until the lease of a killed one has run out', async () => {
      newDatabase();
      const first = await open();
      running.delete(first);
      first.abandon();
      await open();
    });

    it('never gets a journal or transaction number that the first could have given', async () => {
      newDatabase();
      const first = await open();
      const entry = first.nextJournalSeq();
      const number = await first.nextNumber('transactionId');
      running.delete(first);
      first.abandon();
      const second = await open();
      // The first may have handed out a few more, none of which reached the database.
      expect(second.nextJournalSeq()).toBeGreaterThan(entry + 1_000);
      expect(await second.nextNumber('transactionId')).toBeGreaterThan(number + 100);
    });
  });

  describe('a paused process whose MongoDB database another one has taken over', () => {
    const confirmed = anOrder('o1', { state: 'confirmed' });

    it('is refused by the order if it does not know that it was paused', async () => {
      newDatabase();
      const clock = pausableClock();
      const lost: string[] = [];
      const first = await open({ clock, onLeaseLost: (reason) => lost.push(reason) });
      const draft = anOrder('o2');
      for (const order of [confirmed, draft]) await first.commit({ orders: [{ order, expectedVersion: 0 }] });
      clock.pause();
      const second = await open();
      for (const order of [nextVersion(confirmed, 'starting'), nextVersion(draft, 'cancelled')])
        await expect(first.commit({ orders: [{ order, expectedVersion: 1 }] })).rejects.toThrow(/taken over/);
      expect(lost).toHaveLength(1);
      expect(first.isHealthy()).toBe(false);
      await second.commit({ orders: [{ order: nextVersion(confirmed, 'cancelled'), expectedVersion: 1 }] });
      expect([(await second.order('o1'))?.state, (await second.order('o2'))?.state]).toEqual(['cancelled', 'draft']);
    });

    it('writes nothing more and says so when it wakes', async () => {
      newDatabase();
      const clock = pausableClock();
      const lost: string[] = [];
      const first = await open({ clock, onLeaseLost: (reason) => lost.push(reason) });
      clock.pause();
      const second = await open();
      clock.resume();
      const late = first.commit({ discrepancies: [aDiscrepancy('late')] });
      await expect(late).rejects.toBeInstanceOf(StoreFault);
      await expect(first.putValue('late', 1)).rejects.toBeInstanceOf(StoreFault);
      await expect(first.appendMeterEntry({ ...entryOf(first) })).rejects.toBeInstanceOf(StoreFault);
      expect(lost).toHaveLength(1);
      expect(await second.listDiscrepancies({ limit: 5 })).toEqual([]);
      expect(await second.value('late')).toBeUndefined();
    });

    it('does not take the lease away when it stops', async () => {
      newDatabase();
      const clock = pausableClock();
      const first = await open({ clock });
      clock.pause();
      const second = await open();
      await close(first);
      await second.commit({ orders: [{ order: confirmed, expectedVersion: 0 }] });
      const third = createMongoStore({ uri, clock: systemClock, leaseWaitMs: 0 });
      await expect(third.start()).rejects.toThrow(/another process uses this database/);
    });
  });

  it('keeps its lease while it has nothing to write', async () => {
    newDatabase();
    const first = await open();
    const second = createMongoStore({ uri, clock: systemClock, leaseWaitMs: 9_500 });
    await expect(second.start()).rejects.toThrow(/another process uses this database/);
    await first.commit({ orders: [{ order: anOrder('o1'), expectedVersion: 0 }] });
  });
}

function entryOf(store: Store) {
  const seq = store.nextJournalSeq();
  return { seq, chargePointId: 'cp-1', connectorId: 1, receivedAt: 0, raw: '{}' };
}
