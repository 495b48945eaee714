/** An error on the way to a charge point is a bug unless the store raised it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeWorld, type BridgeWorld } from '../../../fakes/bridge-world.js';

let world: BridgeWorld;
beforeEach(async () => {
  world = await createBridgeWorld();
  await world.connect();
});
afterEach(() => world.stop());

it('a TypeError on the way to a RemoteStart is a bug, not a failure of the store', async () => {
  const error = new TypeError('command is undefined');
  world.behave.answer = () => {
    throw error;
  };
  const { id } = await world.confirm();
  expect(world.events.of('bug')).toEqual([{ where: 'remote start or stop', orderId: id, error }]);
  expect(world.events.of('store.failed')).toEqual([]);
});

it('a result of a RemoteStart that cannot be saved is a failure of the store', async () => {
  world.behave.answer = () => {
    world.behave.diskFull = true;
    return { kind: 'answered', status: 'Accepted', payload: {} };
  };
  await world.confirm();
  expect(world.events.of('store.failed')).toContainEqual(expect.objectContaining({ where: 'remote start or stop' }));
  expect(world.events.of('bug')).toEqual([]);
  world.behave.diskFull = false;
});
