/** An operator raises a station's security step by step. Every command and its answer is stored. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { type ChargerFixture, startChargerFixture, type Station } from './station.js';

describe.each(['2.0.1', '2.1'] as const)('OCPP %s', (version) => {
  let fixture: ChargerFixture;
  let station: Station;
  beforeEach(async () => {
    await loadSodium();
    fixture = await startChargerFixture();
    station = await fixture.connect([`ocpp${version}`]);
    await station.boot();
  });
  afterEach(() => fixture.stop());

  it('TC_A_19 a higher security profile: a connection profile, its priority, a reset, and the events of it', async () => {
    const connectionData = {
      ocppInterface: 'Wired0',
      ocppTransport: 'JSON',
      ...(version === '2.0.1' && { ocppVersion: 'OCPP20' }),
      messageTimeout: 30,
      ocppCsmsUrl: 'wss://bpp.example/ocpp',
      securityProfile: 2,
    };
    const component = { name: 'OCPPCommCtrlr' };
    const variable = { name: 'NetworkConfigurationPriority' };
    const priority = { setVariableData: [{ component, variable, attributeValue: '2,1' }] };
    station.answers['SetVariables'] = () => ({
      setVariableResult: [{ component, variable, attributeStatus: 'Accepted' }],
    });
    for (const [action, payload] of [
      ['SetNetworkProfile', { configurationSlot: 2, connectionData }],
      ['SetVariables', priority],
      ['Reset', { type: 'OnIdle' }],
    ] as const) {
      expect(await station.operated(action, payload)).toMatchObject({ state: 'answered', status: 'Accepted', payload });
      expect(station.calls.at(-1)).toMatchObject({ action, payload });
    }
    // A05.FR.07: the station reports the change with an event.
    const event = { type: 'ReconfigurationOfSecurityParameters', timestamp: station.time() };
    expect(await station.ask('SecurityEventNotification', event)).toEqual({});
    expect(await station.notifications()).toEqual([['SecurityEventNotification', event]]);
  });

  it('a step that the station refuses is reported to the operator', async () => {
    station.answers['SetNetworkProfile'] = () => ({ status: 'Failed' });
    const connectionData = {
      ocppInterface: 'Wired0',
      ocppTransport: 'JSON',
      ...(version === '2.0.1' && { ocppVersion: 'OCPP20' }),
      messageTimeout: 30,
      ocppCsmsUrl: 'ws://bpp.example/ocpp',
      securityProfile: 1,
    };
    expect(await station.operated('SetNetworkProfile', { configurationSlot: 1, connectionData })).toMatchObject({
      state: 'answered',
      status: 'Failed',
    });
  });
});
