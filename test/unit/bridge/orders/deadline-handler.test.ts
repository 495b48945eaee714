/** Deadlines that come due while the store is unavailable. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';

const MINUTE = 60_000;

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const failedAttempts = (): number =>
  harness.events.of('store.failed').filter(({ where }) => where === 'order timer').length;

it('are tried again ever more rarely during an outage, and soon after it', async () => {
  const { id } = await harness.confirm();
  harness.behaviour.diskFull = true;
  await harness.clock.advance(60 * MINUTE);
  const attempts = failedAttempts();
  expect(attempts).toBeGreaterThan(10);
  expect(attempts).toBeLessThan((60 * MINUTE) / 16_000 + 10);

  harness.behaviour.diskFull = false;
  await harness.clock.advance(17_000);
  expect((await harness.order(id)).state).toBe('failed');
});
