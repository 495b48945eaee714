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

it('sells nothing, not even right after our start, at a charge point whose boot was never accepted', async () => {
  await harness.stop();
  harness = await createBridgeHarness();
  await expect(harness.confirm()).rejects.toThrow('the confirm made no order');
  harness.behaviour.diskFull = true;
  await harness.connect('CP1', { boots: false });
  await expect(harness.sendEvent({ type: 'booted', boot: {} })).rejects.toThrow();
  harness.behaviour.diskFull = false;
  await expect(harness.confirm()).rejects.toThrow('the confirm made no order');
  await harness.sendEvent({ type: 'booted', boot: {} });
  await harness.restart();
  expect((await harness.confirm()).state).toBe('confirmed');
});
