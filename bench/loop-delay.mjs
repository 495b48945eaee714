// Measures how long our event loop is blocked while an operator reads large amounts of data: the settlement of a day
// with many orders, then the longest lists. The baseline is the same process without requests.
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSqliteStore } from '../dist/store/sqlite/sqlite-store.js';
import { systemClock } from '../dist/observe/system-clock.js';
import { figure, round } from './figures.mjs';
import { makeSite, startBridge } from './site.mjs';

const AIM_MS = 50;
const BATCH = 500;
const SAMPLE = fileURLToPath(new URL('../test/fixtures/releases/0.2.0/sqlite', import.meta.url));

/** Returns a charged, billed and posted order from the data of a release. */
async function sampleOrder() {
  const folder = mkdtempSync(join(tmpdir(), 'bridge-bench-'));
  cpSync(SAMPLE, folder, { recursive: true });
  const store = createSqliteStore({ path: join(folder, 'store.db'), clock: systemClock });
  await store.start();
  const orders = await store.listOrders({ limit: 10 });
  await store.stop();
  rmSync(folder, { recursive: true });
  return orders.find(({ state }) => state === 'completed');
}

async function fill(file, count) {
  const order = await sampleOrder();
  const { at } = order.ledger[0];
  const store = createSqliteStore({ path: file, clock: systemClock });
  await store.start();
  // Waits inside the store do not keep a process alive; a bridge has its listeners.
  const alive = setInterval(() => undefined, 1_000);
  for (let first = 0; first < count; first += BATCH) {
    const commits = Array.from({ length: Math.min(BATCH, count - first) }, (_, n) => {
      const id = `bench-${String((first + n) * 7919).padStart(12, '0')}`;
      const copy = { ...order, id, becknTransactionId: id, idTag: `T${first + n}`, version: 1 };
      return store.commit({ orders: [{ order: copy, expectedVersion: 0 }] });
    });
    await Promise.all(commits);
  }
  clearInterval(alive);
  await store.stop();
  return new Date(at).toISOString().slice(0, 10);
}

/** Reads every page of a list and returns the number of rows. */
async function readList(get, path, name) {
  let rows = 0;
  let cursor = '';
  do {
    const page = await get(`${path}?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    const { [name]: items, next } = JSON.parse(page);
    rows += items.length;
    cursor = next;
  } while (cursor);
  return rows;
}

export async function loopDelay({ quick }) {
  const count = quick ? 5_000 : 50_000;
  const site = await makeSite({ chargePoints: 1000, sinkPort: 9 });
  const dataDir = join(dirname(site.config), 'data');
  await (await startBridge(site)).stop();
  const day = await fill(join(dataDir, 'bridge.sqlite'), count);
  const server = await startBridge(site);
  const token = readFileSync(join(dataDir, 'operator-token'), 'utf8').trim();
  const operator = /operator=(\S+)/.exec(server.ready)[1];
  const get = async (path) => {
    const answer = await fetch(`${operator}${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.text();
  };
  const figures = [];
  const idle = await server.delayDuring(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
  for (const [name, work] of [
    ['the settlement of a day', async () => (await get(`/api/settlements/${day}.csv`)).split('\n').length],
    ['all orders', () => readList(get, '/api/orders', 'orders')],
    ['all postings', () => readList(get, '/api/ledger', 'entries')],
  ]) {
    let rows;
    await work();
    const { maxMs, p999Ms } = await server.delayDuring(async () => void (rows = await work()));
    figures.push(
      figure(`Event loop held by ${name}, ms`, {
        ours: round(maxMs, 1),
        baseline: round(idle.maxMs, 1),
        aim: `≤ ${AIM_MS} ms`,
        pass: maxMs <= AIM_MS,
        detail: `${count} orders, ${rows} rows; p99.9 ${round(p999Ms, 1)} ms; the baseline is the same process while nobody asks`,
      }),
    );
  }
  await server.stop();
  return figures;
}
