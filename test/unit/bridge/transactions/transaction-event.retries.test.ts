/**
 * Events that the store could not save at once, that came out of order, or that were interrupted: a retry has the
 * effect of the first attempt. Also sessions that were given up and go on, and starts whose connector went to another
 * order.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import { StoreConflict } from '../../../../src/ports/store.js';
import type { TransactionEvent } from '../../../../src/ports/charger-events.js';
import type { Order } from '../../../../src/domain/model/order.js';
import { type BridgeHarness, createBridgeHarness, POLICY } from '../../../fakes/bridge-harness.js';
import { settle } from '../../../fakes/manual-clock.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

async function tell(
  phase: TransactionEvent['eventType'],
  seqNo: number,
  more: Partial<TransactionEvent>,
): Promise<void> {
  await harness.sendEvent({
    type: 'transaction-event',
    eventType: phase,
    transactionId: 'tx-A',
    triggerReason: 'MeterValuePeriodic',
    offline: false,
    samples: [],
    at: harness.clock.now(),
    raw: '[]',
    seqNo,
    ...more,
  });
  await settle(10);
}

const started = (order: Order): Partial<TransactionEvent> => ({
  triggerReason: 'RemoteStart',
  connectorId: 1,
  idTag: order.idTag ?? '',
  remoteStartId: remoteStartIdOf(order.idTag ?? ''),
  chargingState: 'Charging',
  meterStartWh: 1000,
});

async function whileDiskIsFull(work: () => Promise<unknown>): Promise<void> {
  harness.behaviour.diskFull = true;
  await expect(work()).rejects.toThrow();
  harness.behaviour.diskFull = false;
  await harness.clock.advance(5000);
}

describe('an event of a 2.x transaction that could not be kept, told again', () => {
  it('begins its order', async () => {
    const order = await harness.confirm();
    await whileDiskIsFull(() => tell('started', 0, started(order)));
    await tell('started', 0, started(order));
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging', session: { meterStartWh: 1000 } });
    await tell('ended', 1, { meterStopWh: 1000, triggerReason: 'EVDeparted' });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed' });
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('begins its order where only the answer of the store was lost', async () => {
    const order = await harness.confirm();
    harness.behaviour.answersLost = true;
    await expect(tell('started', 0, started(order))).rejects.toThrow();
    harness.behaviour.answersLost = false;
    await tell('started', 0, started(order));
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
  });

  it('ends its order by an end that came first, however often the end could not be kept', async () => {
    const order = await harness.confirm();
    const beginning = { ...started(order), at: harness.clock.now() };
    await harness.clock.advance(60_000);
    await tell('ended', 1, { meterStopWh: 1700, triggerReason: 'EVDeparted', connectorId: 1 });
    const real = harness.store.commit.bind(harness.store);
    vi.spyOn(harness.store, 'commit').mockImplementation((batch) =>
      batch.orders?.some((one) => one.order.state === 'completed')
        ? Promise.reject(new Error('database or disk is full'))
        : real(batch),
    );
    await expect(tell('started', 0, beginning)).rejects.toThrow('full');
    await expect(tell('started', 0, beginning)).rejects.toThrow('full');
    vi.restoreAllMocks();
    await harness.clock.advance(5000);
    await tell('started', 0, beginning);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 700 } });
  });

  it('is shown to a person, and kept', async () => {
    const stranger = { connectorId: 2, idTag: 'STRANGER', meterStartWh: 5, triggerReason: 'Authorized' };
    await whileDiskIsFull(() => tell('started', 0, stranger));
    await tell('started', 0, stranger);
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
    expect(await harness.store.transaction('CP1', 'tx-A')).toMatchObject({ idTag: 'STRANGER' });
  });
});

describe('a station that counts its transactions from one again', () => {
  it('tells the next order by the same name', async () => {
    const first = await harness.confirm();
    await tell('started', 0, started(first));
    await harness.clock.advance(60_000);
    await tell('ended', 1, { meterStopWh: 1700, triggerReason: 'EVDeparted' });
    await harness.clock.advance(60_000);
    await harness.sendEvent({
      type: 'connector-status-changed',
      connectorId: 1,
      status: 'Available',
      errorCode: 'NoError',
    });
    const second = await harness.confirm({ transaction: 'tx-2' });
    await tell('started', 0, { ...started(second), meterStartWh: 1700 });
    expect(await harness.order(second.id)).toMatchObject({ state: 'charging', session: { transactionId: 'tx-A' } });
    await harness.clock.advance(60_000);
    await tell('ended', 1, { meterStopWh: 2000, triggerReason: 'EVDeparted' });
    expect(await harness.order(second.id)).toMatchObject({ state: 'completed', bill: { energyWh: 300 } });
    expect(await harness.order(first.id)).toMatchObject({ state: 'completed', bill: { energyWh: 700 } });
    expect(await harness.discrepancies()).toEqual([]);
  });
});

describe('a charger that goes or comes while the store cannot write', () => {
  it('is known to be away once it can', async () => {
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    harness.behaviour.diskFull = true;
    await harness.disconnect();
    harness.behaviour.diskFull = false;
    await harness.clock.advance(5000);
    expect(await harness.order(order.id)).toMatchObject({ state: 'offline' });
    await harness.clock.advance(POLICY.offlineMs + POLICY.finalMs + 60_000);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed' });
  });

  it('is known to be back once it can, and stops at the limit', async () => {
    const order = await harness.confirm();
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.disconnect();
    harness.behaviour.diskFull = true;
    await harness.connect().catch(() => undefined);
    harness.bridge.chargerEvents.chargerConnected('CP1', { version: '1.6', generation: 9 });
    await harness.sendEvent({ type: 'heartbeat' });
    await settle(10);
    harness.behaviour.diskFull = false;
    await harness.clock.advance(600_000);
    await harness.sendSamples(1, [{ registerWh: 10_990, powerW: 60_000 }], transactionId);
    expect(await harness.order(order.id)).toMatchObject({ state: 'stopping' });
  });
});

describe('a session whose connector was said to be free', () => {
  it.each([60_000, 0])('ends though a reading of before came after that, at %i W', async (powerW) => {
    const order = await harness.confirm();
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.clock.advance(60_000);
    const at = harness.clock.now();
    await harness.sendEvent({
      type: 'connector-status-changed',
      connectorId: 1,
      status: 'Available',
      errorCode: 'NoError',
    });
    await harness.clock.advance(5000);
    await harness.sendSamples(1, [{ registerWh: 1500, powerW, at }], transactionId);
    harness.behaviour.answer = () => ({ kind: 'answered', status: 'Rejected', payload: {} });
    await harness.clock.advance(6 * 3_600_000);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
    expect(await harness.discrepancies()).toContain('end-inferred');
  });

  it('goes on while its readings do', async () => {
    const order = await harness.confirm({ wh: 50_000 });
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.sendEvent({
      type: 'connector-status-changed',
      connectorId: 1,
      status: 'Available',
      errorCode: 'NoError',
    });
    for (let turn = 1; turn <= 40; turn += 1) {
      await harness.clock.advance(30_000);
      await harness.sendSamples(1, [{ registerWh: 1000 + turn * 50, powerW: 6000 }], transactionId);
    }
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging' });
  });
});

describe('a session that was given up and goes on', () => {
  it('is billed by its stop, however seldom its charger tells the meter', async () => {
    const order = await harness.confirm({ wh: 50_000 });
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.sendEvent({ type: 'booted', boot: {} });
    for (let turn = 1; turn <= 12; turn += 1) {
      await harness.clock.advance(300_000);
      await harness.sendSamples(1, [{ registerWh: 1000 + turn * 1000 }], transactionId);
    }
    expect(await harness.order(order.id)).toMatchObject({ state: 'provisional' });
    await harness.sendEvent({
      type: 'transaction-stopped',
      transactionId,
      meterStopWh: 13_100,
      at: harness.clock.now(),
      reason: 'Local',
      samples: [],
      raw: '{}',
    });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 12_100 } });
    expect(await harness.discrepancies()).toEqual([]);
  });

  it('is asked again to stop, if it was before', async () => {
    const order = await harness.confirm({ wh: 50_000 });
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.sendRequest({ type: 'stop' }, 'cancel');
    await harness.sendEvent({ type: 'booted', boot: {} });
    await harness.clock.advance(300_000);
    expect(await harness.order(order.id)).toMatchObject({ state: 'provisional' });
    harness.commands.length = 0;
    await harness.sendSamples(1, [{ registerWh: 3000 }], transactionId);
    expect(harness.commands).toContainEqual({ type: 'remote-stop', transactionId });
  });

  it('is over when nothing more is heard of it', async () => {
    const order = await harness.confirm({ wh: 50_000 });
    const transactionId = await harness.startTransaction(order, 1000);
    await harness.sendEvent({ type: 'booted', boot: {} });
    await harness.clock.advance(300_000);
    await harness.sendSamples(1, [{ registerWh: 2000 }], transactionId);
    await harness.restart();
    await harness.clock.advance(POLICY.lostStopMs + 1000);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 1000 } });
  });
});

describe('a start whose connector went to another order in the same moment', () => {
  /** Makes the store, and nothing before it, report a conflict about the connector. */
  const conflict = (order: Order): void => {
    const commit = harness.store.commit.bind(harness.store);
    vi.spyOn(harness.store, 'commit').mockImplementation((batch) =>
      batch.orders?.some((one) => one.order.state === 'charging')
        ? Promise.reject(new StoreConflict('connector', order.id))
        : commit(batch),
    );
  };
  afterEach(() => vi.restoreAllMocks());

  it('is kept and shown to a person (1.6)', async () => {
    const order = await harness.confirm();
    conflict(order);
    const transactionId = await harness.startTransaction(order, 1000, 2);
    expect(await harness.store.transaction('CP1', transactionId)).not.toHaveProperty('orderId');
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
  });

  it('is kept and shown to a person (2.x)', async () => {
    const order = await harness.confirm();
    conflict(order);
    await tell('started', 0, { ...started(order), connectorId: 2 });
    expect(await harness.store.transaction('CP1', 'tx-A')).not.toHaveProperty('orderId');
    expect(await harness.discrepancies()).toEqual(['unmatched-transaction']);
  });
});
