/** A buyer app changes its address during an order: all callbacks follow, including those owed before. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ueiCharging } from '../../../../src/beckn/dialects/uei-charging/index.js';
import type { BuyerRequest } from '../../../../src/ports/buyer-requests.js';
import type { CallbackSender } from '../../../../src/ports/callback-delivery.js';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { submit } from '../../../fakes/buyer-requests.js';
import { settle } from '../../../fakes/manual-clock.js';

const MOVED = 'https://new.bap.example';
let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

async function fromNewPlace(action: string, request: BuyerRequest): Promise<void> {
  const receipt = await submit(harness.bridge.buyerRequests, {
    network: 'main',
    bapId: 'bap',
    bapUri: MOVED,
    dialect: ueiCharging.name,
    action,
    messageId: 'm-moved',
    becknTransactionId: 'tx-1',
    digest: 'd-moved',
    replyContext: { domain: 'uei:charging', version: '1.0.0' },
    receivedAt: harness.clock.now(),
    request,
  });
  expect(receipt).toEqual({ ack: true });
  await settle(20);
}

it('is answered and told the end where it is now, over a restart too', async () => {
  const order = await harness.confirm();
  await harness.startTransaction(order, 1000);
  const before = harness.callbacks.length;
  await fromNewPlace('update', { type: 'stop', reply: 'at-end', orderId: order.id });
  await harness.restart();
  await harness.connect();
  const { session } = await harness.order(order.id);
  await harness.sendEvent({
    type: 'transaction-stopped',
    transactionId: session?.transactionId ?? '',
    idTag: order.idTag ?? '',
    meterStopWh: 1500,
    at: harness.clock.now(),
    reason: 'Remote',
    samples: [],
    raw: '{}',
  });
  await settle(20);
  const reported = harness.callbacks
    .slice(before)
    .map(({ action, body }) => [action, valueAt(body, 'context', 'bap_uri')]);
  expect(reported).toContainEqual(['on_update', MOVED]);
  expect(reported).toContainEqual(['on_status', MOVED]);
  expect(reported.filter(([, uri]) => uri !== MOVED)).toEqual([]);
});

it('gets what was owed at its old place', async () => {
  await harness.stop();
  const sent: string[] = [];
  const sender: CallbackSender = {
    send: ({ action, bapUri }) => {
      sent.push(`${action} ${bapUri}`);
      return Promise.resolve(bapUri === MOVED ? { kind: 'delivered' } : { kind: 'failed', reason: 'network' });
    },
  };
  harness = await createBridgeHarness(undefined, undefined, { callbackSender: sender } as object);
  await harness.connect();
  const order = await harness.confirm();
  await fromNewPlace('cancel', { type: 'cancel', orderId: order.id });
  await harness.clock.advance(10_000);
  await settle(20);
  expect(sent).toContain('on_confirm https://bap.example');
  expect(sent.slice(-3)).toEqual([`on_confirm ${MOVED}`, `on_cancel ${MOVED}`, `on_status ${MOVED}`]);
});
