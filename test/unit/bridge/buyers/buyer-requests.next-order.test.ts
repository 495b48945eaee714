/** A transaction whose order has ended can carry a new one, even if a restart finds the old payment still pending. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { createFakeProvider } from '../../../fakes/payment-provider.js';

const ITEMS = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };
const WISH = { items: ITEMS, limit: { limit: { kind: 'energy', value: 10_000 } } } as const;

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness(undefined, undefined, {
    paymentProvider: createFakeProvider(),
    buyerTerms: () => ({ paymentModels: ['bpp-postpaid'] }),
  });
  await harness.connect();
});
afterEach(() => harness.stop());

it('is confirmed after a restart', async () => {
  const first = await harness.confirm();
  const transactionId = await harness.startTransaction(first, 1000);
  await harness.clock.advance(60_000);
  const stopped = { meterStopWh: 1500, at: harness.clock.now(), reason: 'Local', samples: [], raw: '{}' } as const;
  await harness.sendEvent({ type: 'transaction-stopped', transactionId, ...stopped });
  await harness.clock.advance(30_000);
  expect(await harness.sendRequest({ type: 'init', ...WISH }, 'init')).toEqual({ ack: true });
  await settle(10);
  expect(harness.bridge.openOrders().map(({ id }) => id)).toEqual([first.id]);

  await harness.restart();
  await harness.connect();
  const second = await harness.confirm();

  expect(second.id).not.toBe(first.id);
  expect(second.state).toBe('starting');
});
