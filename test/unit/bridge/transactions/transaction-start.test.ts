/** Transactions that must not run: refused, asked to end, and asked again while they go on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

const stops = (): number => harness.commands.filter((command) => command.type === 'remote-stop').length;

/** The order's time runs out, and then its start comes after all. */
async function lateStart(): Promise<string> {
  await harness.connect();
  const order = await harness.confirm();
  await harness.clock.advance(120_000);
  expect(harness.bridge.openOrders().some(({ id, state }) => id === order.id && state === 'starting')).toBe(false);
  const outcome = await harness.sendEvent({
    type: 'transaction-started',
    connectorId: 1,
    idTag: order.idTag ?? '',
    meterStartWh: 1000,
    at: harness.clock.now(),
    raw: '{}',
  });
  if (outcome?.type !== 'transaction-started') throw new Error('no answer to the start');
  expect(outcome.status).toBe('Expired');
  return outcome.transactionId;
}

describe('a start after its order has failed', () => {
  it('is asked to end three times while it goes on', async () => {
    await lateStart();
    await harness.clock.advance(1000);
    expect(stops()).toBe(1);
    await harness.clock.advance(30_000);
    expect(stops()).toBe(2);
    await harness.clock.advance(300_000);
    expect(stops()).toBe(3);
  });

  it('is left alone once it has ended', async () => {
    const transactionId = await lateStart();
    await harness.clock.advance(1000);
    await harness.sendEvent({
      type: 'transaction-stopped',
      transactionId,
      meterStopWh: 1000,
      at: harness.clock.now(),
      reason: 'Remote',
      samples: [],
      raw: '{}',
    });
    await harness.clock.advance(300_000);
    expect(stops()).toBe(1);
  });
});
