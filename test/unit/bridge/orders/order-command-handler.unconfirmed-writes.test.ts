/** An order whose first save was kept though its answer was lost: what it owes goes out, whoever speaks of it next. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

it('is started when the buyer app confirms again before the store is asked', async () => {
  harness.behaviour.answersLost = true;
  await expect(harness.confirm()).rejects.toThrow();
  harness.behaviour.answersLost = false;

  const order = await harness.confirm();
  await settle(10);

  expect(order.state).toBe('starting');
  expect(harness.commands.filter(({ type }) => type === 'remote-start')).toHaveLength(1);
  await harness.clock.advance(5000);
  expect(harness.commands.filter(({ type }) => type === 'remote-start')).toHaveLength(1);
  expect(harness.callbacks.filter(({ action }) => action === 'on_confirm')).toHaveLength(2);
});
