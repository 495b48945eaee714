/** Boots and sessions from the compliancy test cases, over real sockets and with the whole core. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import type { Order } from '../../../src/domain/model/order.js';
import { type ChargePoint, type ChargerFixture, startChargerFixture } from './charge-point.js';

const MINUTE = 60_000;
const ACCEPTED = { idTagInfo: { status: 'Accepted', expiryDate: expect.any(String) as string } };
const INVALID = { idTagInfo: { status: 'Invalid' } };

let fixture: ChargerFixture;
let point: ChargePoint;
beforeEach(async () => {
  await loadSodium();
  fixture = await startChargerFixture();
  point = await fixture.back();
  await point.boot();
  await point.status('Available');
});
afterEach(() => fixture.stop());

const later = (ms = MINUTE): Promise<void> => fixture.harness.clock.advance(ms);

/** Confirms an order and waits for its remote start. */
async function ordered(): Promise<Order> {
  const order = await fixture.harness.confirm();
  await point.called('RemoteStartTransaction');
  return order;
}

/** Starts a transaction for an order and reports 500 Wh. */
async function charging(): Promise<{ order: Order; transactionId: unknown }> {
  const order = await ordered();
  await point.status('Preparing');
  const { transactionId } = await point.start(order.idTag);
  await point.status('Charging');
  await later();
  await point.meter(transactionId, 1500);
  return { order, transactionId };
}

describe('OCPP 1.6 booting', () => {
  it('TC_001 a cold boot is accepted with the time and an interval, and the connectors are known', async () => {
    expect(await point.boot()).toEqual({ status: 'Accepted', currentTime: point.time(), interval: 300 });
    for (const connectorId of [0, 1, 2]) expect(await point.status('Available', { connectorId })).toEqual({});
    expect(await point.ask('Heartbeat', {})).toEqual({ currentTime: point.time() });
    const { accepted, connectors } = fixture.harness.bridge.chargePoints.record('CP1');
    expect([accepted, Object.keys(connectors)]).toEqual([true, ['0', '1', '2']]);
  });

  it('§4.2 a boot may be answered Pending: triggered messages are heard, others and sessions are not', async () => {
    const { operatorCommands: operator } = fixture.harness.bridge;
    await operator.setBootPolicy('CP1', 'pending');
    expect(await point.boot()).toEqual({ status: 'Pending', currentTime: point.time(), interval: 60 });
    await expect(point.status('Available')).rejects.toThrow('SecurityError');
    const remote = { idTag: 'T', connectorId: 1 };
    expect(await point.operated('RemoteStartTransaction', remote)).toMatchObject({ reason: 'not-accepted' });
    expect(await point.operated('ChangeConfiguration', { key: 'k', value: 'v' })).toMatchObject({ status: 'Accepted' });
    await point.operated('ExtendedTriggerMessage', { requestedMessage: 'StatusNotification', connectorId: 1 });
    expect(await point.status('Available')).toEqual({});
    point.calls.length = 0;
    await operator.setBootPolicy('CP1', 'accept');
    expect((await point.called('TriggerMessage')).payload).toEqual({ requestedMessage: 'BootNotification' });
    expect(await point.boot()).toMatchObject({ status: 'Accepted' });
  });

  it('§4.2 a boot may be answered Rejected: nothing is asked', async () => {
    await fixture.harness.bridge.operatorCommands.setBootPolicy('CP1', 'reject');
    expect(await point.boot()).toMatchObject({ status: 'Rejected', interval: 60 });
    expect(await point.operated('ClearCache', {})).toMatchObject({ state: 'not-sent', reason: 'not-accepted' });
  });
});

describe('OCPP 1.6 sessions that a driver begins', () => {
  it('TC_003 plug in first: authorised, started, measured, stopped and billed', async () => {
    const order = await ordered();
    await point.status('Preparing');
    expect(await point.authorize(order.idTag)).toEqual(ACCEPTED);
    const { transactionId, ...info } = await point.start(order.idTag);
    expect(info).toEqual(ACCEPTED);
    expect(transactionId).toBeGreaterThan(0);
    await point.status('Charging');
    await later();
    expect(await point.stop(transactionId, 1600, { idTag: order.idTag })).toEqual(ACCEPTED);
    await point.status('Finishing');
    await point.status('Available');
    expect(await fixture.now(order)).toMatchObject({
      state: 'completed',
      outcome: { code: 'stopped-at-charger' },
      bill: { energyWh: 600, total: 600, confidence: 'exact' },
    });
  });

  it('TC_004_1 identification first: the tag is authorised before the cable is in', async () => {
    const order = await ordered();
    expect(await point.authorize(order.idTag)).toEqual(ACCEPTED);
    await point.status('Preparing');
    expect(await point.start(order.idTag)).toMatchObject(ACCEPTED);
    expect((await fixture.now(order)).state).toBe('charging');
  });

  it('TC_004_2 identification first, the cable never comes: the order ends without a bill', async () => {
    const order = await ordered();
    expect(await point.authorize(order.idTag)).toEqual(ACCEPTED);
    await point.status('Preparing');
    await later();
    await point.status('Available');
    await later(5 * MINUTE);
    expect(await fixture.now(order)).toMatchObject({
      state: 'failed',
      outcome: { code: 'start-timeout' },
      bill: { total: 0 },
    });
  });

  it('TC_005_1 the EV’s side is disconnected: the transaction ends, the connector is let go', async () => {
    const { order, transactionId } = await charging();
    await point.status('SuspendedEV');
    expect((await fixture.now(order)).state).toBe('suspended');
    await point.stop(transactionId, 1550, { reason: 'EVDisconnected' });
    await point.status('Available');
    expect(await fixture.now(order)).toMatchObject({
      state: 'completed',
      bill: { energyWh: 550 },
      session: { end: { reason: 'EVDisconnected' } },
    });
  });

  it('TC_007 a cached tag starts without being asked for', async () => {
    const order = await ordered();
    expect(await point.start(order.idTag)).toMatchObject(ACCEPTED);
    expect((await fixture.now(order)).state).toBe('charging');
  });

  it('TC_023_1 a tag that nobody knows is Invalid', async () => {
    expect(await point.authorize('NOBODY')).toEqual(INVALID);
    expect(await point.start('NOBODY')).toMatchObject(INVALID);
    expect(await fixture.harness.discrepancies()).toEqual(['unmatched-transaction']);
  });

  it('TC_023_2 the tag of an order that is over is Expired', async () => {
    const { order, transactionId } = await charging();
    await point.stop(transactionId, 1600);
    expect(await point.authorize(order.idTag)).toEqual({ idTagInfo: { status: 'Expired' } });
  });

  it('TC_023_3 the tag of an order that was cancelled is Blocked, and its transaction asked to end', async () => {
    const order = await ordered();
    await fixture.harness.sendRequest({ type: 'cancel', orderId: order.id }, 'cancel');
    const { transactionId, idTagInfo } = await point.start(order.idTag);
    expect(idTagInfo).toEqual({ status: 'Blocked' });
    await later(1000);
    expect((await point.called('RemoteStopTransaction')).payload).toEqual({ transactionId });
  });

  it('TC_024 a lock failure ends what has not begun, without a bill', async () => {
    const order = await ordered();
    await point.status('Preparing');
    await point.status('Faulted', { errorCode: 'ConnectorLockFailure' });
    await later(5 * MINUTE);
    expect(await fixture.now(order)).toMatchObject({ state: 'failed', bill: { total: 0 } });
    expect(fixture.harness.bridge.chargePoints.effectiveState('CP1', 1)).toMatchObject({
      status: 'Faulted',
      errorCode: 'ConnectorLockFailure',
    });
  });
});

describe('OCPP 1.6 sessions that are begun and ended from afar', () => {
  it('TC_010 the cable is in: the start names connector and tag, and is obeyed', async () => {
    await point.status('Preparing');
    const order = await ordered();
    expect(point.calls).toMatchObject([{ payload: { connectorId: 1, idTag: order.idTag } }]);
    expect(await point.start(order.idTag)).toMatchObject(ACCEPTED);
    expect((await fixture.now(order)).state).toBe('charging');
  });

  it('TC_011_1 the start comes first, the cable within its time', async () => {
    const order = await ordered();
    await later(30_000);
    await point.status('Preparing');
    expect(await point.authorize(order.idTag)).toEqual(ACCEPTED);
    expect(await point.start(order.idTag)).toMatchObject(ACCEPTED);
    expect((await fixture.now(order)).state).toBe('charging');
  });

  it('TC_011_2 the start times out: its order ends, and a late transaction is not let go on', async () => {
    const order = await ordered();
    await later(10 * MINUTE);
    expect(await fixture.now(order)).toMatchObject({ state: 'failed', outcome: { code: 'start-timeout' } });
    const { transactionId, idTagInfo } = await point.start(order.idTag);
    expect(idTagInfo).not.toEqual({ status: 'Accepted' });
    await later(1000);
    expect((await point.called('RemoteStopTransaction')).payload).toEqual({ transactionId });
  });

  it('TC_012 a stop from afar names the transaction, and its end bills it', async () => {
    const { order, transactionId } = await charging();
    await fixture.harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel');
    expect((await point.called('RemoteStopTransaction')).payload).toEqual({ transactionId });
    expect((await fixture.now(order)).state).toBe('stopping');
    await point.stop(transactionId, 1600, { reason: 'Remote' });
    expect(await fixture.now(order)).toMatchObject({
      state: 'completed',
      outcome: { code: 'stopped-by-buyer' },
      bill: { energyWh: 600 },
    });
  });

  it('TC_026 a start that is rejected ends its order at once', async () => {
    point.answers['RemoteStartTransaction'] = () => ({ status: 'Rejected' });
    const order = await ordered();
    await later(1000);
    expect(await fixture.now(order)).toMatchObject({
      state: 'failed',
      outcome: { code: 'start-rejected' },
      bill: { total: 0 },
    });
    expect(point.calls).toHaveLength(1);
  });

  it('TC_028 a stop that is rejected is asked for again, and the session goes on until it ends', async () => {
    point.answers['RemoteStopTransaction'] = () => ({ status: 'Rejected' });
    const { order, transactionId } = await charging();
    await fixture.harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel');
    await later();
    expect(point.calls.filter(({ action }) => action === 'RemoteStopTransaction').length).toBeGreaterThan(1);
    await point.stop(transactionId, 1700);
    expect(await fixture.now(order)).toMatchObject({ state: 'completed', bill: { energyWh: 700 } });
  });
});

describe('OCPP 1.6 sessions and the power, the line, the box', () => {
  it('TC_032_1 a power failure: the transaction is stopped after the boot, and billed to its meter', async () => {
    const { order, transactionId } = await charging();
    await fixture.down(point);
    point = await fixture.back();
    await point.boot();
    await point.stop(transactionId, 1550, { reason: 'PowerLoss' });
    expect(await fixture.now(order)).toMatchObject({
      state: 'completed',
      outcome: { code: 'power-loss' },
      bill: { energyWh: 550, confidence: 'exact' },
    });
  });

  it('TC_037_1 a start while the line is down, reported afterwards, is the order’s', async () => {
    const order = await ordered();
    await fixture.down(point);
    const timestamp = point.time();
    await later();
    point = await fixture.back();
    expect(await point.start(order.idTag, { timestamp })).toMatchObject(ACCEPTED);
    expect(await fixture.now(order)).toMatchObject({
      state: 'charging',
      session: { startedAt: Date.parse(timestamp) },
    });
  });

  it('TC_037_3 a stranger’s start while the line is down is Invalid, and its stop is taken', async () => {
    await fixture.down(point);
    const timestamp = point.time();
    await later();
    point = await fixture.back();
    const { transactionId, idTagInfo } = await point.start('NOBODY', { timestamp });
    expect(idTagInfo).toEqual({ status: 'Invalid' });
    expect(await point.stop(transactionId, 1001, { reason: 'DeAuthorized' })).toEqual({});
    expect(await fixture.harness.discrepancies()).toEqual(['unmatched-transaction']);
  });

  it('TC_039 a whole transaction while the line is down is billed by what it says', async () => {
    const order = await ordered();
    await fixture.down(point);
    const begun = point.time();
    await later(30_000);
    const ended = point.time();
    await later(5000);
    point = await fixture.back();
    const { transactionId } = await point.start(order.idTag, { timestamp: begun });
    await point.stop(transactionId, 1400, { timestamp: ended, reason: 'Local' });
    expect(await fixture.now(order)).toMatchObject({
      state: 'completed',
      bill: { energyWh: 400 },
      session: { startedAt: Date.parse(begun), end: { at: Date.parse(ended) } },
    });
  });

  it.each([
    ['TC_013', 'Hard', 'HardReset'],
    ['TC_014', 'Soft', 'SoftReset'],
  ])(
    '%s a %s reset of an operator: the box boots again, a transaction is ended and billed',
    async (_case, type, reason) => {
      const { order, transactionId } = await charging();
      expect(await point.operated('Reset', { type })).toMatchObject({ state: 'answered', status: 'Accepted' });
      expect((await point.called('Reset')).payload).toEqual({ type });
      await point.stop(transactionId, 1510, { reason });
      await fixture.down(point);
      point = await fixture.back();
      expect(await point.boot()).toMatchObject({ status: 'Accepted' });
      expect(await point.status('Available')).toEqual({});
      expect(await fixture.now(order)).toMatchObject({ state: 'completed', bill: { energyWh: 510 } });
    },
  );

  it('TC_018 the connector is unlocked while it charges: the transaction ends and is billed', async () => {
    const { order, transactionId } = await charging();
    point.answers['UnlockConnector'] = () => ({ status: 'Unlocked' });
    expect(await point.operated('UnlockConnector', { connectorId: 1 })).toMatchObject({ status: 'Unlocked' });
    await point.stop(transactionId, 1520, { reason: 'UnlockCommand' });
    expect(await fixture.now(order)).toMatchObject({ state: 'completed', bill: { energyWh: 520 } });
  });
});
