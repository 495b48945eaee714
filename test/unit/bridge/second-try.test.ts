/** What the store could not keep at once, what came in the wrong order, and what was cut off halfway: the second try is like the first. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../src/bridge/transactions/remote-start-id.js';
import { StoreConflict } from '../../../src/ports/store.js';
import type { TransactionEvent } from '../../../src/ports/charger-events.js';
import type { Order } from '../../../src/domain/model/order.js';
import { type BridgeWorld, createBridgeWorld, POLICY } from '../../fakes/bridge-world.js';
import { settle } from '../../fakes/manual-clock.js';

let world: BridgeWorld;
beforeEach(async () => {
  await loadSodium();
  world = await createBridgeWorld();
  await world.connect();
});
afterEach(() => world.stop());

async function tell(
  phase: TransactionEvent['eventType'],
  seqNo: number,
  more: Partial<TransactionEvent>,
): Promise<void> {
  await world.charger({
    type: 'transaction-event',
    eventType: phase,
    transactionId: 'tx-A',
    triggerReason: 'MeterValuePeriodic',
    offline: false,
    samples: [],
    at: world.clock.now(),
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
  world.behave.diskFull = true;
  await expect(work()).rejects.toThrow();
  world.behave.diskFull = false;
  await world.clock.advance(5000);
}

describe('an event of a 2.x transaction that could not be kept, told again', () => {
  it('begins its order', async () => {
    const order = await world.confirm();
    await whileDiskIsFull(() => tell('started', 0, started(order)));
    await tell('started', 0, started(order));
    expect(await world.order(order.id)).toMatchObject({ state: 'charging', session: { meterStartWh: 1000 } });
    await tell('ended', 1, { meterStopWh: 1000, triggerReason: 'EVDeparted' });
    expect(await world.order(order.id)).toMatchObject({ state: 'completed' });
    expect(await world.rows()).toEqual([]);
  });

  it('begins its order where only the answer of the store was lost', async () => {
    const order = await world.confirm();
    world.behave.answersLost = true;
    await expect(tell('started', 0, started(order))).rejects.toThrow();
    world.behave.answersLost = false;
    await tell('started', 0, started(order));
    expect(await world.order(order.id)).toMatchObject({ state: 'charging' });
  });

  it('ends its order by an end that came first, however often the end could not be kept', async () => {
    const order = await world.confirm();
    const beginning = { ...started(order), at: world.clock.now() };
    await world.clock.advance(60_000);
    await tell('ended', 1, { meterStopWh: 1700, triggerReason: 'EVDeparted', connectorId: 1 });
    const real = world.store.commit.bind(world.store);
    vi.spyOn(world.store, 'commit').mockImplementation((batch) =>
      batch.orders?.some((one) => one.order.state === 'completed')
        ? Promise.reject(new Error('database or disk is full'))
        : real(batch),
    );
    await expect(tell('started', 0, beginning)).rejects.toThrow('full');
    await expect(tell('started', 0, beginning)).rejects.toThrow('full');
    vi.restoreAllMocks();
    await world.clock.advance(5000);
    await tell('started', 0, beginning);
    expect(await world.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 700 } });
  });

  it('is shown to a person, and kept', async () => {
    const stranger = { connectorId: 2, idTag: 'STRANGER', meterStartWh: 5, triggerReason: 'Authorized' };
    await whileDiskIsFull(() => tell('started', 0, stranger));
    await tell('started', 0, stranger);
    expect(await world.rows()).toEqual(['unmatched-transaction']);
    expect(await world.store.transaction('CP1', 'tx-A')).toMatchObject({ idTag: 'STRANGER' });
  });
});

describe('a station that counts its transactions from one again', () => {
  it('tells the next order by the same name', async () => {
    const first = await world.confirm();
    await tell('started', 0, started(first));
    await world.clock.advance(60_000);
    await tell('ended', 1, { meterStopWh: 1700, triggerReason: 'EVDeparted' });
    await world.clock.advance(60_000);
    await world.charger({
      type: 'connector-status-changed',
      connectorId: 1,
      status: 'Available',
      errorCode: 'NoError',
    });
    const second = await world.confirm({ transaction: 'tx-2' });
    await tell('started', 0, { ...started(second), meterStartWh: 1700 });
    expect(await world.order(second.id)).toMatchObject({ state: 'charging', session: { transactionId: 'tx-A' } });
    await world.clock.advance(60_000);
    await tell('ended', 1, { meterStopWh: 2000, triggerReason: 'EVDeparted' });
    expect(await world.order(second.id)).toMatchObject({ state: 'completed', bill: { energyWh: 300 } });
    expect(await world.order(first.id)).toMatchObject({ state: 'completed', bill: { energyWh: 700 } });
    expect(await world.rows()).toEqual([]);
  });
});

describe('a charger that goes or comes while the store cannot write', () => {
  it('is known to be away once it can', async () => {
    const order = await world.confirm();
    await world.begin(order, 1000);
    world.behave.diskFull = true;
    await world.disconnect();
    world.behave.diskFull = false;
    await world.clock.advance(5000);
    expect(await world.order(order.id)).toMatchObject({ state: 'offline' });
    await world.clock.advance(POLICY.offlineMs + POLICY.finalMs + 60_000);
    expect(await world.order(order.id)).toMatchObject({ state: 'completed' });
  });

  it('is known to be back once it can, and stops at the limit', async () => {
    const order = await world.confirm();
    const transactionId = await world.begin(order, 1000);
    await world.disconnect();
    world.behave.diskFull = true;
    await world.connect().catch(() => undefined);
    world.bridge.chargerEvents.chargerConnected('CP1', { version: '1.6', generation: 9 });
    await world.charger({ type: 'heartbeat' });
    await settle(10);
    world.behave.diskFull = false;
    await world.clock.advance(600_000);
    await world.sample(1, [{ registerWh: 10_990, powerW: 60_000 }], transactionId);
    expect(await world.order(order.id)).toMatchObject({ state: 'stopping' });
  });
});

describe('a session whose connector was said to be free', () => {
  it.each([60_000, 0])('ends though a reading of before came after that, at %i W', async (powerW) => {
    const order = await world.confirm();
    const transactionId = await world.begin(order, 1000);
    await world.clock.advance(60_000);
    const at = world.clock.now();
    await world.charger({
      type: 'connector-status-changed',
      connectorId: 1,
      status: 'Available',
      errorCode: 'NoError',
    });
    await world.clock.advance(5000);
    await world.sample(1, [{ registerWh: 1500, powerW, at }], transactionId);
    world.behave.answer = () => ({ kind: 'answered', status: 'Rejected', payload: {} });
    await world.clock.advance(6 * 3_600_000);
    expect(await world.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 500 } });
    expect(await world.rows()).toContain('end-inferred');
  });

  it('goes on while its readings do', async () => {
    const order = await world.confirm({ wh: 50_000 });
    const transactionId = await world.begin(order, 1000);
    await world.charger({
      type: 'connector-status-changed',
      connectorId: 1,
      status: 'Available',
      errorCode: 'NoError',
    });
    for (let turn = 1; turn <= 40; turn += 1) {
      await world.clock.advance(30_000);
      await world.sample(1, [{ registerWh: 1000 + turn * 50, powerW: 6000 }], transactionId);
    }
    expect(await world.order(order.id)).toMatchObject({ state: 'charging' });
  });
});

describe('a session that was given up and goes on', () => {
  it('is billed by its stop, however seldom its charger tells the meter', async () => {
    const order = await world.confirm({ wh: 50_000 });
    const transactionId = await world.begin(order, 1000);
    await world.charger({ type: 'booted', boot: {} });
    for (let turn = 1; turn <= 12; turn += 1) {
      await world.clock.advance(300_000);
      await world.sample(1, [{ registerWh: 1000 + turn * 1000 }], transactionId);
    }
    expect(await world.order(order.id)).toMatchObject({ state: 'provisional' });
    await world.charger({
      type: 'transaction-stopped',
      transactionId,
      meterStopWh: 13_100,
      at: world.clock.now(),
      reason: 'Local',
      samples: [],
      raw: '{}',
    });
    expect(await world.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 12_100 } });
    expect(await world.rows()).toEqual([]);
  });

  it('is asked again to stop, if it was before', async () => {
    const order = await world.confirm({ wh: 50_000 });
    const transactionId = await world.begin(order, 1000);
    await world.ask({ type: 'stop' }, 'cancel');
    await world.charger({ type: 'booted', boot: {} });
    await world.clock.advance(300_000);
    expect(await world.order(order.id)).toMatchObject({ state: 'provisional' });
    world.commands.length = 0;
    await world.sample(1, [{ registerWh: 3000 }], transactionId);
    expect(world.commands).toContainEqual({ type: 'remote-stop', transactionId });
  });

  it('is over when nothing more is heard of it', async () => {
    const order = await world.confirm({ wh: 50_000 });
    const transactionId = await world.begin(order, 1000);
    await world.charger({ type: 'booted', boot: {} });
    await world.clock.advance(300_000);
    await world.sample(1, [{ registerWh: 2000 }], transactionId);
    await world.restart();
    await world.clock.advance(POLICY.lostStopMs + 1000);
    expect(await world.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 1000 } });
  });
});

describe('a start whose connector went to another order in the same moment', () => {
  /** The store says so, and only it: nobody in memory knew. */
  const conflict = (order: Order): void => {
    const commit = world.store.commit.bind(world.store);
    vi.spyOn(world.store, 'commit').mockImplementation((batch) =>
      batch.orders?.some((one) => one.order.state === 'charging')
        ? Promise.reject(new StoreConflict('connector', order.id))
        : commit(batch),
    );
  };
  afterEach(() => vi.restoreAllMocks());

  it('is kept and shown to a person (1.6)', async () => {
    const order = await world.confirm();
    conflict(order);
    const transactionId = await world.begin(order, 1000, 2);
    expect(await world.store.transaction('CP1', transactionId)).not.toHaveProperty('orderId');
    expect(await world.rows()).toEqual(['unmatched-transaction']);
  });

  it('is kept and shown to a person (2.x)', async () => {
    const order = await world.confirm();
    conflict(order);
    await tell('started', 0, { ...started(order), connectorId: 2 });
    expect(await world.store.transaction('CP1', 'tx-A')).not.toHaveProperty('orderId');
    expect(await world.rows()).toEqual(['unmatched-transaction']);
  });
});
