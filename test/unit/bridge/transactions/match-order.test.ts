/**
 * Requests refer to the newest order of a Beckn transaction, even while an earlier order's end is still undelivered.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CallbackSender } from '../../../../src/ports/callback-delivery.js';
import { buyerKey } from '../../../../src/domain/model/order.js';
import { statedAmount } from '../../../fakes/buyer-requests.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const ITEMS = { itemIds: [{ id: 'CP1-1', path: 'message.order.items[0].id' }] };
const LIMIT = { limit: { kind: 'energy', value: 10_000 } } as const;
/** Delivers all callbacks except on_status, which fails. */
const sender: CallbackSender = {
  send: ({ action }) =>
    Promise.resolve(action === 'on_status' ? { kind: 'failed', reason: 'network' } : { kind: 'delivered' }),
};
let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness(undefined, undefined, { callbackSender: sender } as object);
  await harness.connect();
});
afterEach(() => harness.stop());

it('the newest one is meant, over a restart too', async () => {
  const first = await harness.confirm();
  await harness.sendRequest({ type: 'cancel', orderId: first.id }, 'cancel');
  await harness.clock.advance(10_000);
  await harness.sendRequest({ type: 'select', items: ITEMS, limit: LIMIT }, 'select');
  await settle(20);
  const second = await harness.store.orderByTransaction(buyerKey(first.customer), 'tx-1');
  expect([second?.state, second?.id === first.id]).toEqual(['draft', false]);
  await harness.restart();
  await harness.connect();
  const receipt = await harness.sendRequest(
    { type: 'confirm', items: ITEMS, limit: LIMIT, payment: { paid: statedAmount(10_000) } },
    'confirm',
  );
  expect(receipt).toEqual({ ack: true });
  await settle(20);
  expect(await harness.order(second?.id ?? '')).toMatchObject({ state: 'starting' });
});
