/** Boots answered Pending or Rejected: which setting applies, for how long, and the effect on orders. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { BootPolicies } from '../../../../src/bridge/charge-points/boot-policy.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

describe('how a boot is answered', () => {
  it('is as the settings say until an operator has spoken, and then as he said, over restarts', async () => {
    const answers = new BootPolicies(harness.store, (id) => (id === 'A|1' ? 'pending' : 'accept'));
    expect([answers.policyOf('A|1'), answers.policyOf('B')]).toEqual(['pending', 'accept']);
    await answers.set('A|1', 'reject');
    const again = new BootPolicies(harness.store, () => 'pending');
    await again.load();
    expect([again.policyOf('A|1'), again.policyOf('B')]).toEqual(['reject', 'pending']);
  });

  it('is not changed when that could not be kept', async () => {
    const values = { values: async () => [], putValue: () => Promise.reject(new StoreFault('disk full')) };
    const answers = new BootPolicies(values);
    await expect(answers.set('A', 'reject')).rejects.toThrow(StoreFault);
    expect(answers.policyOf('A')).toBe('accept');
  });
});

describe('a charge point whose boot is not accepted', () => {
  it('stays so over a restart until it boots again, and orders wait for it', async () => {
    const { operatorCommands: operator } = harness.bridge;
    expect(await operator.setBootPolicy('nobody', 'pending')).toBe(false);
    await harness.connect();
    await harness.disconnect();
    const order = await harness.confirm();
    expect(await operator.setBootPolicy('CP1', 'pending')).toBe(true);
    await harness.connect();
    expect(harness.commands).toEqual([]);
    await harness.restart();
    expect(harness.bridge.chargerEvents.bootStatus('CP1')).toBe('Pending');
    // A reconnect without a boot changes nothing: the charger is still Pending and receives no calls.
    harness.bridge.chargerEvents.chargerConnected('CP1', { version: '1.6', generation: 9 });
    await harness.clock.advance(5000);
    await harness.sendEvent({ type: 'heartbeat' });
    expect(harness.commands).toEqual([]);
    await harness.bridge.operatorCommands.setBootPolicy('CP1', 'accept');
    await harness.connect();
    expect(harness.bridge.chargerEvents.bootStatus('CP1')).toBeUndefined();
    expect(harness.commands.filter(({ type }) => type === 'remote-start')).toMatchObject([{ idTag: order.idTag }]);
  });

  it('is asked to boot when it may go on, and only then', async () => {
    const { operatorCommands: operator } = harness.bridge;
    for (const answer of ['accept', 'pending', 'reject'] as const) {
      await operator.setBootPolicy('CP1', answer);
      await harness.connect();
    }
    await operator.setBootPolicy('CP1', 'accept');
    expect(harness.commands).toEqual([]);
    await operator.setBootPolicy('CP1', 'pending');
    await harness.connect();
    await operator.setBootPolicy('CP1', 'reject');
    await operator.setBootPolicy('CP1', 'accept');
    expect(harness.commands).toEqual([{ type: 'trigger-message', requestedMessage: 'BootNotification' }]);
  });
});
