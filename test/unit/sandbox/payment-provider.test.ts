/** The sandbox's payment provider over real HTTP when it is slow or silent, or reverses payments. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSandboxPaymentProvider, type SandboxPaymentProvider } from '../../../src/sandbox/payment-provider.js';
import { systemRandom } from '../../../src/observe/system-random.js';
import { createManualClock, type ManualClock } from '../../fakes/manual-clock.js';
import { eventually } from '../../e2e/waiting.js';

let clock: ManualClock;
let provider: SandboxPaymentProvider;
let url: string;
let notified: { state: string; paid: number; refunded: number }[];
let listener: Server;

beforeEach(async () => {
  notified = [];
  listener = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      notified.push(JSON.parse(body) as (typeof notified)[number]);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  clock = createManualClock();
  provider = createSandboxPaymentProvider({
    host: '127.0.0.1',
    port: 0,
    clock,
    random: systemRandom,
    key: 'k',
    webhookSecret: 's',
    payImmediately: true,
  });
  ({ url } = await provider.start());
});
afterEach(async () => {
  await provider.stop();
  await new Promise((resolve) => listener.close(resolve));
});

type Shown = { id: string; state: string; held: number; paid: number; refunded: number };
/** @param key The idempotency key; '' sends none. */
async function call(path: string, body?: object, key = path): Promise<Shown> {
  const headers = {
    authorization: 'Bearer k',
    'content-type': 'application/json',
    ...(key !== '' && { 'idempotency-key': key }),
  };
  const response = await fetch(
    url + path,
    body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers },
  );
  return (await response.json()) as Shown;
}
const link = (mode = 'charge'): Promise<Shown> => {
  const { port } = listener.address() as AddressInfo;
  return call('/payments', {
    order_id: 'o',
    currency: 'INR',
    amount: 1000,
    mode,
    notify_url: `http://127.0.0.1:${port}/`,
  });
};

describe('pending answers', () => {
  it('show a refund in the totals only after its time, and repeat it to the same key', async () => {
    const { id } = await link();
    provider.misbehaviour.pendingMs = 60_000;
    expect(await call(`/payments/${id}/refunds`, { amount: 400 })).toMatchObject({ paid: 1000, refunded: 0 });
    expect(await call(`/payments/${id}/refunds`, { amount: 400 })).toMatchObject({ refunded: 0 });
    expect(await call(`/payments/${id}`)).toMatchObject({ refunded: 0 });
    await clock.advance(60_000);
    expect(await call(`/payments/${id}`)).toMatchObject({ refunded: 400 });
    expect(provider.refunds).toHaveLength(1);
  });

  it('show a capture only after its time', async () => {
    const { id } = await link('hold');
    provider.misbehaviour.pendingMs = 60_000;
    expect(await call(`/payments/${id}/capture`, { amount: 300 })).toMatchObject({ state: 'held', paid: 0 });
    await clock.advance(60_000);
    expect(await call(`/payments/${id}`)).toMatchObject({ state: 'paid', paid: 300 });
  });

  it('never come when their time is not finite', async () => {
    const { id } = await link();
    provider.misbehaviour.pendingMs = Infinity;
    await call(`/payments/${id}/refunds`, { amount: 400 });
    await clock.advance(86_400_000);
    expect(await call(`/payments/${id}`)).toMatchObject({ refunded: 0 });
  });
});

describe('money that is taken back', () => {
  it('is a failed payment of 0 after a chargeback, with a webhook', async () => {
    const { id } = await link();
    provider.chargeBack(id);
    expect(await call(`/payments/${id}`)).toMatchObject({ state: 'failed', paid: 0 });
    await clock.advance(10);
    await eventually('the webhook arrives', () => notified.some(({ state, paid }) => state === 'failed' && paid === 0));
  });

  it('may be a refund that is undone', async () => {
    const { id } = await link();
    await call(`/payments/${id}/refunds`, { amount: 400 });
    provider.undoRefunds(id);
    expect(await call(`/payments/${id}`)).toMatchObject({ state: 'paid', paid: 1000, refunded: 0 });
  });
});

it('loses as many webhooks as it is told to, and sends the next', async () => {
  provider.misbehaviour.loseNextWebhooks = 1;
  const { id } = await link();
  await clock.advance(10);
  await call(`/payments/${id}/refunds`, { amount: 400 });
  await clock.advance(10);
  await eventually('the second arrives', () => notified.length > 0);
  expect(notified).toEqual([expect.objectContaining({ refunded: 400 })]);
});

it('is away for look-ups too when it is told to be', async () => {
  const { id } = await link();
  provider.misbehaviour.away = true;
  expect(await call(`/payments/${id}`)).toEqual({ error: 'try again later' });
  provider.misbehaviour.away = false;
  expect(await call(`/payments/${id}`)).toMatchObject({ paid: 1000 });
});

it('carries out every request without an idempotency key', async () => {
  const { id } = await link();
  expect(await call(`/payments/${id}/refunds`, { amount: 400 }, '')).toMatchObject({ refunded: 400 });
  expect(await call(`/payments/${id}/refunds`, { amount: 100 }, '')).toMatchObject({ refunded: 500 });
  expect(provider.refunds.map(({ amount }) => amount)).toEqual([400, 100]);
});
