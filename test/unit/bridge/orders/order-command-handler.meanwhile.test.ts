/** A charger connects while a confirm is being saved: neither sees the other, but the order still starts. */
import { expect, it } from 'vitest';
import { createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

it('starts an order whose charger came while it was being saved', async () => {
  // Either of the two may be a few turns ahead of the other.
  for (let ahead = 0; ahead < 8; ahead++) {
    const harness = await createBridgeHarness();
    await harness.connect();
    await harness.disconnect();
    await harness.restart();
    harness.bridge.chargerEvents.chargerConnected('CP1', { version: '1.6', generation: 2 });
    const booted = harness.sendEvent({ type: 'booted', boot: {} });
    await settle(ahead);
    const order = await harness.confirm();
    await booted;
    await settle(20);
    expect((await harness.order(order.id)).state, `${ahead} turns ahead`).toBe('starting');
    expect(harness.commands.filter(({ type }) => type === 'remote-start')).toHaveLength(1);
    await harness.stop();
  }
});
