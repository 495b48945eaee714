/** A refusal is answered before the order's next decision, even if its save takes longer. */
import { expect, it } from 'vitest';
import { createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

it('a later change of the order waits for the answer', async () => {
  let endSave: (() => void) | undefined;
  const harness = await createBridgeHarness();
  await harness.connect();
  await harness.disconnect();
  const { store } = harness;
  const commit = store.commit.bind(store);
  store.commit = async (batch) => {
    if (batch.acceptedRequest?.owed) await new Promise<void>((resolve) => (endSave = resolve));
    return commit(batch);
  };
  await harness.confirm();
  const otherConnector = { itemIds: [{ id: 'CP1-2', path: 'message.order.items[0].id' }] };
  const refused = harness.sendRequest({ type: 'update', items: otherConnector }, 'update');
  await settle(10);
  const accepted = harness.sendRequest({ type: 'update', billing: { name: 'B' } }, 'update');
  await settle(10);
  endSave?.();
  expect(await Promise.all([refused, accepted])).toEqual([{ ack: true }, { ack: true }]);
  await settle(20);
  const updates = harness.callbacks.filter(({ action }) => action === 'on_update');
  expect(updates.map(({ body }) => 'error' in body)).toEqual([true, false]);
  await harness.stop();
});
