/** Credentials in a charger's reported configuration are not stored. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const stored = async () => JSON.stringify(await harness.store.chargePoint('CP1'));

it('are not stored from a 1.6 configuration', async () => {
  harness.bridge.chargerEvents.configurationRead('CP1', { AuthorizationKey: 'PLAIN-SECRET', HeartbeatInterval: '300' });
  await settle(20);
  expect(await stored()).toContain('"HeartbeatInterval":"300"');
  expect(await stored()).toContain('"AuthorizationKey":"***"');
  expect(await stored()).not.toContain('PLAIN-SECRET');
});

it('are not stored from a 2.x report', async () => {
  const variables = { 'SecurityCtrlr.BasicAuthPassword': 'PLAIN-SECRET', 'OCPPCommCtrlr.HeartbeatInterval': '300' };
  await harness.sendEvent({ type: 'variables-reported', variables });
  expect(await stored()).toContain('HeartbeatInterval');
  expect(await stored()).not.toContain('PLAIN-SECRET');
});
