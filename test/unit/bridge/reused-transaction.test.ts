/** A transaction whose order has ended carries another one, while the end of the first could not be told yet. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CallbackSender } from '../../../src/ports/callback-delivery.js';
import { buyerKey } from '../../../src/domain/model/order.js';
import { type BridgeWorld, createBridgeWorld } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';

const ITEMS = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };
const LIMIT = { limit: { kind: 'energy', value: 10_000 } } as const;
/** Takes all but what tells of an end. */
const sender: CallbackSender = {
  send: ({ action }) =>
    Promise.resolve(action === 'on_status' ? { kind: 'failed', reason: 'network' } : { kind: 'delivered' }),
};
let world: BridgeWorld;
beforeEach(async () => {
  world = await createBridgeWorld(undefined, undefined, { callbackSender: sender } as object);
  await world.connect();
});
afterEach(() => world.stop());

it('the newest one is meant, over a restart too', async () => {
  const first = await world.confirm();
  await world.ask({ type: 'cancel', orderId: first.id }, 'cancel');
  await world.clock.advance(10_000);
  await world.ask({ type: 'select', items: ITEMS, limit: LIMIT }, 'select');
  await settle(20);
  const second = await world.store.orderByTransaction(buyerKey(first.customer), 'tx-1');
  expect([second?.state, second?.id === first.id]).toEqual(['draft', false]);
  await world.restart();
  await world.connect();
  const receipt = await world.ask(
    { type: 'confirm', items: ITEMS, limit: LIMIT, payment: { paid: 10_000 } },
    'confirm',
  );
  expect(receipt).toEqual({ ack: true });
  await settle(20);
  expect(await world.order(second?.id ?? '')).toMatchObject({ state: 'starting' });
});
