/** How long an answer is owed that cannot be delivered: its asker's ttl counts, within reason. */
import { expect, it } from 'vitest';
import { createBridgeWorld, POLICY } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';
import { openDoor } from '../../conformance/beckn/open-door.js';
import { contextOf, PEER } from '../beckn/samples.js';

it.each([
  ['PT5S', POLICY.giveUpAfterMs.answer],
  ['PT2H', 7_200_000],
  ['P9000Y', POLICY.giveUpAfterMs.terminal],
  ['PT99999999999999999999999H', POLICY.giveUpAfterMs.terminal],
])('a ttl of %s', async (ttl, giveUpAfterMs) => {
  const world = await createBridgeWorld();
  world.behave.delivery = { kind: 'failed', reason: 'HTTP 503' };
  const timestamp = new Date(world.clock.now()).toISOString();
  const context = contextOf('search', { ttl, timestamp, bpp_id: 'bpp' });
  const rawBody = Buffer.from(JSON.stringify({ context, message: { intent: {} } }));
  expect(await openDoor(world, PEER).process({ action: 'search', rawBody, headers: {} })).toMatchObject({
    status: 200,
  });
  await settle(10);
  const [owed] = world.bridge.owedRequests();
  expect(owed?.owed?.giveUpAt).toBe(world.clock.now() + giveUpAfterMs);
  await world.stop();
});
