/** Boots answered with Pending or Rejected: which messages each side may send before the station is accepted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { type ChargerFixture, startChargerFixture, type Station } from './station.js';

const TRIGGER = { requestedMessage: 'Heartbeat' };
const START = { remoteStartId: 1, idToken: { idToken: 'T', type: 'Central' }, evseId: 1 };
const EVENT = {
  eventType: 'Ended',
  triggerReason: 'StopAuthorized',
  seqNo: 1,
  transactionInfo: { transactionId: 'tx' },
};

describe.each(['2.0.1', '2.1'] as const)('OCPP %s boots that are not accepted', (version) => {
  let fixture: ChargerFixture;
  let station: Station;
  beforeEach(async () => {
    await loadSodium();
    fixture = await startChargerFixture(true);
    station = await fixture.connect([`ocpp${version}`]);
  });
  afterEach(() => fixture.stop());

  const operator = (answer: 'accept' | 'pending' | 'reject'): Promise<boolean> =>
    fixture.harness.bridge.operatorCommands.setBootPolicy('CP1', answer);
  const event = (): object => ({ ...EVENT, timestamp: station.time() });

  it('TC_B_02 Pending: the answer says when to boot again, and the station is prepared meanwhile', async () => {
    await operator('pending');
    expect(await station.boot()).toEqual({ status: 'Pending', currentTime: station.time(), interval: 60 });
    expect(fixture.harness.bridge.chargePoints.record('CP1')).toMatchObject({ accepted: false, bootStatus: 'Pending' });
    // B02.FR.01, .05: while Pending, everything except sessions is allowed.
    const component = { name: 'OCPPCommCtrlr' };
    const variable = { name: 'HeartbeatInterval' };
    const set = { setVariableData: [{ component, variable, attributeValue: '60' }] };
    station.answers['SetVariables'] = () => ({
      setVariableResult: [{ component, variable, attributeStatus: 'Accepted' }],
    });
    expect(await station.operated('SetVariables', set)).toMatchObject({ state: 'answered', status: 'Accepted' });
    expect(await station.operated('RequestStartTransaction', START)).toMatchObject({
      state: 'not-sent',
      reason: 'not-accepted',
    });
    // The requests after connecting wait for the acceptance, and nothing is sold before it.
    await expect(fixture.harness.confirm({ transaction: 'early' })).rejects.toThrow('made no order');
    expect(JSON.stringify(fixture.harness.callbacks.at(-1))).toContain('out of service');
    await fixture.harness.clock.advance(5_000);
    expect(station.calls.map(({ action }) => action)).toEqual(['SetVariables']);
    await operator('accept');
    expect(await station.boot()).toMatchObject({ status: 'Accepted', interval: 300 });
    const order = await fixture.harness.confirm();
    expect((await station.called('RequestStartTransaction')).payload).toMatchObject({
      idToken: { idToken: order.idTag },
    });
    expect(fixture.harness.bridge.chargePoints.record('CP1')).not.toHaveProperty('bootStatus');
  });

  it.each([
    ['pending', 'Pending'],
    ['reject', 'Rejected'],
  ] as const)('TC_B_30 %s: what the station says uninvited is a SecurityError', async (answer, status) => {
    await operator(answer);
    expect(await station.boot()).toMatchObject({ status });
    await expect(station.ask('Heartbeat', {})).rejects.toThrow('SecurityError');
    await expect(station.status('Available')).rejects.toThrow('SecurityError');
    await expect(station.ask('TransactionEvent', event())).rejects.toThrow('SecurityError');
    expect(fixture.harness.bridge.chargePoints.effectiveState('CP1', 1)).toMatchObject({ status: 'Unavailable' });
  });

  it('TC_B_31 what was triggered is heard, and a release triggers the next boot', async () => {
    await operator('pending');
    await station.boot();
    expect(await station.operated('TriggerMessage', TRIGGER)).toMatchObject({ status: 'Accepted' });
    expect(await station.ask('Heartbeat', {})).toEqual({ currentTime: station.time() });
    await expect(station.status('Available')).rejects.toThrow('SecurityError');
    await station.operated('TriggerMessage', { requestedMessage: 'SignChargingStationCertificate' });
    expect(await station.ask('SignCertificate', { csr: 'none' })).toMatchObject({ status: 'Rejected' });
    await station.operated('GetBaseReport', { requestId: 7, reportBase: 'SummaryInventory' });
    expect(await station.ask('NotifyReport', { requestId: 7, generatedAt: station.time(), seqNo: 0 })).toEqual({});
    station.calls.length = 0;
    await operator('accept');
    expect((await station.called('TriggerMessage')).payload).toEqual({ requestedMessage: 'BootNotification' });
    expect(await station.boot()).toMatchObject({ status: 'Accepted' });
    expect(await station.status('Available')).toEqual({});
  });

  it('B03.FR.03 Rejected: the station is left alone', async () => {
    await operator('reject');
    expect(await station.boot()).toMatchObject({ status: 'Rejected', interval: 60 });
    expect(await station.operated('TriggerMessage', TRIGGER)).toMatchObject({ state: 'not-sent' });
    await operator('accept');
    await fixture.harness.clock.advance(30_000);
    expect(station.calls).toEqual([]);
    expect(await station.boot()).toMatchObject({ status: 'Accepted' });
  });

  it('one that was accepted before keeps its word about money, and nothing is asked of it', async () => {
    await station.boot();
    await station.status('Available');
    const order = await fixture.harness.confirm();
    await station.called('RequestStartTransaction');
    await operator('pending');
    // The policy applies from the station's next boot, on this socket and on the next one.
    expect(await station.ask('Heartbeat', {})).toHaveProperty('currentTime');
    expect(await station.boot()).toMatchObject({ status: 'Pending' });
    station.ws.terminate();
    await fixture.harness.clock.advance(1000);
    station = await fixture.connect([`ocpp${version}`]);
    await fixture.harness.clock.advance(10_000);
    await expect(station.ask('Heartbeat', {})).rejects.toThrow('SecurityError');
    expect(await station.ask('TransactionEvent', event())).toEqual({});
    station.calls.length = 0;
    await fixture.harness.bridge.operatorCommands.cancel(order.id);
    await fixture.harness.clock.advance(5_000);
    expect(station.calls).toEqual([]);
  });
});
