/** An unexpected error while a command is sent, or its result saved, is reported as a bug unless the store raised it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

it('a TypeError on the way to a RemoteStart is a bug, not a failure of the store', async () => {
  const error = new TypeError('command is undefined');
  harness.behaviour.answer = () => {
    throw error;
  };
  const { id } = await harness.confirm();
  expect(harness.events.of('bug')).toEqual([{ where: 'remote start or stop', orderId: id, error }]);
  expect(harness.events.of('store.failed')).toEqual([]);
});

it('a result of a RemoteStart that cannot be saved is a failure of the store', async () => {
  harness.behaviour.answer = () => {
    harness.behaviour.diskFull = true;
    return { kind: 'answered', status: 'Accepted', payload: {} };
  };
  await harness.confirm();
  expect(harness.events.of('store.failed')).toContainEqual(expect.objectContaining({ where: 'remote start or stop' }));
  expect(harness.events.of('bug')).toEqual([]);
  harness.behaviour.diskFull = false;
});
