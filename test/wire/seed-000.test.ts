/**
 * OCPP 1.6 payloads in `{messageId, action, payload}` objects instead of the arrays of OCPP-J. The document is quoted
 * in `seed-000-object-envelope.txt`; every request in it is sent verbatim and must get an answer with the documented
 * members. Repeats, errors and the choice between the object envelope and OCPP-J are tested too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../conformance/ocpp16/charger.js';

interface Exchange {
  readonly name: string;
  /** The documented request, including line breaks and duplicate keys. */
  readonly request: string;
  readonly response: Envelope;
}

interface Envelope {
  readonly [key: string]: unknown;
}

const TEXT = readFileSync(join(import.meta.dirname, 'seed-000-object-envelope.txt'), 'utf8');
const EXCHANGES: readonly Exchange[] = [
  ...TEXT.matchAll(/Request:\s*(\{[\s\S]*?\n {8}\})\s*Response:\s*(\{[\s\S]*?\n {8}\})/g),
].map(([, request = '', response = '']) => {
  const parsed: unknown = JSON.parse(request);
  return { name: String((parsed as Envelope)['action']), request, response: JSON.parse(response) as Envelope };
});

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
/** The expected answers. The documented values are only examples. */
const ANSWERS: Readonly<Record<string, Envelope>> = {
  Heartbeat: { status: 'Accepted', payload: { currentTime: TIME } },
  Authorize: { status: 'Accepted', payload: { idTagInfo: { status: 'Accepted' } } },
  BootNotification: { status: 'Accepted', payload: { status: 'Accepted', currentTime: TIME, interval: 300 } },
  DataTransfer: { uniqueId: '5678', action: 'DataTransfer', status: 'Accepted', payload: { status: 'Accepted' } },
  DiagnosticsStatusNotification: { status: 'Accepted' },
  FirmwareStatusNotification: { status: 'Accepted' },
  MeterValues: { status: 'Accepted' },
  StatusNotification: { status: 'Accepted' },
};

let server: TestServer | undefined;
afterEach(async () => {
  await server?.server.close(1_000);
  server = undefined;
});

const open = async (dialect: 'auto' | 'envelope'): Promise<TestServer> => {
  server = await startServer({ edge: { settingsOf: () => ({ dialect, strict: false, quirks: [] }) }, legacy: true });
  server.intake.acceptedIds.add('CP1');
  server.intake.respond = (_id, event) =>
    event.type === 'data-transferred' ? { type: 'data-transferred', status: 'Accepted' } : undefined;
  return server;
};

describe('seed 000, the object envelope', () => {
  it('documents eight exchanges', () => {
    expect(EXCHANGES.map(({ name }) => name).sort()).toEqual(Object.keys(ANSWERS).sort());
  });

  it.each(EXCHANGES)('$name is answered as documented', async ({ name, request, response }) => {
    const { connect } = await open('auto');
    const charger = await connect('CP1', []);
    const answer = await charger.ask(request);
    expect(answer).toEqual({ messageId: '1234', ...ANSWERS[name] });
    expect(Object.keys(answer as object)).toEqual(expect.arrayContaining(Object.keys(response)));
  });

  it('answers all eight in sequence on one socket, although every id is 1234', async () => {
    const { connect, intake, sockets } = await open('envelope');
    const charger = await connect('CP1', []);
    for (const { name, request } of EXCHANGES) {
      expect(await charger.ask(request)).toEqual({ messageId: '1234', ...ANSWERS[name] });
    }
    expect(intake.events).toHaveLength(8);
    // Only the additional members of the documented requests are reported as violations.
    expect(sockets.protocolViolations('CP1').rules.map(({ action, path, keyword }) => `${action} ${path} ${keyword}`).sort()).toEqual([
      'BootNotification meterFirmwareVersion additionalProperties',
      'DiagnosticsStatusNotification uploadStatus additionalProperties',
      'FirmwareStatusNotification firmware additionalProperties',
    ]);
  });

  it('a repeated frame within a minute has no second effect', async () => {
    const { connect, intake } = await open('envelope');
    const charger = await connect('CP1', []);
    const meter = EXCHANGES.find(({ name }) => name === 'MeterValues');
    await charger.ask(meter?.request);
    await charger.ask(meter?.request);
    expect(intake.events).toHaveLength(1);
  });

  it('an unknown action and an invalid payload are answered in the dialect', async () => {
    const { connect } = await open('envelope');
    const charger = await connect('CP1', []);
    expect(await charger.ask({ messageId: '7', action: 'Teleport', payload: {} })).toEqual({
      messageId: '7',
      status: 'Rejected',
      errorCode: 'NotImplemented',
      errorDescription: expect.any(String),
    });
    expect(await charger.ask({ messageId: 8, action: 'Authorize', payload: [] })).toMatchObject({
      messageId: 8,
      errorCode: 'FormationViolation',
    });
  });

  it('is fixed by the first readable frame of a connection', async () => {
    const { connect, events } = await open('auto');
    const objects = await connect('CP1', []);
    objects.ws.send('garbage');
    expect(await objects.ask({ messageId: '1', action: 'Heartbeat', payload: {} })).toMatchObject({ messageId: '1' });
    objects.ws.send('[2,"2","Heartbeat",{}]');
    expect(await objects.ask({ messageId: '3', action: 'Heartbeat', payload: {} })).toMatchObject({ messageId: '3' });
    expect(events.of('charger.frame-dropped')).toMatchObject([{ reason: 'not-json' }, { reason: 'not-an-object' }]);

    const arrays = await connect('CP2');
    server?.intake.acceptedIds.add('CP2');
    expect(await arrays.ask('  [2,"2","Heartbeat",{}]')).toMatchObject([3, '2', {}]);
    arrays.ws.send('{"messageId":"3","action":"Heartbeat","payload":{}}');
    expect(await arrays.ask([2, '4', 'Heartbeat', {}])).toMatchObject([3, '4', {}]);
    expect(events.of('charger.frame-dropped').at(-1)).toMatchObject({ chargePointId: 'CP2', reason: 'not-an-array' });
  });

  it('is off by default: a socket without a subprotocol is closed, and an object is not accepted as a frame', async () => {
    server = await startServer();
    const silent = await server.connect('CP1', []);
    expect(await silent.closed).toBe(1002);
    const charger = await server.connect('CP1');
    charger.ws.send('{"messageId":"1","action":"Heartbeat","payload":{}}');
    server.intake.acceptedIds.add('CP1');
    expect(await charger.ask([2, '2', 'Heartbeat', {}])).toMatchObject([3, '2', {}]);
  });
});
