/** An order whose first save was kept though its answer was lost: what it owes goes out, whoever speaks of it next. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeWorld, type BridgeWorld } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';

let world: BridgeWorld;
beforeEach(async () => {
  world = await createBridgeWorld();
  await world.connect();
});
afterEach(() => world.stop());

it('is started when the buyer app confirms again before the store is asked', async () => {
  world.behave.answersLost = true;
  await expect(world.confirm()).rejects.toThrow();
  world.behave.answersLost = false;

  const order = await world.confirm();
  await settle(10);

  expect(order.state).toBe('starting');
  expect(world.commands.filter(({ type }) => type === 'remote-start')).toHaveLength(1);
  await world.clock.advance(5000);
  expect(world.commands.filter(({ type }) => type === 'remote-start')).toHaveLength(1);
  expect(world.told.filter(({ action }) => action === 'on_confirm')).toHaveLength(2);
});
