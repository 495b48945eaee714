/** A filter that few orders match walks the index in slices and yields to other work between them. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createSqliteStore, type AbandonableStore } from '../../../../src/store/sqlite/sqlite-store.js';
import { systemClock } from '../../../../src/observe/system-clock.js';
import { aDiscrepancy, anOrder } from '../../../contract/sample.js';

const COUNT = 12_000;
let store: AbandonableStore;
let turns: number;

beforeAll(async () => {
  const clock = { ...systemClock, callSoon: (work: () => void) => void setImmediate(() => ((turns += 1), work())) };
  store = createSqliteStore({ path: ':memory:', clock });
  await store.start();
  const writes = Array.from({ length: COUNT }, (_, n) => {
    const { connector, ...order } = anOrder(`o${String(n).padStart(5, '0')}`, { createdAt: Math.floor(n / 3) });
    const placed = { ...order, connector: { ...connector, stationId: n % 5000 === 0 ? 'rare' : 's' } };
    const discrepancies = n % 2 === 0 ? [aDiscrepancy(`d${order.id}`, { at: n >> 3, orderId: order.id })] : [];
    return store.commit({ orders: [{ order: placed, expectedVersion: 0 }], discrepancies });
  });
  await Promise.all(writes);
});
beforeEach(() => {
  turns = 0;
});
afterAll(() => store.stop());

const list = async (page: object): Promise<string[]> =>
  (await store.listOrders({ limit: 50, ...page })).map(({ id }) => id);

it('finds all of them, in their sequence, in several turns', async () => {
  expect(await list({ stationId: 'rare' })).toEqual(['o10000', 'o05000', 'o00000']);
  expect(turns).toBe(2);
});

it('pages through them, also where a slice ends', async () => {
  expect(await list({ stationId: 'rare', limit: 1 })).toEqual(['o10000']);
  expect(await list({ stationId: 'rare', limit: 1, after: 'o10000' })).toEqual(['o05000']);
  expect(await list({ stationId: 'rare', limit: 2, after: 'o05000' })).toEqual(['o00000']);
  const all: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await list({ stationId: 's', limit: 500, ...(after !== undefined && { after }) });
    all.push(...page);
    after = page.at(-1);
    if (page.length < 500) break;
  }
  expect(new Set(all).size).toBe(COUNT - 3);
  expect(all).toEqual([...all].sort().reverse());
});

it('ends where the time ends, and reads nothing outside it', async () => {
  expect(await list({ stationId: 'rare', from: 3000, until: 3500 })).toEqual(['o10000']);
  expect(turns).toBe(0);
  expect(await list({ stationId: 'rare', until: 1666 })).toEqual(['o00000']);
});

it('needs one turn where the first orders meet it', async () => {
  expect(await list({ stationId: 's' })).toHaveLength(50);
  expect(await list({ ids: ['o00001'], stationId: 's' })).toEqual(['o00001']);
  expect(turns).toBe(0);
});

it('looks at the orders of another list in smaller slices', async () => {
  const discrepancies = async (page: object): Promise<string[]> =>
    (await store.listDiscrepancies({ limit: 50, ...page })).map(({ id }) => id);
  const rare = ['do10000', 'do05000', 'do00000'];
  expect(await discrepancies({ order: { stationId: 'rare' } })).toEqual(rare);
  expect(turns).toBe(6);
  expect(await discrepancies({ order: { stationId: 'rare' }, limit: 2, after: 'do10000' })).toEqual(rare.slice(1));
  expect(await discrepancies({ order: { stationId: 'rare' }, from: 600, until: 1251 })).toEqual(rare.slice(0, 2));
  expect(await discrepancies({ connectorId: 7 })).toEqual([]);
  turns = 0;
  expect(await discrepancies({ order: { stationId: 's' } })).toHaveLength(50);
  expect(turns).toBe(0);
});

it('looks in slices also for a value that no index has, unless the order is known', async () => {
  const page = { limit: 50, kind: 'late-stop' } as const;
  expect(await store.listDiscrepancies(page)).toEqual([]);
  expect(turns).toBe(6);
  turns = 0;
  expect(await store.listDiscrepancies({ ...page, orderIds: ['o00000'] })).toEqual([]);
  expect(await store.listDiscrepancies({ ...page, kind: 'overshoot' })).toHaveLength(50);
  expect(turns).toBe(0);
});
