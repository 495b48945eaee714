import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChargePoint, type SimulatedChargePoint } from '../../../src/sandbox/charge-point.js';
import type { ChargePointOptions, SimulatedConnector } from '../../../src/sandbox/charge-point/charge-point-options.js';
import { createSeededRandom } from '../../../src/sandbox/runtime/seeded-random.js';
import { startFakeCsms, type FakeCsms } from '../../fakes/fake-csms.js';
import { createManualClock, type ManualClock } from '../../fakes/manual-clock.js';
import { until } from '../../fakes/until.js';

const car = { capacityWh: 40_000, socPercent: 30, maxPowerW: 60_000 };
const dc: SimulatedConnector = {
  connectorId: 1,
  powerType: 'DC',
  maxPowerW: 60_000,
  battery: car,
  cableDelayMs: 5_000,
  leaveDelayMs: 30_000,
  registerWh: 1_234_567,
};

let clock: ManualClock;
let csms: FakeCsms;
let chargePoint: SimulatedChargePoint;

async function boot(options: Partial<ChargePointOptions> = {}): Promise<void> {
  chargePoint = createChargePoint({
    url: csms.url,
    id: 'CP 1',
    connectors: [dc],
    clock,
    random: createSeededRandom(7),
    sampleIntervalS: 10,
    ...options,
  });
  await chargePoint.start();
}

const received = (action: string) => csms.of(action);
const statuses = () => received('StatusNotification').map((one) => `${String(one.connectorId)} ${String(one.status)}`);
const start = (idTag = 'TAG') => csms.call('RemoteStartTransaction', { connectorId: 1, idTag });
const connector = () => chargePoint.state().connectors[0];

async function startCharging(): Promise<void> {
  expect(await start()).toEqual({ status: 'Accepted' });
  await until(clock, () => connector()?.transaction?.id !== undefined, 500);
}

beforeEach(async () => {
  clock = createManualClock();
  csms = await startFakeCsms(clock.now);
});

afterEach(async () => {
  await chargePoint.stop();
  await csms.close();
});

describe('a simulated charge point', () => {
  it('boots, reports connector 0 and the others, and sends heartbeats at the given interval', async () => {
    csms.answer('BootNotification', () => ({ status: 'Accepted', currentTime: '', interval: 60 }));
    await boot({ password: 'secret' });
    expect(csms.path()).toBe('/ocpp/CP%201');
    expect(csms.authorization()).toBe(`Basic ${Buffer.from('CP 1:secret').toString('base64')}`);
    expect(statuses()).toEqual(['0 Available', '1 Available']);
    await clock.advance(61_000);
    await until(clock, () => received('Heartbeat').length === 1);
  });

  it('repeats its BootNotification while it is Pending, and sends nothing else', async () => {
    csms.answer('BootNotification', () => ({ status: 'Pending', currentTime: '', interval: 20 }));
    const started = boot();
    await until(clock, () => received('BootNotification').length === 2, 5_000);
    expect(statuses()).toEqual([]);
    csms.answer('BootNotification', () => ({ status: 'Accepted', currentTime: '', interval: 20 }));
    await until(clock, () => chargePoint.state().accepted, 5_000);
    await started;
  });

  it('plays a session from the remote start until the driver leaves', async () => {
    await boot();
    await startCharging();
    const [startTransaction] = received('StartTransaction');
    expect(startTransaction).toMatchObject({ connectorId: 1, idTag: 'TAG', meterStart: 1_234_567 });

    await until(clock, () => received('MeterValues').length >= 6, 1_000);
    const last = received('MeterValues').at(-1) as {
      transactionId: number;
      meterValue: { sampledValue: { measurand: string; value: string; unit: string; context: string }[] }[];
    };
    const sampled = Object.fromEntries((last.meterValue[0]?.sampledValue ?? []).map((one) => [one.measurand, one]));
    expect(last.transactionId).toBe(1);
    expect(sampled['Energy.Active.Import.Register']).toMatchObject({ unit: 'Wh', context: 'Sample.Periodic' });
    expect(Number(sampled['Energy.Active.Import.Register']?.value)).toBeGreaterThan(1_235_000);
    expect(Number(sampled['Voltage']?.value) * Number(sampled['Current.Import']?.value)).toBeCloseTo(
      Number(sampled['Power.Active.Import']?.value),
      -2,
    );
    expect(sampled['SoC']).toMatchObject({ unit: 'Percent' });

    expect(await csms.call('RemoteStopTransaction', { transactionId: 99 })).toEqual({ status: 'Rejected' });
    expect(await csms.call('RemoteStopTransaction', { transactionId: 1 })).toEqual({ status: 'Accepted' });
    await until(clock, () => received('StopTransaction').length === 1, 500);
    const [stop] = received('StopTransaction');
    expect(stop).toMatchObject({ transactionId: 1, reason: 'Remote', idTag: 'TAG' });
    expect(JSON.stringify(stop?.transactionData)).toContain('Transaction.End');
    expect(stop?.meterStop).toBe(connector()?.registerWh);
    await until(clock, () => statuses().length === 6, 1_000);
    expect(statuses().slice(2)).toEqual(['1 Preparing', '1 Charging', '1 Finishing', '1 Available']);
  });

  it('goes back to Available without a transaction when no cable comes before ConnectionTimeOut', async () => {
    await boot({ connectors: [{ ...dc, cableDelayMs: 200_000 }] });
    await csms.call('ChangeConfiguration', { key: 'ConnectionTimeOut', value: '15' });
    await start();
    await until(clock, () => statuses().at(-1) === '1 Preparing', 200);
    await clock.advance(16_000);
    await until(clock, () => statuses().at(-1) === '1 Available');
    expect(received('StartTransaction')).toEqual([]);
  });

  it('asks for authorisation when AuthorizeRemoteTxRequests is true, and does not start without it', async () => {
    await boot();
    await csms.call('ChangeConfiguration', { key: 'AuthorizeRemoteTxRequests', value: 'true' });
    csms.answer('Authorize', () => ({ idTagInfo: { status: 'Blocked' } }));
    await start();
    await until(clock, () => received('Authorize').length === 1, 200);
    await clock.advance(20_000);
    expect(received('StartTransaction')).toEqual([]);
  });

  it('takes up a changed sample interval, and answers for known and unknown keys', async () => {
    await boot();
    expect(await csms.call('ChangeConfiguration', { key: 'MeterValueSampleInterval', value: '2' })).toEqual({
      status: 'Accepted',
    });
    expect(await csms.call('ChangeConfiguration', { key: 'NumberOfConnectors', value: '2' })).toEqual({
      status: 'Rejected',
    });
    expect(await csms.call('ChangeConfiguration', { key: 'Nonsense', value: '2' })).toEqual({ status: 'NotSupported' });
    expect(await csms.call('GetConfiguration', { key: ['MeterValueSampleInterval', 'Nonsense'] })).toEqual({
      configurationKey: [{ key: 'MeterValueSampleInterval', readonly: false, value: '2' }],
      unknownKey: ['Nonsense'],
    });
    await startCharging();
    const before = received('MeterValues').length;
    await clock.advance(6_100);
    await until(clock, () => received('MeterValues').length >= before + 3);
  });

  it('suspends when the car is full, and ends the session later', async () => {
    await boot({ connectors: [{ ...dc, battery: { ...car, socPercent: 99.9 } }] });
    await startCharging();
    await until(clock, () => statuses().at(-1) === '1 SuspendedEV', 5_000);
    await until(clock, () => received('StopTransaction').length === 1, 10_000);
    expect(received('StopTransaction')[0]).toMatchObject({ reason: 'Local' });
  });

  it('of a car that arrives full ends its session by itself too', async () => {
    await boot({ connectors: [{ ...dc, battery: { ...car, socPercent: 100 } }] });
    await startCharging();
    await until(clock, () => statuses().at(-1) === '1 SuspendedEV', 1_000);
    await until(clock, () => received('StopTransaction').length === 1, 10_000);
    expect(received('StopTransaction')[0]).toMatchObject({ reason: 'Local', meterStop: 1_234_567 });
  });

  it('stops when the cable is pulled, and when the central system refuses the tag', async () => {
    await boot();
    await startCharging();
    chargePoint.unplug(1);
    await until(clock, () => received('StopTransaction').length === 1);
    expect(received('StopTransaction')[0]).toMatchObject({ reason: 'EVDisconnected' });
    csms.answer('StartTransaction', () => ({ transactionId: 8, idTagInfo: { status: 'Invalid' } }));
    await start('OTHER');
    await until(clock, () => received('StopTransaction').length === 2, 500);
    expect(received('StopTransaction')[1]).toMatchObject({ reason: 'DeAuthorized', transactionId: 8 });
  });

  it('sends a triggered message after its answer to the trigger', async () => {
    await boot();
    for (const requestedMessage of ['BootNotification', 'Heartbeat', 'StatusNotification', 'MeterValues']) {
      const before = received(requestedMessage).length;
      expect(await csms.call('TriggerMessage', { requestedMessage })).toEqual({ status: 'Accepted' });
      await until(clock, () => received(requestedMessage).length > before);
    }
    expect(await csms.call('TriggerMessage', { requestedMessage: 'FirmwareStatusNotification' })).toEqual({
      status: 'NotImplemented',
    });
    expect(await csms.call('Nonsense', {})).toEqual({ error: 'NotSupported' });
  });

  it('keeps transaction messages in order over a lost socket, and repeats failed ones', async () => {
    await boot();
    await startCharging();
    csms.answer('MeterValues', () => 'InternalError');
    await until(clock, () => received('MeterValues').length === 1, 1_000);
    chargePoint.misbehave('drops-socket', { forMs: 60_000 });
    await clock.advance(45_000);
    chargePoint.localStop(1);
    expect(chargePoint.state().online).toBe(false);
    csms.answer('MeterValues', () => ({}));
    await until(clock, () => received('StopTransaction').length === 1, 5_000);
    expect(received('BootNotification')).toHaveLength(1);
    const times = received('MeterValues').map((one) => JSON.stringify(one.meterValue).slice(15, 40));
    expect(times).toEqual([...times].sort());
    expect(received('MeterValues').length).toBeGreaterThanOrEqual(6);
    expect(chargePoint.state().queued).toBe(0);
  });
});

describe('a misbehaving charge point', () => {
  it('never starts', async () => {
    await boot();
    chargePoint.misbehave('never-starts');
    expect(await start()).toEqual({ status: 'Accepted' });
    await clock.advance(120_000);
    expect(received('StartTransaction')).toEqual([]);
  });

  it('starts late', async () => {
    await boot();
    chargePoint.misbehave('starts-late', { ms: 60_000 });
    await start();
    await clock.advance(59_000);
    expect(received('StartTransaction')).toEqual([]);
    await until(clock, () => received('StartTransaction').length === 1, 1_000);
  });

  it('rejects starts and ignores stops a given number of times', async () => {
    await boot();
    chargePoint.misbehave('rejects-start', { times: 1 });
    chargePoint.misbehave('ignores-stop', { times: 1 });
    expect(await start()).toEqual({ status: 'Rejected' });
    await startCharging();
    expect(await csms.call('RemoteStopTransaction', { transactionId: 1 })).toEqual({ status: 'Accepted' });
    await clock.advance(5_000);
    expect(received('StopTransaction')).toEqual([]);
    await csms.call('RemoteStopTransaction', { transactionId: 1 });
    await until(clock, () => received('StopTransaction').length === 1, 500);
  });

  it('sends every transaction message three times: twice with one message id, once with another', async () => {
    await boot();
    chargePoint.misbehave('repeats-messages');
    await startCharging();
    await until(clock, () => received('StartTransaction').length === 3);
    const ids = csms.received.filter((one) => one.action === 'StartTransaction').map((one) => one.id);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('resets its energy register', async () => {
    await boot();
    await startCharging();
    chargePoint.misbehave('resets-meter', { afterMs: 20_000 });
    await clock.advance(40_000);
    expect(connector()?.registerWh).toBeLessThan(1_000);
  });

  it('reports the session at another connector', async () => {
    await boot();
    chargePoint.misbehave('wrong-connector');
    await startCharging();
    expect(received('StartTransaction')[0]).toMatchObject({ connectorId: 2 });
  });

  it('loses power, and reports its sessions unless they are lost', async () => {
    await boot();
    await startCharging();
    chargePoint.misbehave('reboots', { downMs: 10_000 });
    await until(clock, () => received('StopTransaction').length === 1, 1_000);
    expect(received('BootNotification')).toHaveLength(2);
    expect(received('StopTransaction')[0]).toMatchObject({ reason: 'Reboot', transactionId: 1 });
    await until(clock, () => connector()?.status === 'Available', 5_000);
    await start('SECOND');
    await until(clock, () => connector()?.transaction?.id === 2, 500);
    chargePoint.misbehave('reboots', { downMs: 10_000, lost: true });
    await until(clock, () => received('BootNotification').length === 3, 1_000);
    await clock.advance(5_000);
    expect(received('StopTransaction')).toHaveLength(1);
  });

  it('goes silent on an open TCP connection, and reconnects when it notices', async () => {
    await boot();
    await startCharging();
    await until(clock, () => received('MeterValues').length === 1, 1_000);
    chargePoint.misbehave('goes-silent', { forMs: 60_000 });
    const before = csms.received.length;
    await clock.advance(50_000);
    expect(csms.received.length).toBe(before);
    expect(csms.connections()).toBe(1);
    await until(clock, () => csms.connections() === 2, 5_000);
    await until(clock, () => chargePoint.state().queued === 0);
    expect(received('MeterValues').length).toBeGreaterThanOrEqual(5);
  });

  it('starts a local session while it is offline', async () => {
    await boot();
    chargePoint.misbehave('offline-start', { connectorId: 1, idTag: 'CARD', forMs: 30_000 });
    await clock.advance(20_000);
    expect(received('StartTransaction')).toEqual([]);
    await until(clock, () => received('MeterValues').length >= 2, 1_000);
    expect(received('StartTransaction')[0]).toMatchObject({ idTag: 'CARD' });
    expect(received('MeterValues').every((one) => one.transactionId === 1)).toBe(true);
  });
});
