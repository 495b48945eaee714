/** Transactions that must not run are refused, stopped, and stopped again while they continue. */
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

/** Sends an order's start after its time has run out. */
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

describe('a session whose stop was lost, after a stranger has charged on its connector', () => {
  /** Starts and stops a transaction with an operator's card after the session. */
  async function strangerCharges(): Promise<void> {
    const at = harness.clock.now();
    const started = await harness.sendEvent({
      type: 'transaction-started',
      connectorId: 1,
      idTag: 'CARD1',
      meterStartWh: 2000,
      at,
      raw: '{}',
    });
    if (started?.type !== 'transaction-started') throw new Error('no answer to the start');
    const { transactionId } = started;
    const end = { meterStopWh: 2500, at, reason: 'Local', samples: [], raw: '{}' };
    await harness.sendEvent({ type: 'transaction-stopped', transactionId, ...end });
  }

  it.each([
    ['before', false],
    ['after', true],
  ])('does not get a reading without a transaction id %s a restart', async (_when, restarts) => {
    await harness.connect();
    const order = await harness.confirm();
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ at: harness.clock.now(), registerWh: 1500 }], transactionId);
    await harness.clock.advance(60_000);
    await strangerCharges();
    expect((await harness.order(order.id)).state).toBe('provisional');
    if (restarts) {
      await harness.restart();
      await harness.connect();
    }
    await harness.clock.advance(60_000);
    await harness.sendSamples(1, [{ at: harness.clock.now(), registerWh: 2600 }]);
    const { session, state } = await harness.order(order.id);
    expect(state).toBe('provisional');
    expect(session?.meter.energyWh).toBe(500);
  });
});

describe('a queued start from before the transaction on its connector', () => {
  const queuedStart = async (): Promise<void> => {
    const at = harness.clock.now() - 600_000;
    const start = { type: 'transaction-started', connectorId: 1, idTag: 'CARD1', meterStartWh: 500 } as const;
    await harness.sendEvent({ ...start, at, raw: '{}' });
  };

  it('does not end a session', async () => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    await queuedStart();
    expect((await harness.order(order.id)).state).toBe('charging');
  });

  it('does not close a transaction without an order', async () => {
    await harness.connect();
    const start = { type: 'transaction-started', connectorId: 1, idTag: 'CARD2', meterStartWh: 1000 } as const;
    await harness.sendEvent({ ...start, at: harness.clock.now(), raw: '{}' });
    await queuedStart();
    expect((await harness.store.transaction('CP1', '1'))?.stop).toBeUndefined();
  });
});
