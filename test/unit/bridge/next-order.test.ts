/** A transaction whose order has ended carries a new one, though the money of the old one is waited for at a restart. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeWorld, type BridgeWorld } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';
import { createFakeProvider } from '../../fakes/payment-provider.js';

const ITEMS = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };
const WISH = { items: ITEMS, limit: { limit: { kind: 'energy', value: 10_000 } } } as const;

let world: BridgeWorld;
beforeEach(async () => {
  world = await createBridgeWorld(undefined, undefined, {
    paymentProvider: createFakeProvider(),
    buyerTerms: () => ({ paymentModels: ['bpp-postpaid'] }),
  });
  await world.connect();
});
afterEach(() => world.stop());

it('is confirmed after a restart', async () => {
  const first = await world.confirm();
  const transactionId = await world.begin(first, 1000);
  await world.clock.advance(60_000);
  const stopped = { meterStopWh: 1500, at: world.clock.now(), reason: 'Local', samples: [], raw: '{}' } as const;
  await world.charger({ type: 'transaction-stopped', transactionId, ...stopped });
  await world.clock.advance(30_000);
  expect(await world.ask({ type: 'init', ...WISH }, 'init')).toEqual({ ack: true });
  await settle(10);
  expect(world.bridge.openOrders().map(({ id }) => id)).toEqual([first.id]);

  await world.restart();
  await world.connect();
  const second = await world.confirm();

  expect(second.id).not.toBe(first.id);
  expect(second.state).toBe('starting');
});
