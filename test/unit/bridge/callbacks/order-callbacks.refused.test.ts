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
  const refusals = (): number => harness.events.of('callback.failed').length - failures;
  const found = async (): Promise<unknown[]> =>
    (await harness.store.listDiscrepancies({ limit: 100 })).sort((a, b) => (a.detail < b.detail ? -1 : 1));
  const rows = (): object[] => [
    { kind: 'callback-refused', amount: 1, detail: `on_cancel (answer): ${reason}` },
    {
      kind: 'callback-refused',
      amount: refusals(),
      detail: `on_status (terminal): ${reason}; retried until its deadline; the last of ${refusals()} refusals`,
    },
  ];
  expect(await found()).toMatchObject(rows());
  await harness.restart();
  await passed(5);
  expect(refusals()).toBeGreaterThan(5);
  expect(await found()).toMatchObject(rows());
  harness.behaviour.delivery = { kind: 'delivered' };
  await passed(5);
  expect(harness.callbacks.map(({ action }) => action).slice(-1)).toEqual(['on_status']);
});
