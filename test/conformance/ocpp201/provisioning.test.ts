/**
 * Boot, variables, base reports, lock failures and unknown vendors, as far as sessions need them; the choice of a
 * version; and frames that break the schema.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { until } from '../../fakes/until.js';
import { type ChargerFixture, type Payload, startChargerFixture, type Station } from './station.js';

let fixture: ChargerFixture;
afterEach(() => fixture.stop());

async function ready(configureAtConnect = false, protocols = ['ocpp2.0.1']): Promise<Station> {
  await loadSodium();
  fixture = await startChargerFixture(configureAtConnect);
  return fixture.connect(protocols);
}

describe('a version is the first of the station’s list that we speak', () => {
  it.each([
    [['ocpp2.0.1'], 'ocpp2.0.1'],
    [['ocpp2.1', 'ocpp2.0.1', 'ocpp1.6'], 'ocpp2.1'],
    [['ocpp2.2', 'ocpp1.6', 'ocpp2.0.1'], 'ocpp1.6'],
  ])('OCPP-J §3 %s', async (offered, chosen) => {
    expect((await ready(false, offered)).ws.protocol).toBe(chosen);
  });
});

describe('OCPP 2.0.1 provisioning', () => {
  it('TC_B_01 a boot is accepted with the time and an interval', async () => {
    const station = await ready();
    expect(await station.boot()).toEqual({ status: 'Accepted', currentTime: station.time(), interval: 300 });
    expect(await station.ask('Heartbeat', {})).toEqual({ currentTime: station.time() });
    expect(fixture.harness.bridge.chargePoints.record('CP1')).toMatchObject({ accepted: true, version: '2.0.1' });
  });

  it('B01.FR.10 nothing else is heard before the first accepted boot', async () => {
    const station = await ready();
    await expect(station.ask('Heartbeat', {})).rejects.toThrow('SecurityError');
    await expect(station.ask('RequestStartTransaction', {})).rejects.toThrow('NotSupported');
    await station.boot();
    await expect(station.ask('Whatever', {})).rejects.toThrow('NotImplemented');
    await expect(station.ask('RequestStartTransaction', {})).rejects.toThrow('NotSupported');
    // The message is still read; leniency has its own tests.
    await expect(station.ask('Heartbeat', { extra: 1 })).resolves.toHaveProperty('currentTime');
    await expect(station.ask('StatusNotification', {})).rejects.toThrow('OccurrenceConstraintViolation');
  });

  it('TC_B_06, TC_B_09 at connect the variables of sessions are read, and set where they differ', async () => {
    const station = await ready(true);
    const said: { readonly [key: string]: string } = {
      'SampledDataCtrlr.TxUpdatedInterval': '900',
      'SampledDataCtrlr.TxStartedMeasurands': 'Energy.Active.Import.Register,SoC',
      'TxCtrlr.StopTxOnInvalidId': 'true',
      'SmartChargingCtrlr.Enabled': 'true',
    };
    type Entry = {
      component: { name: string };
      variable: { name: string; instance?: string };
      attributeValue?: string;
    };
    const keyOf = ({ component, variable }: Entry): string =>
      `${component.name}.${variable.name}${variable.instance === undefined ? '' : `[${variable.instance}]`}`;
    station.answers['GetVariables'] = ({ getVariableData }: Payload) => ({
      getVariableResult: (getVariableData as Entry[]).map(({ component, variable }) => {
        const attributeValue = said[keyOf({ component, variable })];
        const known = { attributeStatus: 'Accepted', attributeValue };
        return {
          component,
          variable,
          ...(attributeValue === undefined ? { attributeStatus: 'UnknownVariable' } : known),
        };
      }),
    });
    const set: string[] = [];
    station.answers['SetVariables'] = ({ setVariableData }: Payload) => ({
      setVariableResult: (setVariableData as Entry[]).map((entry) => {
        const { component, variable, attributeValue = '' } = entry;
        set.push(`${keyOf(entry)}=${attributeValue}`);
        const refused = attributeValue.includes('Current.Import');
        return { component, variable, attributeStatus: refused ? 'Rejected' : 'Accepted' };
      }),
    });
    await station.boot();
    await until(
      fixture.harness.clock,
      () => fixture.harness.bridge.chargePoints.record('CP1').configuration !== undefined,
    );
    expect(fixture.harness.bridge.chargePoints.record('CP1').configuration).toEqual(said);
    expect(set).toEqual([
      'SampledDataCtrlr.TxUpdatedInterval=10',
      'SampledDataCtrlr.TxUpdatedMeasurands=Energy.Active.Import.Register,Power.Active.Import,SoC,Voltage,Current.Import',
      'SampledDataCtrlr.TxUpdatedMeasurands=Energy.Active.Import.Register,Power.Active.Import,SoC,Voltage',
      'SampledDataCtrlr.TxEndedMeasurands=Energy.Active.Import.Register',
      'OCPPCommCtrlr.MessageAttempts[TransactionEvent]=5',
    ]);
    for (const { payload } of station.calls.filter(({ action }) => action === 'GetVariables'))
      expect((payload['getVariableData'] as unknown[]).length).toBeLessThanOrEqual(4);
  });

  it('TC_B_13 a base report fills in what is known of the station, page by page', async () => {
    const station = await ready();
    await station.boot();
    await fixture.sockets.sendCommand('CP1', { type: 'get-configuration' });
    const { payload } = await station.called('GetBaseReport');
    expect(payload).toMatchObject({ reportBase: 'FullInventory' });
    const page = (seqNo: number, name: string, value: string): object => ({
      requestId: payload['requestId'],
      generatedAt: station.time(),
      seqNo,
      tbc: seqNo === 0,
      reportData: [{ component: { name: 'TxCtrlr' }, variable: { name }, variableAttribute: [{ value }] }],
    });
    expect(await station.ask('NotifyReport', page(0, 'TxStartPoint', 'EVConnected'))).toEqual({});
    expect(await station.ask('NotifyReport', page(1, 'TxStopPoint', 'EVConnected,Authorized'))).toEqual({});
    expect((await fixture.harness.store.chargePoint('CP1'))?.configuration).toEqual({
      'TxCtrlr.TxStartPoint': 'EVConnected',
      'TxCtrlr.TxStopPoint': 'EVConnected,Authorized',
    });
  });

  it('TC_G_20 a lock failure is noted', async () => {
    const station = await ready();
    await station.boot();
    const event = {
      eventId: 1,
      timestamp: station.time(),
      trigger: 'Delta',
      actualValue: 'true',
      eventNotificationType: 'HardWiredNotification',
      component: { name: 'ConnectorPlugRetentionLock', evse: { id: 1, connectorId: 1 } },
      variable: { name: 'Problem' },
    };
    expect(await station.ask('NotifyEvent', { generatedAt: station.time(), seqNo: 0, eventData: [event] })).toEqual({});
  });

  it('TC_P_02 a vendor that nobody knows', async () => {
    const station = await ready();
    await station.boot();
    expect(await station.ask('DataTransfer', { vendorId: 'x', data: { any: [1] } })).toEqual({
      status: 'UnknownVendorId',
    });
  });
});

describe('frames that break the schema', () => {
  it('E01 a TransactionEvent is never refused when it says which transaction it is about', async () => {
    const station = await ready();
    await station.boot();
    const faulty = {
      eventType: 'Started',
      seqNo: 'one',
      triggerReason: 'Whim',
      extra: null,
      transactionInfo: { transactionId: 'tx' },
    };
    expect(await station.ask('TransactionEvent', faulty)).toEqual({});
    expect(await fixture.harness.store.transaction('CP1', 'tx')).toMatchObject({ transactionId: 'tx' });
  });
});
