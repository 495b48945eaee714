/** How long the bridge retries a callback that it cannot deliver: as long as the request's ttl, within bounds. */
import { expect, it } from 'vitest';
import { createBridgeHarness, POLICY } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';
import { openPipeline } from '../../../conformance/beckn/open-pipeline.js';
import { contextOf, PEER } from '../../beckn/samples.js';

it.each([
  ['PT5S', POLICY.giveUpAfterMs.answer],
  ['PT2H', 7_200_000],
  ['P9000Y', POLICY.giveUpAfterMs.terminal],
  ['PT99999999999999999999999H', POLICY.giveUpAfterMs.terminal],
])('a ttl of %s', async (ttl, giveUpAfterMs) => {
  const harness = await createBridgeHarness();
  harness.behaviour.delivery = { kind: 'failed', reason: 'HTTP 503' };
  const timestamp = new Date(harness.clock.now()).toISOString();
  const context = contextOf('search', { ttl, timestamp, bpp_id: 'bpp' });
  const rawBody = Buffer.from(JSON.stringify({ context, message: { intent: {} } }));
  expect(await openPipeline(harness, PEER).process({ action: 'search', rawBody, headers: {} })).toMatchObject({
    status: 200,
  });
  await settle(10);
  const [owed] = harness.bridge.owedRequests();
  expect(owed?.owed?.giveUpAt).toBe(harness.clock.now() + giveUpAfterMs);
  await harness.stop();
});
