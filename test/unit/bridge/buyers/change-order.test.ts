/** A request that changes an order is understood by the order as it is when its turn comes. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { valueAt } from '../../../../src/beckn/protocol/json-reading.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

/** How many microtasks the update comes after the start. */
const DELAYS = Array.from({ length: 16 }, (_, microtasks) => microtasks);

it.each(DELAYS)(
  'an update that comes %i microtasks after a start on another connector is accepted',
  async (microtasks) => {
    const order = await harness.confirm();
    const started = harness.startTransaction(order, 1000, 2);
    for (let n = 0; n < microtasks; n += 1) await Promise.resolve();
    await harness.sendRequest(
      { type: 'update', orderId: order.id, limit: { limit: { kind: 'energy', value: 9000 } } },
      'update',
    );
    await started;
    await settle(20);
    const reply = harness.callbacks.findLast(({ action }) => action === 'on_update')?.body;
    expect(valueAt(reply, 'error')).toBeUndefined();
    expect(await harness.order(order.id)).toMatchObject({ connector: { connectorId: 2 }, limit: { value: 9000 } });
  },
);
