/** The settlement of a day with many orders yields to other work. */
import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, expect, it } from 'vitest';
import { ledgerEntries, withPostings } from '../../../../src/domain/billing/ledger.js';
import type { LedgerEntry } from '../../../../src/domain/model/posting.js';
import { price } from '../../../../src/domain/pricing/pricing.js';
import { downloadSettlement } from '../../../../src/operator/finance/ledger.js';
import { settleOrders, settlementCsv } from '../../../../src/operator/finance/settlement-csv.js';
import type { OperatorDeps } from '../../../../src/operator/http/deps.js';
import type { LedgerPage } from '../../../../src/ports/store.js';
import { AT, completedOrder } from '../../beckn/samples.js';

const DAY = '2026-01-15';
let server: Server | undefined;
afterEach(() => void server?.closeAllConnections());

function entriesOf(orders: number): LedgerEntry[] {
  const base = completedOrder();
  const bill = {
    ...price(base.tariff, 1630),
    refund: 0,
    deliveredWh: 1630,
    overshootWh: 0,
    confidence: 'exact',
  } as const;
  const [entry] = ledgerEntries(withPostings({ ...base, payment: { paid: 12_420 }, bill }, AT));
  if (!entry) throw new Error('no posting');
  // The ids are scattered, so that the rows have to be sorted.
  return Array.from({ length: orders }, (_, n) => {
    const orderId = `o${(n * 7919) % orders}`;
    return { ...entry, id: `${orderId}:1`, orderId, bapId: `bap.${n % 3}` };
  });
}

async function setUp(entries: readonly LedgerEntry[]) {
  /** Reads of the store and turns of the event loop, in order. */
  const trace: ('page' | 'turn')[] = [];
  const listLedger = async ({ limit, after }: LedgerPage): Promise<LedgerEntry[]> => {
    trace.push('page');
    const start = after === undefined ? 0 : entries.findIndex(({ id }) => id === after) + 1;
    return entries.slice(start, start + limit);
  };
  const clock = {
    now: () => AT,
    callSoon: (work: () => void) =>
      void setImmediate(() => {
        trace.push('turn');
        work();
      }),
  };
  const app = express();
  const deps = { store: { listLedger }, clock, config: { payments: { utcOffsetMin: 0 } } };
  app.get('/settlements/:day', downloadSettlement(deps as unknown as OperatorDeps));
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { trace, url: `http://127.0.0.1:${port}/settlements/${DAY}` };
}

it('lets other work run between two pages of the ledger, while it sorts and while it writes', async () => {
  const entries = entriesOf(5000);
  const t = await setUp(entries);
  const text = await (await fetch(t.url)).text();
  expect(text).toBe(settlementCsv(DAY, settleOrders(entries)));
  expect(t.trace.filter((what) => what === 'page').length).toBeGreaterThan(9);
  expect(t.trace.join(' ')).not.toContain('page page');
  const afterReading = t.trace.slice(t.trace.lastIndexOf('page'));
  // 5,000 rows are sorted in many turns, and written in at least ten.
  expect(afterReading.filter((what) => what === 'turn').length).toBeGreaterThan(20);
});

it('reads no further once the operator has hung up', async () => {
  const t = await setUp(entriesOf(20_000));
  const request = get(t.url);
  request.on('error', () => undefined);
  while (!t.trace.includes('page')) await new Promise((resolve) => setImmediate(resolve));
  request.destroy();
  for (let turn = 0; turn < 300; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(t.trace.filter((what) => what === 'page').length).toBeLessThan(40);
});

it('sums up the groups of many orders without copying them row by row', () => {
  const settled = settleOrders(entriesOf(20_000));
  expect(settlementCsv(DAY, settled).split('\r\n')).toHaveLength(20_000 + 3 + 2);
});
