/** A terminal status that a buyer app refuses raises one discrepancy, however often it is retried. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

it('opens one row for a terminal status that is refused again and again', async () => {
  const order = await harness.confirm();
  const transactionId = await harness.startTransaction(order, 1000);
  harness.behaviour.delivery = { kind: 'failed', reason: 'HTTP 503' };
  await harness.clock.advance(60_000);
  await harness.sendEvent({
    type: 'transaction-stopped',
    transactionId,
    meterStopWh: 1500,
    at: harness.clock.now(),
    reason: 'Local',
    samples: [],
    raw: '{}',
  });
  await settle(10);
  harness.behaviour.delivery = { kind: 'refused', reason: 'NACK 40000' };
  for (let i = 0; i < 5; i++) await harness.clock.advance(60_000);

  expect((await harness.discrepancies()).filter((kind) => kind === 'callback-refused')).toHaveLength(1);
  expect((await harness.order(order.id)).effects.filter(({ kind }) => kind === 'callback')).toHaveLength(1);
});
