/** A terminal status that the buyer app refuses is retried, with one discrepancy for all attempts. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
  await harness.confirm();
});
afterEach(() => harness.stop());

async function passed(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await harness.clock.advance(5000);
    await settle(20);
  }
}

it.each(['NACK: no such order', 'HTTP 400: no such order'])('%s', async (reason) => {
  harness.behaviour.delivery = { kind: 'failed', reason: 'HTTP 503' };
  await harness.sendRequest({ type: 'cancel' }, 'cancel');
  await passed(2);
  expect(await harness.discrepancies()).toEqual([]);
  const failures = harness.events.of('callback.failed').length;
  // The refusal of the on_cancel is final, but the terminal on_status is retried.
  harness.behaviour.delivery = { kind: 'refused', reason };
  await passed(5);
  const row = (attempts: number): object => ({
    kind: 'callback-refused',
    amount: attempts,
    detail: `on_status (terminal): ${reason}; retried until its deadline; the last of ${attempts} refusals`,
  });
  const refusals = (): number =>
    harness.events.of('callback.refused').length + harness.events.of('callback.failed').length - failures;
  const found = (): Promise<unknown[]> => harness.store.listDiscrepancies({ limit: 100 });
  expect(await found()).toMatchObject([row(refusals())]);
  await harness.restart();
  await passed(5);
  expect(refusals()).toBeGreaterThan(5);
  expect(await found()).toMatchObject([row(refusals())]);
  harness.behaviour.delivery = { kind: 'delivered' };
  await passed(5);
  expect(harness.callbacks.map(({ action }) => action).slice(-1)).toEqual(['on_status']);
});
