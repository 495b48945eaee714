/** A terminal status that the buyer app refuses: tried again, and one row of it however often. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BridgeWorld, createBridgeWorld } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';

let world: BridgeWorld;
beforeEach(async () => {
  world = await createBridgeWorld();
  await world.connect();
  await world.confirm();
});
afterEach(() => world.stop());

async function passed(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await world.clock.advance(5000);
    await settle(20);
  }
}

it.each(['NACK: no such order', 'HTTP 400: no such order'])('%s', async (reason) => {
  world.behave.delivery = { kind: 'failed', reason: 'HTTP 503' };
  await world.ask({ type: 'cancel' }, 'cancel');
  await passed(2);
  expect(await world.rows()).toEqual([]);
  // The answer to the cancel is refused for good, the status of its end insists.
  world.behave.delivery = { kind: 'refused', reason };
  await passed(5);
  const detail = (action: string): RegExp => new RegExp(`^${action} .*${reason}`);
  const rows = ['on_cancel', 'on_status'].map((action) => ({
    kind: 'callback-refused',
    detail: expect.stringMatching(detail(action)) as string,
  }));
  const found = async (): Promise<unknown[]> =>
    (await world.store.listDiscrepancies({ limit: 100 })).sort((a, b) => (a.detail < b.detail ? -1 : 1));
  expect(await found()).toMatchObject(rows);
  await world.restart();
  await passed(5);
  expect(await found()).toMatchObject(rows);
  const refusals = world.events.of('callback.failed').length;
  world.behave.delivery = { kind: 'delivered' };
  await passed(5);
  expect(world.told.map(({ action }) => action).slice(-1)).toEqual(['on_status']);
  expect(refusals).toBeGreaterThan(5);
});
