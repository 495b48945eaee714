/** A buyer app that moves while its order lives: what it is told follows it, also what was owed before. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ueiCharging } from '../../../src/beckn/dialects/uei-charging/index.js';
import type { BuyerRequest } from '../../../src/ports/buyer-requests.js';
import type { CallbackSender } from '../../../src/ports/callback-delivery.js';
import { valueAt } from '../../../src/beckn/protocol/json-reading.js';
import { type BridgeWorld, createBridgeWorld } from '../../fakes/bridge-world.js';
import { submit } from '../../fakes/buyer-requests.js';
import { settle } from '../../fakes/manual-clock.js';

const MOVED = 'https://new.bap.example';
let world: BridgeWorld;
beforeEach(async () => {
  world = await createBridgeWorld();
  await world.connect();
});
afterEach(() => world.stop());

async function fromNewPlace(action: string, request: BuyerRequest): Promise<void> {
  const receipt = await submit(world.bridge.buyerRequests, {
    network: 'main',
    bapId: 'bap',
    bapUri: MOVED,
    dialect: ueiCharging.name,
    action,
    messageId: 'm-moved',
    becknTransactionId: 'tx-1',
    digest: 'd-moved',
    replyContext: { domain: 'uei:charging', version: '1.0.0' },
    receivedAt: world.clock.now(),
    request,
  });
  expect(receipt).toEqual({ ack: true });
  await settle(20);
}

it('is answered and told the end where it is now, over a restart too', async () => {
  const order = await world.confirm();
  await world.begin(order, 1000);
  const before = world.told.length;
  await fromNewPlace('update', { type: 'stop', reply: 'at-end', orderId: order.id });
  await world.restart();
  await world.connect();
  const { session } = await world.order(order.id);
  await world.charger({
    type: 'transaction-stopped',
    transactionId: session?.transactionId ?? '',
    idTag: order.idTag ?? '',
    meterStopWh: 1500,
    at: world.clock.now(),
    reason: 'Remote',
    samples: [],
    raw: '{}',
  });
  await settle(20);
  const told = world.told.slice(before).map(({ action, body }) => [action, valueAt(body, 'context', 'bap_uri')]);
  expect(told).toContainEqual(['on_update', MOVED]);
  expect(told).toContainEqual(['on_status', MOVED]);
  expect(told.filter(([, uri]) => uri !== MOVED)).toEqual([]);
});

it('gets what was owed at its old place', async () => {
  await world.stop();
  const sent: string[] = [];
  const sender: CallbackSender = {
    send: ({ action, bapUri }) => {
      sent.push(`${action} ${bapUri}`);
      return Promise.resolve(bapUri === MOVED ? { kind: 'delivered' } : { kind: 'failed', reason: 'network' });
    },
  };
  world = await createBridgeWorld(undefined, undefined, { callbackSender: sender } as object);
  await world.connect();
  const order = await world.confirm();
  await fromNewPlace('cancel', { type: 'cancel', orderId: order.id });
  await world.clock.advance(10_000);
  await settle(20);
  expect(sent).toContain('on_confirm https://bap.example');
  expect(sent.slice(-3)).toEqual([`on_confirm ${MOVED}`, `on_cancel ${MOVED}`, `on_status ${MOVED}`]);
});
