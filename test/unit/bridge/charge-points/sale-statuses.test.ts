/** Whether a charge point's absence keeps its connectors from being sold. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { type BridgeHarness, createBridgeHarness, POLICY } from '../../../fakes/bridge-harness.js';

const HALF_AN_HOUR = 1_800_000;

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
  await harness.clock.advance(HALF_AN_HOUR);
});
afterEach(() => harness.stop());

it('sells a connector while a newer socket replaces the ready one of its charge point', async () => {
  await harness.connect('CP1', { boots: false });
  const order = await harness.confirm();
  expect(order.state).toBe('confirmed');
  await harness.sendEvent({ type: 'booted', boot: {} });
  expect((await harness.order(order.id)).state).toBe('starting');
});

it('sells nothing at a charge point that has been away for as long as an order would wait for it', async () => {
  await harness.disconnect();
  await harness.clock.advance(POLICY.pendingMs);
  await expect(harness.confirm()).rejects.toThrow('the confirm made no order');
});
