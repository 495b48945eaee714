/**
 * A decision on MongoDB is stored as a whole or not at all, wherever the connection breaks. A write that arrives late
 * neither accepts a request twice nor undoes a newer record.
 */
import { setTimeout as wait } from 'node:timers/promises';
import mongoose from 'mongoose';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../src/observe/system-clock.js';
import { RequestConflict, StoreConflict, StoreFault, type Batch, type Store } from '../../src/ports/store.js';
import { createMongoStore } from '../../src/store/mongo/mongo-store.js';
import { startCuttingProxy, type CutMode, type CuttingProxy } from '../mongo/cutting-proxy.js';
import { eventually } from '../e2e/waiting.js';
import { startMongo } from '../mongo/engine.js';
import { BEFORE, DECISION, DECISION_BY_REQUEST, DECISION_WITHOUT_ORDER, extentOf } from './decision.js';
import { anOrder, aRequest, aTransaction } from './sample.js';

const engine = await startMongo('that a decision is stored as a whole on MongoDB when the connection breaks');

if (engine === undefined) {
  describe('a decision on MongoDB', () => it.skip('is stored as a whole: skipped, no MongoDB (see standard error)'));
} else {
  afterAll(() => engine.stop());
  let count = 0;
  /** Short, because a store lets its lease expire after a failed write. */
  const LEASE_MS = 4_800;

  /** Repeats the check while the driver looks for the server again. */
  const lookAt = (store: Store, decision: Batch = DECISION): Promise<string> =>
    eventually('the store answers', () =>
      extentOf(store, decision).catch((error: unknown) => {
        if (!(error instanceof StoreFault)) throw error;
        return undefined;
      }),
    );

  interface CutDatabase {
    readonly proxy: CuttingProxy;
    /** Stops the open store and starts another one on the database. */
    open(): Promise<Store>;
  }

  /** Runs the test on a fresh database behind a proxy of its own. */
  async function onDatabase(test: (database: CutDatabase) => Promise<void>): Promise<void> {
    const proxy = await startCuttingProxy(engine?.uri ?? String);
    const name = `bridge-test-cut-${process.pid}-${count++}`;
    const opened: Store[] = [];
    const open = async (): Promise<Store> => {
      await opened.at(-1)?.stop();
      const store = createMongoStore({ uri: proxy.uri(name), clock, leaseMs: LEASE_MS });
      opened.push(store);
      await store.start();
      return store;
    };
    try {
      await test({ proxy, open });
    } finally {
      await proxy.heal();
      await opened.at(-1)?.stop();
      await proxy.stop();
      const connection = await mongoose.createConnection(engine?.uri(name) ?? '').asPromise();
      await connection.dropDatabase();
      await connection.close();
    }
  }

  async function countWrites(batch: Batch): Promise<number> {
    let writes = 0;
    await onDatabase(async ({ proxy, open }) => {
      const store = await open();
      await store.commit(BEFORE);
      await store.owedRequests();
      proxy.forget();
      await store.commit(batch);
      await store.stop();
      writes = proxy.writes.length;
    });
    return writes;
  }

  /** Generous: each case opens several stores, which wait for the driver or for a lease to expire. */
  const TIMEOUT_MS = 400_000;

  describe.concurrent.each([
    { name: 'with an order', batch: DECISION },
    { name: 'by a request', batch: DECISION_BY_REQUEST },
    { name: 'without either', batch: DECISION_WITHOUT_ORDER },
  ])('a decision $name on MongoDB', { timeout: TIMEOUT_MS }, ({ batch }) => {
    it.each<CutMode>(['before', 'after'])(
      'is stored as a whole or not at all when the connection breaks %s any of its writes',
      async (mode) => {
        const writes = await countWrites(batch);
        expect(writes).toBeGreaterThan(2);
        for (let nth = 0; nth < writes; nth++) {
          await onDatabase(async ({ proxy, open }) => {
            const store = await open();
            await store.commit(BEFORE);
            await store.owedRequests();
            proxy.cutAt(nth, mode);
            const failure = await store.commit(batch).then(
              () => undefined,
              (error: unknown) => error,
            );
            if (failure !== undefined) expect(failure).toBeInstanceOf(StoreFault);
            await proxy.heal();
            const here = await lookAt(store, batch);
            expect(`write ${nth}: ${here}`).toMatch(/(all|nothing)$/);
            if (failure === undefined) expect(`write ${nth}: ${here}`).toBe(`write ${nth}: all`);
            const next = await open();
            expect(await lookAt(next, batch), `write ${nth}, after a restart`).toBe(here);
            const repeated = next.commit(batch);
            const conflict = batch.acceptedRequest ? RequestConflict : StoreConflict;
            if (batch !== DECISION_WITHOUT_ORDER && here === 'all')
              await expect(repeated).rejects.toBeInstanceOf(conflict);
            else await repeated;
            expect(await lookAt(next, batch), `write ${nth}, after the repeat`).toBe('all');
          });
        }
      },
    );

    it('is stored as a whole if the process ends after any of its writes', async () => {
      const writes = await countWrites(batch);
      for (let nth = 0; nth < writes; nth++) {
        await onDatabase(async ({ proxy, open }) => {
          const store = await open();
          await store.commit(BEFORE);
          await store.owedRequests();
          proxy.cutAt(nth, 'after');
          await store.commit(batch).catch(() => undefined);
          await proxy.heal();
          const next = await open();
          expect(await lookAt(next, batch), `write ${nth}`).toMatch(/^(all|nothing)$/);
        });
      }
    });
  });

  it('accepts a request once if the first order arrives late, and says so until that is known', async () => {
    const deliveryOf = (id: string): Batch => {
      return { acceptedRequest: aRequest('k'), orders: [{ order: anOrder(id), expectedVersion: 0 }] };
    };
    for (const isReleased of [true, false]) {
      await onDatabase(async ({ proxy, open }) => {
        const store = await open();
        await store.owedRequests();
        proxy.cutAt(1, 'late');
        await expect(store.commit(deliveryOf('first'))).rejects.toBeInstanceOf(StoreFault);
        await proxy.heal();
        expect(await eventually('an answer', () => store.request('k').then(String, () => undefined))).toBe('undefined');
        await expect(store.commit(deliveryOf('second'))).rejects.toThrow(/may still arrive/);
        if (isReleased) proxy.releaseLate();
        await eventually('the end of the first delivery', () =>
          store.commit(deliveryOf('second')).then(
            () => true,
            (error: unknown) => error instanceof RequestConflict,
          ),
        );
        // The first write comes too late: the second order was accepted.
        proxy.releaseLate();
        await wait(200);
        const orders = await store.listOrders({ limit: 9 });
        expect(orders.map(({ id }) => id)).toEqual([isReleased ? 'first' : 'second']);
        expect(await store.request('k')).toBeDefined();
      });
    }
  });

  it('completes a decision whose write arrives after its caller was refused', async () => {
    await onDatabase(async ({ proxy, open }) => {
      const store = await open();
      await store.commit(BEFORE);
      await store.owedRequests();
      // The first write is the claim of the request, the second one the order.
      proxy.cutAt(1, 'late');
      await expect(store.commit(DECISION)).rejects.toBeInstanceOf(StoreFault);
      await proxy.heal();
      expect(await lookAt(store)).toBe('nothing');
      proxy.releaseLate();
      await eventually('the late write', async () => (await store.order('o1'))?.version === 2);
      expect(await lookAt(store)).toBe('all');
    });
  });
  it('keeps the newer record when an older write of it arrives late', async () => {
    await onDatabase(async ({ proxy, open }) => {
      const store = await open();
      await store.commit(BEFORE);
      await store.owedRequests();
      proxy.cutAt(0, 'late');
      await expect(store.commit({ transactions: [aTransaction('7')] })).rejects.toBeInstanceOf(StoreFault);
      await proxy.heal();
      const ended = aTransaction('7', { stop: { at: 2, receivedAt: 2, reason: 'Local', meterStopWh: 5 } });
      await eventually('the end', () =>
        store.commit({ transactions: [ended] }).then(
          () => true,
          () => false,
        ),
      );
      proxy.releaseLate();
      await wait(200);
      expect(await store.transaction('cp-1', '7')).toEqual(ended);
    });
  });
}
