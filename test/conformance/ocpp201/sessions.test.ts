/** Sessions from the certification test cases, over real sockets, in OCPP 2.0.1 and 2.1. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import type { Order } from '../../../src/domain/model/order.js';
import { type ChargerFixture, named, type Payload, startChargerFixture, type Station } from './station.js';

const MINUTE = 60_000;
const EVSE = { evse: { id: 1, connectorId: 1 } };
const ACCEPTED = { idTokenInfo: { status: 'Accepted' } };

describe.each(['2.0.1', '2.1'] as const)('OCPP %s sessions', (version) => {
  let fixture: ChargerFixture;
  let station: Station;
  beforeEach(async () => {
    await loadSodium();
    fixture = await startChargerFixture();
    station = await fixture.connect([`ocpp${version}`]);
    await station.boot();
    await station.status('Available');
  });
  afterEach(() => fixture.stop());

  const now = (id: string): Promise<Order> => fixture.harness.order(id);
  const later = (ms = MINUTE): Promise<void> => fixture.harness.clock.advance(ms);

  /** Confirms an order and waits for its remote start. */
  async function ordered(): Promise<Order> {
    const order = await fixture.harness.confirm();
    await station.called('RequestStartTransaction');
    return order;
  }

  /** Starts a transaction for an order and reports 500 Wh. */
  async function charging(): Promise<Order> {
    const order = await ordered();
    await station.status('Occupied');
    await station.tell('Started', 'RemoteStart', {
      ...named(order),
      ...EVSE,
      registerWh: 1000,
      context: 'Transaction.Begin',
    });
    await later();
    await station.tell('Updated', 'MeterValuePeriodic', { registerWh: 1500 });
    return now(order.id);
  }

  async function buyerStops(order: Order): Promise<void> {
    await fixture.harness.sendRequest({ type: 'stop', orderId: order.id }, 'cancel');
    expect((await station.called('RequestStopTransaction')).payload).toEqual({ transactionId: 'tx' });
  }

  async function endsWith(triggerReason: string, stoppedReason: string): Promise<Payload> {
    return station.tell('Ended', triggerReason, {
      info: { stoppedReason },
      registerWh: 1600,
      context: 'Transaction.End',
    });
  }

  describe('starts', () => {
    it('TC_F_01 cable plugged in first: the transaction that was there becomes the order’s', async () => {
      await station.status('Occupied');
      expect(
        await station.tell('Started', 'CablePluggedIn', { info: { chargingState: 'EVConnected' }, ...EVSE }),
      ).toEqual({});
      station.answers['RequestStartTransaction'] = () => ({ status: 'Accepted', transactionId: 'tx' });
      const order = await ordered();
      expect(await station.tell('Updated', 'RemoteStart', { ...named(order), registerWh: 1000 })).toEqual(ACCEPTED);
      expect(await now(order.id)).toMatchObject({ state: 'charging', session: { transactionId: 'tx' } });
    });

    it('TC_F_02 AuthorizeRemoteStart: the token is accepted before the transaction begins', async () => {
      const order = await ordered();
      const idToken = { idToken: order.idTag ?? '', type: 'Central' };
      expect(await station.ask('Authorize', { idToken })).toMatchObject(ACCEPTED);
      expect(await station.tell('Started', 'RemoteStart', { ...named(order), ...EVSE })).toEqual(ACCEPTED);
      expect((await now(order.id)).state).toBe('charging');
    });

    it('TC_F_03 no Authorize: the start carries token and remoteStartId', async () => {
      const order = await ordered();
      const { payload } = await station.called('RequestStartTransaction');
      expect(payload).toMatchObject({ evseId: 1, idToken: { idToken: order.idTag, type: 'Central' } });
      expect(payload['remoteStartId']).toBe((named(order).info as { remoteStartId: number }).remoteStartId);
      expect(await station.tell('Started', 'RemoteStart', { ...named(order), ...EVSE })).toEqual(ACCEPTED);
    });

    it('TC_F_04 the cable never comes: the order ends without a bill', async () => {
      const order = await ordered();
      const { idToken, info } = named(order);
      await station.tell('Started', 'RemoteStart', { idToken, info: { ...info, chargingState: 'Idle' }, ...EVSE });
      await later();
      expect(await station.tell('Updated', 'EVConnectTimeout', { info: { chargingState: 'Idle' } })).toEqual({
        totalCost: 0,
      });
      expect(await now(order.id)).toMatchObject({
        state: 'failed',
        outcome: { code: 'start-timeout' },
        bill: { total: 0 },
      });
      expect(await station.tell('Ended', 'EVDeparted', { info: { stoppedReason: 'Timeout' } })).toEqual({
        totalCost: 0,
      });
      expect(await fixture.harness.discrepancies()).toEqual([]);
    });

    it.each([
      ['TC_E_01 PowerPathClosed', 'ChargingStateChanged', 'EVConnected'],
      ['TC_E_02 EnergyTransfer', 'ChargingStateChanged', 'Charging'],
      ['TC_E_38 EV not ready', 'ChargingStateChanged', 'SuspendedEV'],
      ['TC_E_10 Authorized', 'Authorized', 'Idle'],
    ])('%s: it begins with the order’s token, whatever begins it', async (_case, trigger, chargingState) => {
      const order = await ordered();
      const { idToken } = named(order);
      expect(await station.tell('Started', trigger, { idToken, info: { chargingState }, ...EVSE })).toEqual(ACCEPTED);
      expect(await now(order.id)).toMatchObject({ state: chargingState === 'SuspendedEV' ? 'suspended' : 'charging' });
    });

    it.each([
      ['TC_E_09 EVConnected', 'CablePluggedIn', 'EVConnected'],
      ['TC_E_12 ParkingBayOccupied', 'EVDetected', 'Idle'],
    ])('%s: it begins before anybody is authorised', async (_case, trigger, chargingState) => {
      expect(await station.tell('Started', trigger, { info: { chargingState }, ...EVSE })).toEqual({});
      const order = await ordered();
      const { idToken } = named(order);
      expect(await station.tell('Updated', 'Authorized', { idToken, registerWh: 1000 })).toEqual(ACCEPTED);
      expect((await now(order.id)).state).toBe('charging');
    });

    it.each([
      ['TC_E_03 cable first', 'EVConnected'],
      ['TC_E_04 authorisation first', 'Idle'],
    ])('%s, at the station: a token of ours is accepted there too', async (_case, chargingState) => {
      const order = await ordered();
      const { idToken } = named(order);
      expect(await station.ask('Authorize', { idToken })).toMatchObject(ACCEPTED);
      expect(await station.tell('Started', 'Authorized', { idToken, info: { chargingState }, ...EVSE })).toEqual(
        ACCEPTED,
      );
      expect(await station.tell('Updated', 'ChargingStateChanged', { info: { chargingState: 'Charging' } })).toEqual(
        {},
      );
      expect((await now(order.id)).state).toBe('charging');
    });

    it('TC_C_02 a token that nobody knows is invalid, and answered all the same', async () => {
      const idToken = { idToken: 'NOBODY', type: 'ISO14443' };
      expect(await station.ask('Authorize', { idToken })).toEqual({ idTokenInfo: { status: 'Invalid' } });
      expect(await station.tell('Started', 'Authorized', { idToken, ...EVSE })).toEqual({
        idTokenInfo: { status: 'Invalid' },
      });
      expect(await fixture.harness.discrepancies()).toEqual(['unmatched-transaction']);
    });

    it('TC_C_06 a token whose order was cancelled is blocked, and its transaction asked to end', async () => {
      const order = await ordered();
      await fixture.harness.sendRequest({ type: 'cancel', orderId: order.id }, 'cancel');
      expect((await now(order.id)).state).toBe('cancelled');
      expect(await station.tell('Started', 'RemoteStart', { ...named(order), ...EVSE })).toEqual({
        idTokenInfo: { status: 'Blocked' },
      });
      await later(1000);
      expect((await station.called('RequestStopTransaction')).payload).toEqual({ transactionId: 'tx' });
    });

    it('TC_C_07 a token whose order is over is expired', async () => {
      const order = await charging();
      await endsWith('StopAuthorized', 'Local');
      const { idToken } = named(order);
      expect(await station.ask('Authorize', { idToken })).toEqual({ idTokenInfo: { status: 'Expired' } });
    });

    it('TC_E_53 each transaction may count from 0 again', async () => {
      await charging();
      await endsWith('StopAuthorized', 'Local');
      expect(
        await station.tell('Started', 'CablePluggedIn', { info: { transactionId: 'tx-2' }, ...EVSE, seqNo: 0 }),
      ).toEqual({});
      expect(await fixture.harness.discrepancies()).toEqual([]);
    });
  });

  describe('stops', () => {
    it.each([
      ['TC_E_07 PowerPathClosed, local stop', 'StopAuthorized', 'Local', 'stopped-at-charger'],
      ['TC_E_08 EnergyTransfer, StopAuthorized', 'ChargingStateChanged', 'Local', 'stopped-at-charger'],
      ['TC_E_14 EVDisconnected, station side', 'EVCommunicationLost', 'EVDisconnected', 'stopped-at-charger'],
      ['TC_E_16 Deauthorized, invalid token', 'Deauthorized', 'DeAuthorized', 'stopped-at-charger'],
      ['TC_E_17 Deauthorized, EV side', 'EVCommunicationLost', 'EVDisconnected', 'stopped-at-charger'],
      ['TC_E_19 ParkingBayUnoccupied', 'EVDeparted', 'Local', 'stopped-at-charger'],
      ['TC_E_20 EVDisconnected, EV side', 'EVCommunicationLost', 'EVDisconnected', 'stopped-at-charger'],
      ['TC_E_22 EnergyTransfer stopped, SuspendedEV', 'ChargingStateChanged', 'StoppedByEV', 'stopped-at-charger'],
    ])('%s: ended and billed to the register', async (_case, trigger, reason, code) => {
      const order = await charging();
      expect(await endsWith(trigger, reason)).toEqual({ totalCost: 6 });
      expect(await now(order.id)).toMatchObject({
        state: 'completed',
        outcome: { code },
        bill: { energyWh: 600, total: 600, confidence: 'exact' },
        session: { end: { reason } },
      });
    });

    it('TC_E_15 StopAuthorized at the station, the cable stays in: the bill ends there', async () => {
      const order = await charging();
      await station.tell('Updated', 'StopAuthorized', {
        idToken: named(order).idToken,
        info: { chargingState: 'EVConnected' },
        registerWh: 1550,
      });
      expect(await now(order.id)).toMatchObject({ state: 'completed', bill: { energyWh: 550 } });
      expect(await station.tell('Ended', 'EVCommunicationLost', { info: { stoppedReason: 'Local' } })).toEqual({
        totalCost: 5.5,
      });
    });

    it('TC_E_21 a remote stop: asked for by the transaction’s id, ended by its event', async () => {
      const order = await charging();
      await buyerStops(order);
      expect((await now(order.id)).state).toBe('stopping');
      expect(await endsWith('RemoteStop', 'Remote')).toEqual({ totalCost: 6 });
      expect(await now(order.id)).toMatchObject({ state: 'completed', outcome: { code: 'stopped-by-buyer' } });
    });

    it('TC_E_26 the cable is pulled on the EV’s side and plugged in again: the session pauses and goes on', async () => {
      const order = await charging();
      await station.tell('Updated', 'EVCommunicationLost', { info: { chargingState: 'Idle' } });
      expect((await now(order.id)).state).toBe('suspended');
      await station.tell('Updated', 'ChargingStateChanged', { info: { chargingState: 'Charging' } });
      expect((await now(order.id)).state).toBe('charging');
    });

    it('TC_E_39 Deauthorized by timeout: nothing was charged, nothing is billed', async () => {
      const order = await ordered();
      await station.tell('Started', 'RemoteStart', {
        ...named(order),
        ...EVSE,
        registerWh: 1000,
        context: 'Transaction.Begin',
      });
      await station.tell('Ended', 'EVConnectTimeout', {
        info: { stoppedReason: 'Timeout' },
        registerWh: 1000,
        context: 'Transaction.End',
      });
      expect(await now(order.id)).toMatchObject({ state: 'failed', bill: { total: 0 } });
    });
  });

  describe('doubts', () => {
    it.each([
      ['TC_E_30 it goes on', { ongoingIndicator: true, messagesInQueue: false }, false],
      ['TC_E_31 it has ended, its messages wait', { ongoingIndicator: false, messagesInQueue: true }, true],
    ])('%s: after a reboot the station is asked before the session is given up', async (_case, status, doubted) => {
      station.answers['GetTransactionStatus'] = () => status;
      const order = await charging();
      await station.boot();
      expect((await station.called('GetTransactionStatus')).payload).toEqual({ transactionId: 'tx' });
      await later(1000);
      expect((await now(order.id)).session?.endSuspectedSince !== undefined).toBe(doubted);
      await later(5 * MINUTE);
      expect((await now(order.id)).state).toBe(doubted ? 'provisional' : 'charging');
    });
  });

  describe('meter values', () => {
    const meterValue = (value: number, more: object = {}): object => ({
      timestamp: station.time(),
      sampledValue: [{ value, ...more }],
    });

    it('TC_J_01 without a transaction they are kept', async () => {
      expect(
        await station.ask('MeterValues', { evseId: 0, meterValue: [meterValue(1, { context: 'Sample.Clock' })] }),
      ).toEqual({});
      expect(
        await station.ask('MeterValues', { evseId: 1, meterValue: [meterValue(1, { context: 'Sample.Clock' })] }),
      ).toEqual({});
    });

    it.each([
      ['TC_J_02 clock-aligned', 'MeterValueClock', 'Sample.Clock'],
      ['TC_J_09 sampled', 'MeterValuePeriodic', 'Sample.Periodic'],
    ])('%s, they move the meter and tell what it costs so far', async (_case, trigger, context) => {
      const order = await charging();
      expect(await station.tell('Updated', trigger, { registerWh: 1700, context })).toEqual({ totalCost: 7 });
      expect((await now(order.id)).session?.meter.energyWh).toBe(700);
    });

    it('TC_J_07 the register of the Started is where the session counts from', async () => {
      expect((await charging()).session).toMatchObject({ meterStartWh: 1000, meter: { energyWh: 500 } });
    });

    it('TC_J_08 a Started without EVSE and register: both come later', async () => {
      const order = await ordered();
      await station.tell('Started', 'RemoteStart', named(order));
      await station.tell('Updated', 'CablePluggedIn', { ...EVSE, registerWh: 1000, context: 'Transaction.Begin' });
      await later();
      await station.tell('Ended', 'RemoteStop', { registerWh: 1400, context: 'Transaction.End' });
      expect(await now(order.id)).toMatchObject({ bill: { energyWh: 400 } });
    });

    it('TC_J_10 the registers of the Ended bill the session', async () => {
      const order = await charging();
      const sampledValue = [
        { value: 1000, context: 'Transaction.Begin' },
        { value: 1640, context: 'Transaction.End' },
      ];
      await station.tell('Ended', 'StopAuthorized', { meterValue: [{ timestamp: station.time(), sampledValue }] });
      expect(await now(order.id)).toMatchObject({ bill: { energyWh: 640, confidence: 'exact' } });
    });

    it('TC_J_11 signed values are taken and kept as they came', async () => {
      const order = await charging();
      const signedMeterValue = { signedMeterData: 'AA==', signingMethod: '', encodingMethod: 'OCMF', publicKey: '' };
      await station.tell('Updated', 'SignedDataReceived', { meterValue: [meterValue(1600, { signedMeterValue })] });
      const kept = await fixture.harness.store.meterEntriesOf(order.id);
      expect(kept.at(-1)?.raw).toContain('"signedMeterData":"AA=="');
      expect((await now(order.id)).session?.meter.energyWh).toBe(600);
    });
  });

  describe('triggers', () => {
    it.each([
      [
        'TC_F_11',
        { requestedMessage: 'MeterValues', connectorId: 1 },
        { requestedMessage: 'MeterValues', evse: { id: 1, connectorId: 1 } },
      ],
      [
        'TC_F_13',
        { requestedMessage: 'TransactionEvent', connectorId: 1 },
        { requestedMessage: 'TransactionEvent', evse: { id: 1, connectorId: 1 } },
      ],
      ['TC_F_20', { requestedMessage: 'Heartbeat' }, { requestedMessage: 'Heartbeat' }],
      [
        'TC_F_24',
        { requestedMessage: 'StatusNotification', connectorId: 1 },
        { requestedMessage: 'StatusNotification', evse: { id: 1, connectorId: 1 } },
      ],
    ] as const)('%s the message is asked for where it is wanted', async (_case, asked, payload) => {
      const answer = await fixture.sockets.sendCommand('CP1', { type: 'trigger-message', ...asked });
      expect(answer).toMatchObject({ kind: 'answered', status: 'Accepted' });
      expect((await station.called('TriggerMessage')).payload).toEqual(payload);
    });

    it('TC_F_27 a station that cannot says so', async () => {
      station.answers['TriggerMessage'] = () => ({ status: 'NotImplemented' });
      expect(
        await fixture.sockets.sendCommand('CP1', { type: 'trigger-message', requestedMessage: 'Heartbeat' }),
      ).toMatchObject({
        status: 'NotImplemented',
      });
    });
  });
});
