import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer, type Charger, type TestServer } from './charger.js';

const AT = '2026-01-15T10:00:00Z';
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

let server: TestServer;
let charger: Charger;
beforeEach(async () => {
  server = await startServer();
  charger = await server.connect();
  await charger.ask([2, 'boot', 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }]);
});
afterEach(() => server.server.close(1_000));

describe('OCPP 1.6 §4 messages from the charge point', () => {
  it.each<[string, string, object, object]>([
    ['§4.1', 'Authorize', { idTag: 'TAG' }, { idTagInfo: { status: 'Accepted' } }],
    [
      '§4.2',
      'BootNotification',
      { chargePointVendor: 'V', chargePointModel: 'M' },
      { status: 'Accepted', currentTime: TIME, interval: 300 },
    ],
    ['§4.3', 'DataTransfer', { vendorId: 'x' }, { status: 'UnknownVendorId' }],
    ['§4.4', 'DiagnosticsStatusNotification', { status: 'Idle' }, {}],
    ['§4.5', 'FirmwareStatusNotification', { status: 'Installed' }, {}],
    ['§4.6', 'Heartbeat', {}, { currentTime: TIME }],
    ['§4.7', 'MeterValues', { connectorId: 1, meterValue: [{ timestamp: AT, sampledValue: [{ value: '1' }] }] }, {}],
    [
      '§4.8',
      'StartTransaction',
      { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: AT },
      { transactionId: 1, idTagInfo: { status: 'Accepted' } },
    ],
    ['§4.9', 'StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available', timestamp: AT }, {}],
    ['§4.10', 'StopTransaction', { transactionId: 1, meterStop: 9, timestamp: AT }, {}],
  ])('%s %s is answered', async (_clause, action, payload, answer) => {
    expect(await charger.ask([2, 'id', action, payload])).toEqual([3, 'id', answer]);
  });

  it('§4.8, §4.10 what a transaction says reaches the core in its words', async () => {
    await charger.ask([2, '1', 'StartTransaction', { connectorId: 2, idTag: 'TAG', meterStart: 1000, timestamp: AT }]);
    const transactionData = [
      { timestamp: AT, sampledValue: [{ value: '1.2', unit: 'kWh', context: 'Transaction.End' }] },
    ];
    await charger.ask([
      2,
      '2',
      'StopTransaction',
      { transactionId: 1, meterStop: 1200, timestamp: AT, transactionData },
    ]);
    const at = Date.parse(AT);
    expect(server.intake.events.slice(1).map(({ event }) => event)).toMatchObject([
      { type: 'transaction-started', connectorId: 2, idTag: 'TAG', meterStartWh: 1000, at },
      {
        type: 'transaction-stopped',
        transactionId: '1',
        meterStopWh: 1200,
        at,
        reason: 'Local',
        samples: [{ at, registerWh: 1200 }],
      },
    ]);
  });
});

describe('OCPP-J 1.6 §4 on the wire', () => {
  it.each(['"\\u00e9\\"x"', '7', '1.50', `"${'long'.repeat(20)}"`])(
    '§4.1.4 the id %s comes back byte for byte',
    async (id) => {
      charger.ws.send(`[2,${id},"Heartbeat",{}]`);
      expect(await charger.nextText()).toMatch(new RegExp(`^\\[3,${id.replace(/[\\.]/g, '\\$&')},`));
    },
  );

  it('nothing that a peer sends costs it the socket', async () => {
    charger.ws.send('garbage');
    charger.ws.send('{"messageId":"1","action":"Heartbeat","payload":{}}');
    charger.ws.send('[6,"1","NotifyPeriodicEventStream",{}]');
    charger.ws.send(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
    charger.ws.send(Buffer.from([1, 2, 3]), { binary: true });
    charger.ws.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
    expect(await charger.ask([2, '1', 'Heartbeat', {}])).toEqual([3, '1', { currentTime: TIME }]);
    expect(server.events.of('charger.frame-dropped').map(({ reason }) => reason)).toEqual([
      'not-json',
      'not-an-array',
      'message-type',
      'message-type',
      'binary',
      'not-an-array',
    ]);
  });

  it('a text that is no UTF-8 inside a string is read with the replacement character', async () => {
    const frame = Buffer.from('[2,"1","DataTransfer",{"vendorId":"Lades?ule"}]');
    frame[frame.indexOf('?')] = 0xe4;
    charger.ws.send(frame, { binary: false });
    expect(await charger.nextText()).toBe('[3,"1",{"status":"UnknownVendorId"}]');
  });

  it('§4.1.1 two CALLs at once are answered in the order of their arrival', async () => {
    charger.ws.send(
      JSON.stringify([2, 'a', 'StartTransaction', { connectorId: 1, idTag: 'T', meterStart: 0, timestamp: AT }]),
    );
    charger.ws.send(JSON.stringify([2, 'b', 'Heartbeat', {}]));
    expect(await charger.nextText()).toMatch(/^\[3,"a"/);
    expect(await charger.nextText()).toMatch(/^\[3,"b"/);
  });

  it('§5.11 a RemoteStart is answered although the charger asks Authorize first', async () => {
    const answer = server.sockets.sendCommand('CP1', {
      type: 'remote-start',
      connectorId: 1,
      idTag: 'TAG',
      remoteStartId: 7,
    });
    const [, id, action, payload]: unknown[] = JSON.parse(await charger.nextText());
    expect([action, payload]).toEqual(['RemoteStartTransaction', { connectorId: 1, idTag: 'TAG' }]);
    expect(await charger.ask([2, 'x', 'Authorize', { idTag: 'TAG' }])).toEqual([
      3,
      'x',
      { idTagInfo: { status: 'Accepted' } },
    ]);
    charger.ws.send(JSON.stringify([3, id, { status: 'Accepted' }]));
    expect(await answer).toMatchObject({ kind: 'answered', status: 'Accepted' });
  });

  it('a second socket of the charger takes over, and its commands go there', async () => {
    const second = await server.connect();
    await second.ask([2, '1', 'Heartbeat', {}]);
    expect(await charger.closed).toBe(1001);
    void server.sockets.sendCommand('CP1', { type: 'trigger-message', requestedMessage: 'Heartbeat' });
    expect(await second.nextText()).toContain('"TriggerMessage"');
    expect(server.intake.connectionLog).toEqual(['+CP1 1.6 1', '+CP1 1.6 2']);
  });
});
