/** A refusal goes out between the callbacks of an order that were decided before and after it, and shows its time. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

const SECOND_MS = 1000;
let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
  await harness.disconnect();
});
afterEach(() => harness.stop());

interface Sent {
  readonly context: { readonly timestamp: string };
  readonly error?: unknown;
}

/** Returns for each callback whether it is the refusal, and its timestamp. */
function sent(): { refused: boolean; timestamp: string }[] {
  return (harness.callbacks as unknown as { body: Sent }[]).map(({ body }) => ({
    refused: body.error !== undefined,
    timestamp: body.context.timestamp,
  }));
}

/** Refuses a request while the buyer app is away, and then lets the order's session begin. Returns when it refused. */
async function refuseWhileAway(): Promise<string> {
  harness.behaviour.delivery = { kind: 'failed', reason: 'HTTP 503' };
  const order = await harness.confirm();
  await harness.clock.advance(SECOND_MS);
  const refusedAt = new Date(harness.clock.now()).toISOString();
  const otherConnector = { itemIds: [{ id: 'CP1-2', path: 'message.order.items[0].id' }] };
  expect(await harness.sendRequest({ type: 'update', items: otherConnector }, 'update')).toEqual({ ack: true });
  await harness.clock.advance(SECOND_MS);
  await harness.connect();
  await harness.clock.advance(SECOND_MS);
  await harness.startTransaction(order, 1000);
  await harness.clock.advance(SECOND_MS);
  return refusedAt;
}

async function expectInSequence(refusedAt: string): Promise<void> {
  for (let time = 0; time < 10; time++) {
    await harness.clock.advance(2 * SECOND_MS);
    await settle(20);
  }
  const times = sent().map(({ timestamp }) => timestamp);
  expect(sent()[1]).toEqual({ refused: true, timestamp: refusedAt });
  expect(times.length).toBeGreaterThan(2);
  expect(times).toEqual(times.toSorted());
}

it('while the process runs', async () => {
  const refusedAt = await refuseWhileAway();
  harness.behaviour.delivery = { kind: 'delivered' };
  await expectInSequence(refusedAt);
});

it('after a restart', async () => {
  const refusedAt = await refuseWhileAway();
  harness.behaviour.delivery = { kind: 'delivered' };
  await harness.restart();
  await expectInSequence(refusedAt);
});
