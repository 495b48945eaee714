/** The simulated charge point as a 2.x station. Every message it sends must satisfy its schema. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChargePoint, type SimulatedChargePoint } from '../../../../src/sandbox/charge-point.js';
import type {
  ChargePointOptions,
  SimulatedConnector,
} from '../../../../src/sandbox/charge-point/charge-point-options.js';
import { createSeededRandom } from '../../../../src/sandbox/runtime/seeded-random.js';
import { ocppCheck } from '../../../../src/schema/validators.js';
import { startFakeCsms, type FakeCsms } from '../../../fakes/fake-csms.js';
import { createManualClock, type ManualClock } from '../../../fakes/manual-clock.js';
import { until } from '../../../fakes/until.js';

const dc: SimulatedConnector = {
  connectorId: 1,
  powerType: 'DC',
  maxPowerW: 60_000,
  battery: { capacityWh: 40_000, socPercent: 30, maxPowerW: 60_000 },
  cableDelayMs: 5_000,
  leaveDelayMs: 30_000,
  registerWh: 1_234_567,
};

let clock: ManualClock;
let csms: FakeCsms;
let station: SimulatedChargePoint;

describe.each(['2.0.1', '2.1'] as const)('a charging station with OCPP %s', (ocpp) => {
  async function boot(options: Partial<ChargePointOptions> = {}): Promise<void> {
    const random = createSeededRandom(7);
    station = createChargePoint({
      url: csms.url,
      id: 'CS',
      ocpp,
      connectors: [dc],
      clock,
      random,
      sampleIntervalS: 10,
      ...options,
    });
    await station.start();
  }
  const events = () => csms.of('TransactionEvent');
  const reported = () => events().map((one) => `${String(one.eventType)} ${String(one.triggerReason)}`);
  const ended = () => events().filter((one) => one.eventType === 'Ended');
  const connector = () => station.state().connectors[0];
  const start = (idToken = 'TAG') =>
    csms.call('RequestStartTransaction', { evseId: 1, remoteStartId: 77, idToken: { idToken, type: 'Central' } });
  async function startCharging(): Promise<void> {
    expect(await start()).toEqual({ status: 'Accepted' });
    await until(clock, () => events().length > 0, 500);
  }

  beforeEach(async () => {
    clock = createManualClock();
    csms = await startFakeCsms(clock.now);
  });
  afterEach(async () => {
    await station.stop();
    await csms.close();
    for (const { action, payload } of csms.received) {
      expect([action, ocppCheck(ocpp, action, 'request')?.(payload)]).toEqual([action, undefined]);
    }
  });

  it('plays a session from the remote start until the driver leaves', async () => {
    await boot();
    expect(csms.of('BootNotification')).toMatchObject([{ chargingStation: { model: 'Simulated' } }]);
    await startCharging();
    expect(events()[0]).toMatchObject({
      eventType: 'Started',
      triggerReason: 'RemoteStart',
      seqNo: 0,
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: 'TAG' },
      transactionInfo: { remoteStartId: 77, chargingState: 'Charging' },
      meterValue: [{ sampledValue: [{ value: 1_234_567, context: 'Transaction.Begin' }] }],
    });
    await until(clock, () => events().length >= 5, 1_000);
    const transactionId = connector()?.transaction?.id;
    expect(await csms.call('RequestStopTransaction', { transactionId: 'other' })).toEqual({ status: 'Rejected' });
    expect(await csms.call('GetTransactionStatus', { transactionId })).toEqual({
      ongoingIndicator: true,
      messagesInQueue: false,
    });
    expect(await csms.call('RequestStopTransaction', { transactionId })).toEqual({ status: 'Accepted' });
    await until(clock, () => ended().length === 1, 500);
    expect(ended()[0]).toMatchObject({
      triggerReason: 'RemoteStop',
      transactionInfo: { transactionId, stoppedReason: 'Remote' },
    });
    expect(JSON.stringify(ended()[0]?.meterValue)).toContain(`"value":${String(connector()?.registerWh)}`);
    expect(events().map(({ seqNo }) => seqNo)).toEqual(events().map((_event, index) => index));
    await until(clock, () => csms.of('StatusNotification').length === 3, 1_000);
    expect(csms.of('StatusNotification').map((one) => one.connectorStatus)).toEqual([
      'Available',
      'Occupied',
      'Available',
    ]);
  });

  it('suspends when the car is full, and ends the session later', async () => {
    await boot({ connectors: [{ ...dc, battery: { capacityWh: 40_000, socPercent: 99.9, maxPowerW: 60_000 } }] });
    await startCharging();
    await until(clock, () => ended().length === 1, 5_000);
    expect(reported()).toContain('Updated ChargingStateChanged');
    expect(ended()[0]).toMatchObject({ triggerReason: 'StopAuthorized', transactionInfo: { stoppedReason: 'Local' } });
  });

  it('ends the transaction when its token is refused', async () => {
    await boot();
    csms.answer('TransactionEvent', ({ idToken }) =>
      idToken === undefined ? {} : { idTokenInfo: { status: 'Expired' } },
    );
    await startCharging();
    await until(clock, () => ended().length === 1, 500);
    expect(ended()[0]).toMatchObject({ transactionInfo: { stoppedReason: 'DeAuthorized' } });
  });

  it('marks events from an offline time, and keeps their order', async () => {
    await boot();
    await startCharging();
    station.misbehave('drops-socket', { forMs: 60_000 });
    await clock.advance(45_000);
    station.localStop(1);
    await until(clock, () => ended().length === 1, 5_000);
    expect(ended()[0]).toMatchObject({ offline: true });
    expect(events().map(({ seqNo }) => seqNo)).toEqual(events().map((_event, index) => index));
    expect(csms.of('BootNotification')).toHaveLength(1);
  });

  it('repeats messages, and forgets a lost session after a reboot', async () => {
    await boot();
    station.misbehave('repeats-messages');
    await startCharging();
    await until(clock, () => events().length === 3);
    station.resetMisbehaviour();
    station.misbehave('reboots', { downMs: 10_000, lost: true });
    await until(clock, () => csms.of('BootNotification').length === 2, 1_000);
    expect(ended()).toEqual([]);
    expect(await csms.call('GetTransactionStatus', { transactionId: 'x' })).toEqual({
      ongoingIndicator: false,
      messagesInQueue: false,
    });
  });

  it('reads and changes its variables, and takes up a changed sample interval', async () => {
    await boot();
    const name = (component: string, variable: string) => ({
      component: { name: component },
      variable: { name: variable },
    });
    const interval = name('SampledDataCtrlr', 'TxUpdatedInterval');
    expect(
      await csms.call('SetVariables', {
        setVariableData: [
          { ...interval, attributeValue: '2' },
          { ...name('No', 'Such'), attributeValue: '2' },
        ],
      }),
    ).toMatchObject({ setVariableResult: [{ attributeStatus: 'Accepted' }, { attributeStatus: 'UnknownVariable' }] });
    expect(await csms.call('GetVariables', { getVariableData: [interval] })).toEqual({
      getVariableResult: [{ ...interval, attributeStatus: 'Accepted', attributeValue: '2' }],
    });
    await startCharging();
    await clock.advance(6_100);
    await until(clock, () => events().length >= 4);
  });

  it('sends a triggered message after its answer to the trigger', async () => {
    await boot();
    await startCharging();
    for (const requestedMessage of ['BootNotification', 'Heartbeat', 'StatusNotification', 'TransactionEvent']) {
      const before = csms.of(requestedMessage).length;
      expect(await csms.call('TriggerMessage', { requestedMessage, evse: { id: 1 } })).toEqual({ status: 'Accepted' });
      await until(clock, () => csms.of(requestedMessage).length > before);
    }
    expect(reported()).toContain('Updated Trigger');
    expect(await csms.call('Nonsense', {})).toEqual({ error: 'NotSupported' });
  });
});
