/** One process at a time owns a MongoDB database: others wait, are refused, or notice that they have lost it. */
import { setTimeout as wait } from 'node:timers/promises';
import mongoose from 'mongoose';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/observe/system-clock.js';
import type { Clock } from '../../src/ports/runtime.js';
import { StoreFault, type Store } from '../../src/ports/store.js';
import { createMongoStore, type MongoStoreOptions } from '../../src/store/mongo/mongo-store.js';
import { eventually } from '../e2e/waiting.js';
import { startCuttingProxy } from '../mongo/cutting-proxy.js';
import { startMongo } from '../mongo/engine.js';
import { aDiscrepancy, aLogEntry, anOrder, aRating, aRequest, aTransaction, nextVersion } from './sample.js';

const engine = await startMongo('that two processes never write to one MongoDB database');

/** Imitates a suspended process: timers do nothing, and time stands still until it jumps. */
function pausableClock(): Clock & { pause(): void; resume(): void } {
  let pausedAt: { readonly now: number; readonly monotonic: number } | undefined;
  return {
    now: () => pausedAt?.now ?? systemClock.now(),
    monotonic: () => pausedAt?.monotonic ?? systemClock.monotonic(),
    callLater: (ms, work) => systemClock.callLater(ms, () => void (pausedAt === undefined && work())),
    callSoon: (work) => systemClock.callSoon(work),
    pause: () => {
      pausedAt = { now: systemClock.now(), monotonic: systemClock.monotonic() };
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
  const proxy = await startCuttingProxy(engine.uri);
  afterAll(async () => {
    await proxy.stop();
    await engine.stop();
  });
  /** A short lease for tests that do not depend on its length. */
  const LEASE_MS = 1_600;

  const newDatabase = (): string => (uri = engine.uri(`bridge-test-lease-${process.pid}-${count++}`));
  async function open(options: Partial<MongoStoreOptions> = {}): Promise<Store & { abandon(): void }> {
    const store = createMongoStore({ uri, clock: systemClock, ...options });
    await store.start();
    running.add(store);
    return store;
  }
  const openThroughProxy = async (options: Partial<MongoStoreOptions>): Promise<Store & { abandon(): void }> => {
    const store = await open({ ...options, uri: proxy.uri(uri.split('/').at(-1) ?? '') });
    await store.owedRequests();
    return store;
  };
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
      // The first process may have issued a few more numbers, none of which reached the database.
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
      const first = await open({ clock, leaseMs: LEASE_MS, onLeaseLost: (reason) => lost.push(reason) });
      const draft = anOrder('o2');
      for (const order of [confirmed, draft]) await first.commit({ orders: [{ order, expectedVersion: 0 }] });
      clock.pause();
      const second = await open({ leaseMs: LEASE_MS });
      for (const order of [nextVersion(confirmed, 'starting'), nextVersion(draft, 'cancelled')])
        await expect(first.commit({ orders: [{ order, expectedVersion: 1 }] })).rejects.toThrow(/taken over/);
      expect(lost).toHaveLength(1);
      expect(first.isHealthy()).toBe(false);
      await second.commit({ orders: [{ order: nextVersion(confirmed, 'cancelled'), expectedVersion: 1 }] });
      expect([(await second.order('o1'))?.state, (await second.order('o2'))?.state]).toEqual(['cancelled', 'draft']);
    });

    const LATE_WRITES: { readonly [what: string]: (store: Store) => Promise<unknown> } = {
      'a new order': (store) => store.commit({ orders: [{ order: confirmed, expectedVersion: 0 }] }),
      'a new request': (store) => store.commit({ acceptedRequest: aRequest('k') }),
      'a request with an order': (store) =>
        store.commit({ acceptedRequest: aRequest('k'), orders: [{ order: confirmed, expectedVersion: 0 }] }),
      'a request that was there': (store) => store.commit({ requests: [aRequest('known', { digest: 'late' })] }),
      'a discrepancy': (store) => store.commit({ discrepancies: [aDiscrepancy('late')] }),
      'two records': (store) => store.commit({ transactions: [aTransaction('7')], ratings: [aRating('1')] }),
      'a charge point': (store) => store.commit({ chargePoints: [{ id: 'cp-1', accepted: true, connectors: {} }] }),
      'a meter entry': (store) => store.appendMeterEntry({ ...entryOf(store), orderId: 'o1' }),
      'a value': (store) => store.putValue('late', 1),
      'a closed discrepancy': (store) => store.closeDiscrepancy('open', 'late', 1),
    };

    it.each(Object.entries(LATE_WRITES))(
      'cannot write %s, even if it looked at its lease before it was paused',
      async (_, write) => {
        newDatabase();
        const clock = pausableClock();
        const lost: string[] = [];
        const first = await open({ clock, leaseMs: LEASE_MS, onLeaseLost: (reason) => lost.push(reason) });
        await first.commit({ discrepancies: [aDiscrepancy('open')], requests: [aRequest('known')] });
        clock.pause();
        const second = await open({ leaseMs: LEASE_MS });
        await expect(write(first)).rejects.toThrow(/the lease is over/);
        expect(lost).toHaveLength(1);
        expect(await second.listOrders({ limit: 9 })).toEqual([]);
        expect([await second.request('k'), await second.request('known')]).toEqual([undefined, aRequest('known')]);
        expect(await second.listDiscrepancies({ limit: 9 })).toEqual([aDiscrepancy('open')]);
        expect([await second.listTransactions({ limit: 9 }), await second.listRatings({ limit: 9 })]).toEqual([[], []]);
        expect(await second.listChargePoints()).toEqual([]);
        expect([await second.meterEntriesOf('o1'), await second.value('late')]).toEqual([[], undefined]);
      },
    );

    it('removes nothing', async () => {
      newDatabase();
      const clock = pausableClock();
      const first = await open({ clock, leaseMs: LEASE_MS });
      await first.commit({ requests: [aRequest('old', { receivedAt: 1 })], logEntries: [aLogEntry('old')] });
      clock.pause();
      const second = await open({ leaseMs: LEASE_MS });
      expect([await first.expireRequests(5_000), await first.expireLogEntries(5_000)]).toEqual([0, 0]);
      expect([await second.request('old'), await second.logEntry('old')]).not.toContain(undefined);
    });

    it.each(['an order', 'a request', 'a discrepancy'])(
      'inserts nothing with a write of %s that was under way when it died',
      async (what) => {
        newDatabase();
        const first = await openThroughProxy({ leaseMs: LEASE_MS });
        proxy.cutAt(0, 'late');
        const batches = {
          'an order': { orders: [{ order: confirmed, expectedVersion: 0 }] },
          'a request': { acceptedRequest: aRequest('k') },
          'a discrepancy': { discrepancies: [aDiscrepancy('late')] },
        };
        await expect(first.commit(batches[what as keyof typeof batches])).rejects.toBeInstanceOf(StoreFault);
        running.delete(first);
        first.abandon();
        const second = await open({ leaseMs: LEASE_MS });
        proxy.releaseLate();
        await wait(300);
        await proxy.heal();
        expect(await second.listOrders({ limit: 9 })).toEqual([]);
        expect(await second.request('k')).toBeUndefined();
        expect(await second.listDiscrepancies({ limit: 9 })).toEqual([]);
      },
    );

    it('keeps its lease until a failed write can no longer arrive, although it stops cleanly', async () => {
      newDatabase();
      const first = await openThroughProxy({ leaseMs: 6_000 });
      proxy.cutAt(0, 'late');
      await expect(first.commit({ discrepancies: [aDiscrepancy('late')] })).rejects.toBeInstanceOf(StoreFault);
      await proxy.heal();
      await eventually('the connection', () =>
        first.putValue('works', 1).then(
          () => true,
          () => false,
        ),
      );
      await close(first);
      const impatient = createMongoStore({ uri, clock: systemClock, leaseWaitMs: 0 });
      await expect(impatient.start()).rejects.toThrow(/another process uses this database/);
      const second = await open({ leaseMs: LEASE_MS });
      proxy.releaseLate();
      await wait(300);
      expect(await second.listDiscrepancies({ limit: 9 })).toEqual([]);
    });

    it('writes nothing more and says so when it wakes', async () => {
      newDatabase();
      const clock = pausableClock();
      const lost: string[] = [];
      const first = await open({ clock, leaseMs: LEASE_MS, onLeaseLost: (reason) => lost.push(reason) });
      clock.pause();
      const second = await open({ leaseMs: LEASE_MS });
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
      const first = await open({ clock, leaseMs: LEASE_MS });
      clock.pause();
      const second = await open({ leaseMs: LEASE_MS });
      await close(first);
      await second.commit({ orders: [{ order: confirmed, expectedVersion: 0 }] });
      const third = createMongoStore({ uri, clock: systemClock, leaseWaitMs: 0, leaseMs: LEASE_MS });
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
