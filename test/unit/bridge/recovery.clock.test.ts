/** An order does not wait longer because the host's clock was set back while no process was running. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BridgeHarness, createBridgeHarness } from '../../fakes/bridge-harness.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

async function restartWithClockSetBack(): Promise<void> {
  harness.clock.step(-DAY);
  await harness.restart();
}

it('an order that waits for its charger ends in time', async () => {
  await harness.connect();
  await harness.disconnect();
  const order = await harness.confirm();
  await restartWithClockSetBack();
  await harness.clock.advance(HOUR);
  expect(await harness.order(order.id)).toMatchObject({ state: 'failed', outcome: { code: 'charger-offline' } });
});

it('an order that waits for its transaction ends in time, and starts nothing later', async () => {
  await harness.connect();
  const order = await harness.confirm();
  await restartWithClockSetBack();
  await harness.clock.advance(HOUR);
  await harness.connect();
  expect(await harness.order(order.id)).toMatchObject({ state: 'failed', outcome: { code: 'start-timeout' } });
  expect(harness.commands.filter(({ type }) => type === 'remote-start')).toHaveLength(1);
});
