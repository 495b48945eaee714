/** The transaction of an order that has ended without its reported stop does not run on unpaid. */
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

describe('the transaction of an order that a person has closed', () => {
  const AWAY = 75 * 3_600_000;

  /** Closes an order while its charge point is away, which then returns. */
  async function closedWhileAway({ restarts }: { readonly restarts: boolean }): Promise<string> {
    await harness.connect();
    const order = await harness.confirm();
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.disconnect();
    harness.behaviour.answer = () => ({ kind: 'not-sent', reason: 'offline' });
    await harness.bridge.operatorCommands.close(order.id, 'anna', 'the charger is away');
    await harness.clock.advance(AWAY);
    harness.commands.length = 0;
    harness.behaviour.answer = () => ({ kind: 'answered', status: 'Accepted', payload: {} });
    if (restarts) await harness.restart();
    await harness.connect('CP1', { boots: false });
    return transactionId;
  }

  it.each([false, true])('is stopped when its charge point returns (restarted meanwhile: %s)', async (restarts) => {
    const transactionId = await closedWhileAway({ restarts });
    await harness.clock.advance(100_000);
    expect(stops()).toBe(0);
    await harness.clock.advance(40_000);
    expect(harness.commands.at(-1)).toEqual({ type: 'remote-stop', transactionId });
  });

  it('is left alone if its end follows from the queue', async () => {
    const transactionId = await closedWhileAway({ restarts: false });
    const end = { meterStopWh: 1500, at: harness.clock.now(), reason: 'Local', samples: [], raw: '{}' };
    await harness.sendEvent({ type: 'transaction-stopped', transactionId, ...end });
    await harness.clock.advance(600_000);
    expect(stops()).toBe(0);
  });

  it('is stopped at once if its charge point is there, and again while it goes on', async () => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    await harness.bridge.operatorCommands.close(order.id, 'anna', 'the charger is broken');
    expect(stops()).toBe(1);
    await harness.clock.advance(600_000);
    expect(stops()).toBe(3);
  });
});

it('the transaction of an order that ended by its last reading is stopped when its charge point returns', async () => {
  await harness.connect();
  const order = await harness.confirm();
  const transactionId = await harness.startTransaction(order, 1000);
  await harness.disconnect();
  await harness.clock.advance(10 * 86_400_000);
  expect((await harness.order(order.id)).outcome?.code).toBe('end-inferred');
  harness.commands.length = 0;
  await harness.connect('CP1', { boots: false });
  await harness.clock.advance(140_000);
  expect(harness.commands.at(-1)).toEqual({ type: 'remote-stop', transactionId });
});
