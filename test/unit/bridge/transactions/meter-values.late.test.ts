/** Readings that arrive after the end of their transaction, from a charger that loses the order of its messages. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

/** Ends a session that began at register 0 with this register. Returns its order, transaction id and end time. */
async function ended(meterStopWh: number) {
  const order = await harness.confirm({ wh: 90_000 });
  const transactionId = await harness.startTransaction(await harness.order(order.id), 0);
  await harness.clock.advance(600_000);
  const at = harness.clock.now();
  const stop = { type: 'transaction-stopped', transactionId, meterStopWh, at } as const;
  await harness.sendEvent({ ...stop, reason: 'PowerLoss', samples: [], raw: 'stop' });
  return { order, transactionId, at };
}

describe('a reading from before the end that arrives after it', () => {
  it('and shows more than was billed is a discrepancy, also after a restart, and changes no bill', async () => {
    const { order, transactionId, at } = await ended(3);
    await harness.sendSamples(1, [{ at: at - 240_000, registerWh: 500 }], transactionId);
    expect(await harness.discrepancies()).toEqual(['meter-mismatch']);
    await harness.restart();
    await harness.connect();
    await harness.sendSamples(1, [{ at: at - 120_000, registerWh: 1000 }], transactionId);
    expect(await harness.discrepancies()).toEqual(['meter-mismatch']);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 3 } });
  });

  it('and shows no more is none', async () => {
    const { transactionId, at } = await ended(1200);
    await harness.sendSamples(1, [{ at: at - 240_000, registerWh: 500 }], transactionId);
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('is none if it was written after the end, or names no transaction', async () => {
    const { transactionId, at } = await ended(1200);
    await harness.sendSamples(1, [{ at: at + 60_000, registerWh: 5000 }], transactionId);
    await harness.sendSamples(1, [{ at: at - 60_000, registerWh: 5000 }]);
    expect(await harness.discrepancies()).toEqual([]);
  });
});
