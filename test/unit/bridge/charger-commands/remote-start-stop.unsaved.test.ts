/** A RemoteStop at a limit is sent even while the store is unavailable; no other command is. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBridgeHarness, POLICY, type BridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

const stops = (): number => harness.commands.filter(({ type }) => type === 'remote-stop').length;

async function charge(): Promise<{ id: string; transactionId: string }> {
  const { id } = await harness.confirm({ wh: 3_000 });
  const transactionId = await harness.startTransaction(await harness.order(id), 100);
  await harness.clock.advance(110_000);
  await harness.sendSamples(1, [{ registerWh: 1_300 }], transactionId);
  await harness.clock.advance(110_000);
  return { id, transactionId };
}

it('stops a session at its limit while the store is away, once per retry interval', async () => {
  const { id, transactionId } = await charge();
  harness.behaviour.diskFull = true;
  await expect(harness.sendSamples(1, [{ registerWh: 3_200 }], transactionId)).rejects.toThrow();
  expect(stops()).toBe(1);
  await expect(harness.sendSamples(1, [{ registerWh: 3_210 }], transactionId)).rejects.toThrow();
  expect(stops()).toBe(1);
  await harness.clock.advance(POLICY.stopRetryMs + 1);
  await expect(harness.sendSamples(1, [{ registerWh: 3_220 }], transactionId)).rejects.toThrow();
  expect(stops()).toBe(2);

  harness.behaviour.diskFull = false;
  await harness.sendSamples(1, [{ registerWh: 3_230 }], transactionId);
  await harness.clock.advance(POLICY.stopRetryMs + 1);
  expect((await harness.order(id)).session?.stop?.reason).toBe('limit-energy');
  expect(stops()).toBeGreaterThanOrEqual(3);
});

it('sends nothing but a stop for a decision that could not be saved', async () => {
  harness.behaviour.diskFull = true;
  await expect(harness.confirm()).rejects.toThrow();
  await harness.clock.advance(10_000);
  expect(harness.commands).toEqual([]);
});
