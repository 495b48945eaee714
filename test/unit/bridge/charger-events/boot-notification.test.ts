/** A boot and another change of the charge point's record do not undo each other, and a first boot is saved once. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChargePointRecord } from '../../../../src/ports/stored-records.js';
import { createBridgeHarness, type BridgeHarness } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

async function stored(): Promise<ChargePointRecord | undefined> {
  return (await harness.store.listChargePoints()).find(({ id }) => id === 'CP1');
}

it.each([
  ['before', true],
  ['after', false],
])('keeps the register of an order that an operator closes %s the boot is written', async (_when, isWriteLate) => {
  await harness.connect();
  const { id } = await harness.confirm({ wh: 90_000 });
  const transactionId = await harness.startTransaction(await harness.order(id), 100);
  await harness.clock.advance(60_000);
  await harness.sendSamples(1, [{ registerWh: 600 }], transactionId);
  await harness.clock.advance(60_000);
  const commit = harness.store.commit.bind(harness.store);
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let isFirst = true;
  Object.assign(harness.store, {
    async commit(batch: Parameters<typeof commit>[0]) {
      const isDelayed = isFirst;
      isFirst = false;
      if (isDelayed && isWriteLate) await released;
      await commit(batch);
      if (isDelayed) await released;
    },
  });

  const boot = harness.sendEvent({ type: 'booted', boot: { model: 'B' } });
  await settle(10);
  expect(await harness.bridge.operatorCommands.close(id, 'operator', 'by hand')).toBeUndefined();
  release();
  await boot;
  await settle(10);

  const expected = { registers: { 1: { wh: 600 } }, boot: { model: 'B' }, bootedAt: harness.clock.now() };
  expect(harness.bridge.chargePoints.record('CP1')).toMatchObject(expected);
  expect(await stored()).toMatchObject(expected);
});

it('saves the first boot of a charge point once', async () => {
  let commits = 0;
  const commit = harness.store.commit.bind(harness.store);
  Object.assign(harness.store, {
    commit(batch: Parameters<typeof commit>[0]) {
      commits += batch.chargePoints ? 1 : 0;
      return commit(batch);
    },
  });
  await harness.connect();
  expect(commits).toBe(1);
  expect(await stored()).toMatchObject({ accepted: true });
});
