/** A terminal status that a buyer app refuses is a person's matter once, however often it is tried. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeWorld, type BridgeWorld } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';

let world: BridgeWorld;
beforeEach(async () => {
  world = await createBridgeWorld();
  await world.connect();
});
afterEach(() => world.stop());

it('opens one row for a terminal status that is refused again and again', async () => {
  const order = await world.confirm();
  const transactionId = await world.begin(order, 1000);
  world.behave.delivery = { kind: 'failed', reason: 'HTTP 503' };
  await world.clock.advance(60_000);
  await world.charger({
    type: 'transaction-stopped',
    transactionId,
    meterStopWh: 1500,
    at: world.clock.now(),
    reason: 'Local',
    samples: [],
    raw: '{}',
  });
  await settle(10);
  world.behave.delivery = { kind: 'refused', reason: 'NACK 40000' };
  for (let i = 0; i < 5; i++) await world.clock.advance(60_000);

  expect((await world.rows()).filter((kind) => kind === 'callback-refused')).toHaveLength(1);
  expect((await world.order(order.id)).effects.filter(({ kind }) => kind === 'callback')).toHaveLength(1);
});
