/** Lists without pages yield to other work. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { afterEach, expect, it } from 'vitest';
import type { OperatorDeps } from '../../../src/operator/http/deps.js';
import { listChargePoints } from '../../../src/operator/operations/charge-points.js';
import { getOrderMeter, listSessions } from '../../../src/operator/operations/orders.js';
import { listOwedCallbacks } from '../../../src/operator/operations/owed-callbacks.js';
import { chargingOrder } from '../beckn/samples.js';

const COUNT = 2000;
let server: Server | undefined;
afterEach(() => void server?.closeAllConnections());

const order = chargingOrder();
const orders = Array.from({ length: COUNT }, (_, n) => ({ ...order, id: `o${n}` }));
const requests = Array.from({ length: COUNT }, (_, n) => ({
  key: `r${n}`,
  bapId: 'bap.example',
  messageId: 'm',
  receivedAt: COUNT - n,
  owed: { action: 'on_status', attempts: 0, dueAt: 0, giveUpAt: 1 },
}));
const entries = Array.from({ length: COUNT }, (_, n) => ({ seq: n + 1, raw: `{"n":${n}}`, receivedAt: n }));

async function ask(handler: (deps: OperatorDeps) => RequestHandler) {
  let turns = 0;
  const deps = {
    store: {
      listChargePoints: async () => [],
      order: async () => order,
      meterEntriesOf: async () => entries,
      transaction: async () => undefined,
    },
    view: { openOrders: () => orders, owedRequests: () => requests, chargePoints: () => orders },
    access: { hasPassword: () => false },
    clock: {
      now: () => COUNT,
      callSoon: (work: () => void) => {
        turns += 1;
        setImmediate(work);
      },
    },
  } as unknown as OperatorDeps;
  const app = express();
  app.get('/:id', handler(deps));
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/o1`);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const body = (await response.json()) as { readonly [name: string]: readonly { readonly [name: string]: unknown }[] };
  return { body, turns };
}

it('the charge points, sorted', async () => {
  const { body, turns } = await ask(listChargePoints);
  expect(body['chargePoints']?.map(({ id }) => id)).toEqual(orders.map(({ id }) => id).sort());
  expect(turns).toBeGreaterThan(5);
});

it('the sessions', async () => {
  const { body, turns } = await ask(listSessions);
  expect(body['sessions']?.map(({ orderId }) => orderId)).toEqual(orders.map(({ id }) => id));
  expect(turns).toBeGreaterThan(5);
});

it('the owed callbacks, oldest first', async () => {
  const { body, turns } = await ask(listOwedCallbacks);
  expect(body['count']).toBe(body['callbacks']?.length);
  const owed = body['callbacks']?.filter(({ source }) => source === 'request').map(({ owedSince }) => owedSince);
  expect(owed).toEqual(Array.from({ length: COUNT }, (_, n) => n + 1));
  expect(turns).toBeGreaterThan(5);
});

it('the meter of an order', async () => {
  const { body, turns } = await ask(getOrderMeter);
  expect(body['entries']?.map(({ payload }) => payload)).toEqual(entries.map((_, n) => ({ n })));
  expect(turns).toBeGreaterThan(5);
});
