/** Boots that are not accepted: who says so, how long it holds, and what an order makes of it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { BootPolicies } from '../../../src/bridge/charge-points/boot-policy.js';
import { StoreFault } from '../../../src/ports/store.js';
import { type BridgeWorld, createBridgeWorld } from '../../fakes/bridge-world.js';

let world: BridgeWorld;
beforeEach(async () => {
  await loadSodium();
  world = await createBridgeWorld();
});
afterEach(() => world.stop());

describe('how a boot is answered', () => {
  it('is as the settings say until an operator has spoken, and then as he said, over restarts', async () => {
    const answers = new BootPolicies(world.store, (id) => (id === 'A|1' ? 'pending' : 'accept'));
    expect([answers.policyOf('A|1'), answers.policyOf('B')]).toEqual(['pending', 'accept']);
    await answers.set('A|1', 'reject');
    const again = new BootPolicies(world.store, () => 'pending');
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
    const { operatorCommands: operator } = world.bridge;
    expect(await operator.setBootPolicy('nobody', 'pending')).toBe(false);
    await world.connect();
    expect(await operator.setBootPolicy('CP1', 'pending')).toBe(true);
    await world.charger({ type: 'booted', boot: {} });
    const order = await world.confirm();
    expect(world.commands).toEqual([]);
    await world.restart();
    expect(world.bridge.chargerEvents.bootStatus('CP1')).toBe('Pending');
    // Its silence says nothing: a held one is not spoken to when it has only come back.
    world.bridge.chargerEvents.chargerConnected('CP1', { version: '1.6', generation: 9 });
    await world.clock.advance(5000);
    await world.charger({ type: 'heartbeat' });
    expect(world.commands).toEqual([]);
    await world.bridge.operatorCommands.setBootPolicy('CP1', 'accept');
    await world.connect();
    expect(world.bridge.chargerEvents.bootStatus('CP1')).toBeUndefined();
    expect(world.commands.filter(({ type }) => type === 'remote-start')).toMatchObject([{ idTag: order.idTag }]);
  });

  it('is asked to boot when it may go on, and only then', async () => {
    const { operatorCommands: operator } = world.bridge;
    for (const answer of ['accept', 'pending', 'reject'] as const) {
      await operator.setBootPolicy('CP1', answer);
      await world.connect();
    }
    await operator.setBootPolicy('CP1', 'accept');
    expect(world.commands).toEqual([]);
    await operator.setBootPolicy('CP1', 'pending');
    await world.connect();
    await operator.setBootPolicy('CP1', 'reject');
    await operator.setBootPolicy('CP1', 'accept');
    expect(world.commands).toEqual([{ type: 'trigger-message', requestedMessage: 'BootNotification' }]);
  });
});
