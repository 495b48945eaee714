/** Transactions whose messages do not name an order, while an order awaits its start. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import { remoteStartIdOf } from '../../../../src/domain/matching/remote-start-id.js';
import type { Order } from '../../../../src/domain/model/order.js';
import type { TransactionEvent } from '../../../../src/ports/charger-events.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

const MINUTE = 60_000;
let harness: BridgeHarness;

beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
  await harness.connect();
});
afterEach(() => harness.stop());

type Sent = Partial<TransactionEvent> & { readonly registerWh?: number };

async function event(transactionId: string, seqNo: number, { registerWh, ...fields }: Sent = {}) {
  const at = harness.clock.now();
  return harness.sendEvent({
    ...{ type: 'transaction-event', eventType: 'updated', transactionId, seqNo, triggerReason: 'MeterValuePeriodic' },
    ...{ offline: false, at, raw: '[]', samples: registerWh === undefined ? [] : [{ at, registerWh }] },
    ...fields,
  });
}

const started = (order: Order, meterStartWh: number): Sent => ({
  ...{ eventType: 'started', triggerReason: 'RemoteStart', chargingState: 'Charging', meterStartWh },
  ...{ connectorId: order.connector.connectorId, idTag: order.idTag ?? '' },
  remoteStartId: remoteStartIdOf(order.idTag ?? ''),
});

const reportAvailable = (connectorId: number) =>
  harness.sendEvent({ type: 'connector-status-changed', connectorId, status: 'Available', errorCode: 'NoError' });
const stopsOf = (transactionId: string): number =>
  harness.commands.filter((command) => command.type === 'remote-stop' && command.transactionId === transactionId)
    .length;
const open = async () => (await harness.store.listDiscrepancies({ limit: 20, open: true })).map(({ kind }) => kind);

describe('a session of somebody else whose start was lost', () => {
  it('does not take the order that awaits its start on another connector, and is neither refused nor stopped', async () => {
    const order = await harness.confirm();
    await event('stranger', 1, { registerWh: 501_000, chargingState: 'Charging' });
    expect(await harness.order(order.id)).toMatchObject({ state: 'starting' });
    await event('own', 0, started(order, 1000));
    await harness.clock.advance(MINUTE);
    await event('stranger', 2, { registerWh: 502_000, chargingState: 'Charging' });
    await event('own', 1, { eventType: 'ended', meterStopWh: 1900, registerWh: 1900, stoppedReason: 'Local' });
    await harness.clock.advance(MINUTE);
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 900 } });
    expect(await open()).toEqual(['unmatched-transaction']);
    expect(stopsOf('stranger')).toBe(0);
  });

  it('is known to a person although the order waits on', async () => {
    await harness.confirm();
    await event('stranger', 1, { registerWh: 501_000 });
    expect(await open()).toEqual([]);
    await event('stranger', 2, { registerWh: 501_200 });
    await event('stranger', 3, { registerWh: 501_400 });
    expect(await open()).toEqual(['unmatched-transaction']);
  });

  it('is refused once its start arrives and names nobody either', async () => {
    await event('stranger', 1, { registerWh: 501_000, at: harness.clock.now() + 1 });
    await event('stranger', 0, { eventType: 'started', connectorId: 2, registerWh: 500_990 });
    await event('stranger', 2, { chargingState: 'Charging', registerWh: 501_100 });
    await harness.clock.advance(1000);
    expect(stopsOf('stranger')).toBe(1);
  });

  it('is refused once a tag that belongs to no order is presented in it', async () => {
    await event('stranger', 1, { chargingState: 'Charging', registerWh: 501_000 });
    expect(await event('stranger', 2, { idTag: 'A-CARD' })).toMatchObject({ status: 'Invalid' });
    await harness.clock.advance(1000);
    expect(stopsOf('stranger')).toBe(1);
    expect(await open()).toEqual(['unmatched-transaction']);
  });
});

describe('a transaction on the connector where an order awaits its start', () => {
  it('is not the order’s if it is only plugged in, whether or not the station tells its state', async () => {
    const order = await harness.confirm();
    await event('cable', 0, { eventType: 'started', triggerReason: 'CablePluggedIn', connectorId: 1 });
    await event('cable', 1, { registerWh: 1000 });
    expect(await harness.order(order.id)).toMatchObject({ state: 'starting' });
    expect(await open()).toEqual([]);
  });

  it('is not the order’s if it was refused before', async () => {
    const stray: Sent = { eventType: 'started', connectorId: 1, chargingState: 'Charging', meterStartWh: 1000 };
    await event('stray', 0, stray);
    await reportAvailable(1);
    const order = await harness.confirm();
    await event('stray', 1, { chargingState: 'Charging', registerWh: 1100 });
    expect(await harness.order(order.id)).toMatchObject({ state: 'starting' });
    await harness.clock.advance(1000);
    expect(stopsOf('stray')).toBe(1);
  });

  it('is not the order’s if it had ended', async () => {
    await event('ended', 0, { eventType: 'started', triggerReason: 'CablePluggedIn', connectorId: 1 });
    await event('ended', 1, { eventType: 'ended', meterStopWh: 1000, stoppedReason: 'EVDisconnected' });
    const order = await harness.confirm();
    await harness.sendEvent({
      ...{ type: 'transaction-event', eventType: 'updated', transactionId: 'ended', seqNo: 1, offline: false },
      ...{ triggerReason: 'MeterValuePeriodic', raw: '[]', samples: [], chargingState: 'Charging' },
    });
    expect(await harness.order(order.id)).toMatchObject({ state: 'starting' });
  });

  it('is asked to end three times at most after its order has failed', async () => {
    const order = await harness.confirm();
    await harness.clock.advance(2 * MINUTE);
    await event('late', 0, started(order, 1000));
    for (const seqNo of [1, 2, 3]) await event('late', seqNo, { registerWh: 1000 + seqNo });
    await harness.clock.advance(10 * MINUTE);
    expect(stopsOf('late')).toBe(3);
    expect(await open()).toEqual(['late-start']);
  });
});

it('a session is found by its register where earlier sessions have shown those of both connectors', async () => {
  for (const [connectorId, firstWh] of [
    [1, 1000],
    [2, 501_000],
  ] as const) {
    const before = await harness.confirm({ item: `CP1-${connectorId}`, transaction: `tx-${connectorId}` });
    await event(`before-${connectorId}`, 0, started(before, firstWh));
    await harness.clock.advance(MINUTE);
    await event(`before-${connectorId}`, 1, { eventType: 'ended', meterStopWh: firstWh + 500, stoppedReason: 'Local' });
    await reportAvailable(connectorId);
    await harness.clock.advance(MINUTE);
  }
  const order = await harness.confirm({ transaction: 'tx-3' });
  await event('elsewhere', 1, { registerWh: 501_600, chargingState: 'Charging' });
  expect(await harness.order(order.id)).toMatchObject({ state: 'starting' });
  await event('here', 1, { registerWh: 1500, chargingState: 'Charging' });
  expect(await harness.order(order.id)).toMatchObject({ state: 'charging', session: { transactionId: 'here' } });
});

describe('a session that is taken for the order’s', () => {
  const assumed = async (): Promise<Order> => {
    const order = await harness.confirm();
    await event('nameless', 1, { connectorId: 1, registerWh: 1000, chargingState: 'Charging' });
    await harness.clock.advance(MINUTE);
    await event('nameless', 2, { registerWh: 1500 });
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging', session: { transactionId: 'nameless' } });
    expect(await open()).toEqual(['start-assumed']);
    return order;
  };

  it('is no longer doubtful once a message names the order', async () => {
    const order = await assumed();
    await event('nameless', 3, { remoteStartId: remoteStartIdOf(order.idTag ?? ''), registerWh: 1600 });
    expect((await harness.order(order.id)).session?.startAssumed).toBeUndefined();
    expect(await open()).toEqual([]);
  });

  it('keeps its record if that had lost the order, and a message names the order', async () => {
    const order = await assumed();
    const record = await harness.store.transaction('CP1', 'nameless');
    if (!record) throw new Error('no record');
    const { orderId: _, ...lost } = record;
    await harness.store.commit({ transactions: [lost] });
    await harness.restart();
    await harness.connect();
    await event('nameless', 3, { remoteStartId: remoteStartIdOf(order.idTag ?? ''), registerWh: 1600 });
    expect(await harness.store.transaction('CP1', 'nameless')).toMatchObject({ orderId: order.id });
    expect(await harness.order(order.id)).toMatchObject({ session: { meter: { energyWh: 600 } } });
  });

  it('gives way to the transaction that names the order, and is not billed', async () => {
    const order = await assumed();
    await event('own', 0, started(order, 1600));
    expect(await harness.order(order.id)).toMatchObject({
      state: 'charging',
      session: { transactionId: 'own', meterStartWh: 1600, meter: { energyWh: 0 } },
    });
    await harness.clock.advance(MINUTE);
    await event('nameless', 3, { registerWh: 1700, chargingState: 'Charging' });
    await event('own', 1, { eventType: 'ended', meterStopWh: 1900, registerWh: 1900, stoppedReason: 'Local' });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 300 } });
    expect((await open()).toSorted()).toEqual(['transaction-contradiction', 'unmatched-transaction']);
    expect(stopsOf('own')).toBe(0);
  });

  it('gives way over a restart as well, which reads its journal again', async () => {
    const order = await assumed();
    await event('own', 0, started(order, 1600));
    await harness.restart();
    expect((await harness.order(order.id)).session).toMatchObject({ transactionId: 'own', meter: { energyWh: 0 } });
  });

  it('stays if the transaction that names the order began on another connector', async () => {
    const order = await assumed();
    await harness.confirm({ item: 'CP1-2', transaction: 'tx-2', bapId: 'other' });
    const elsewhere = { ...started(order, 1600), connectorId: 2 };
    expect(await event('own', 0, elsewhere)).toMatchObject({ status: 'ConcurrentTx' });
    expect((await harness.order(order.id)).session?.transactionId).toBe('nameless');
    expect((await open()).toSorted()).toEqual(['duplicate-start', 'start-assumed']);
  });
});

describe('a transaction of an operator’s own remote start', () => {
  it('is accepted, and neither stopped nor a discrepancy', async () => {
    await harness.bridge.operatorCommands.send({
      ...{ chargePointId: 'CP1', action: 'RequestStartTransaction', expiresAfterMs: 1000, timeoutMs: 1000 },
      payload: { idToken: { idToken: 'OWN', type: 'Central' }, evseId: 1, remoteStartId: 7 },
    });
    const start: Sent = { eventType: 'started', connectorId: 1, idTag: 'OWN', remoteStartId: 7, meterStartWh: 1000 };
    expect(await event('vouched', 0, { ...start, chargingState: 'Charging' })).toMatchObject({ status: 'Accepted' });
    await harness.clock.advance(20 * MINUTE);
    await event('vouched', 1, { registerWh: 3000, chargingState: 'Charging' });
    await event('vouched', 2, { eventType: 'ended', meterStopWh: 4000, idTag: 'OWN' });
    expect(await open()).toEqual([]);
    expect(stopsOf('vouched')).toBe(0);
  });
});

it('an operator’s own transaction is not forgotten when the station uses its id again', async () => {
  await harness.bridge.operatorCommands.send({
    ...{ chargePointId: 'CP1', action: 'RequestStartTransaction', expiresAfterMs: 1000, timeoutMs: 1000 },
    payload: { idToken: { idToken: 'OWN', type: 'Central' }, evseId: 2, remoteStartId: 7 },
  });
  await event('1', 0, {
    eventType: 'started',
    connectorId: 2,
    idTag: 'OWN',
    meterStartWh: 501_000,
    registerWh: 501_000,
  });
  await event('1', 1, { registerWh: 503_000 });
  await harness.clock.advance(MINUTE);
  const order = await harness.confirm();
  await event('1', 0, started(order, 1000));
  expect(await open()).toEqual(['unmatched-transaction']);
});

describe('a StartTransaction with an empty tag', () => {
  const begin = (meterStartWh: number) =>
    harness.sendEvent({
      ...{ type: 'transaction-started', connectorId: 1, idTag: '', meterStartWh },
      ...{ at: harness.clock.now(), raw: '{}' },
    });

  it('is taken for the order whose accepted start is awaited, also when it is repeated', async () => {
    const order = await harness.confirm();
    expect(await begin(1000)).toMatchObject({ transactionId: '1', status: 'Accepted' });
    expect(await begin(1000)).toMatchObject({ transactionId: '1', status: 'Accepted' });
    expect(await harness.order(order.id)).toMatchObject({ state: 'charging', session: { startAssumed: true } });
    expect(await open()).toEqual(['start-assumed']);
  });

  it('gives way to the start that names the order', async () => {
    const order = await harness.confirm();
    await begin(1000);
    await harness.clock.advance(1000);
    expect(await harness.startTransaction(order, 1010)).toBe('2');
    expect(await harness.order(order.id)).toMatchObject({ session: { transactionId: '2', meterStartWh: 1010 } });
  });

  it('is refused where no start is awaited', async () => {
    expect(await begin(1000)).toMatchObject({ status: 'Invalid' });
    expect(await open()).toEqual(['unmatched-transaction']);
  });

  it('is certain once the stop names the order', async () => {
    const order = await harness.confirm();
    await begin(1000);
    await harness.clock.advance(MINUTE);
    await harness.sendEvent({
      ...{ type: 'transaction-stopped', transactionId: '1', idTag: order.idTag ?? '', meterStopWh: 1100 },
      ...{ at: harness.clock.now(), reason: 'Local', samples: [], raw: '{}' },
    });
    expect(await harness.order(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 100 } });
    expect(await open()).toEqual([]);
  });
});
