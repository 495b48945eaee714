import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../src/domain/model/object.js';
import type { Payload } from '../../../../src/ocpp/frames/payload.js';
import { validateLeniently, valueAt } from '../../../../src/ocpp/leniency/lenient-validation.js';
import { v16 } from '../../../../src/ocpp/versions/v16/v16.js';
import { v201 } from '../../../../src/ocpp/versions/v2/v201.js';
import { quirksByName } from '../../../../src/ocpp/quirks/registry.js';
import { readStoredPayload } from '../../../../src/ocpp/connection/stored-meter-values.js';
import { createOcppHarness } from '../ocpp-harness.js';

const AT = '2026-01-15T10:00:00Z';
const STATUS = { connectorId: 1, errorCode: 'NoError', status: 'Available' };
const BOOT = { chargePointVendor: 'V', chargePointModel: 'M' };
const meter = (...sampledValue: Json[]): Payload => ({ connectorId: 1, meterValue: [{ timestamp: AT, sampledValue }] });

function softened(action: string, payload: Payload): { payload: Payload; faults: string[]; violation?: string } {
  const route = v16.routes.get(action);
  if (!route) throw new Error(`no route for ${action}`);
  const message = {
    version: '1.6',
    action,
    kind: 'request',
    check: route.checkRequest,
    billingFields: route.billingFields,
  } as const;
  const made = validateLeniently(message, payload);
  const faults = made.faults.map(({ path, keyword }) => `${path} ${keyword}`);
  return { payload: made.payload, faults, ...(made.violation && { violation: made.violation.path }) };
}

describe('leniency by the schema of the message, each fault by its name', () => {
  it.each<[string, string, Payload, Payload, string[]]>([
    ['a null', 'StatusNotification', { ...STATUS, info: null }, STATUS, ['info type']],
    ['an unknown key', 'Heartbeat', { a: 1 }, {}, ['a additionalProperties']],
    ['a prototype for a key', 'Heartbeat', JSON.parse('{"__proto__":{"x":1}}'), {}, ['__proto__ additionalProperties']],
    [
      'text for a number',
      'StatusNotification',
      { ...STATUS, connectorId: ' 2 ' },
      { ...STATUS, connectorId: 2 },
      ['connectorId type'],
    ],
    ['a number for text', 'Authorize', { idTag: 42 }, { idTag: '42' }, ['idTag type']],
    [
      'a time without zone',
      'StatusNotification',
      { ...STATUS, timestamp: '2026-01-15T10:00:00' },
      { ...STATUS, timestamp: AT },
      ['timestamp format'],
    ],
    [
      'a time with a blank and no seconds',
      'StatusNotification',
      { ...STATUS, timestamp: '2026-01-15 10:00' },
      { ...STATUS, timestamp: AT },
      ['timestamp format'],
    ],
    [
      'a day that does not exist',
      'StatusNotification',
      { ...STATUS, timestamp: '2026-02-30T10:00:00Z' },
      STATUS,
      ['timestamp format'],
    ],
    ['a time that is none', 'StatusNotification', { ...STATUS, timestamp: 'yesterday' }, STATUS, ['timestamp format']],
    [
      'text that is too long',
      'BootNotification',
      { ...BOOT, firmwareVersion: '⚡'.repeat(60) },
      { ...BOOT, firmwareVersion: '⚡'.repeat(50) },
      ['firmwareVersion maxLength'],
    ],
    [
      'an unknown error code',
      'StatusNotification',
      { ...STATUS, errorCode: 'Error' },
      { ...STATUS, errorCode: 'OtherError' },
      ['errorCode enum'],
    ],
    ['a word in another case', 'StatusNotification', { ...STATUS, status: 'available' }, STATUS, ['status enum']],
    [
      'a sampled value without its list',
      'MeterValues',
      { connectorId: 1, meterValue: { timestamp: AT, sampledValue: { value: 5 } } },
      meter({ value: '5' }),
      ['meterValue type', 'meterValue[0].sampledValue type', 'meterValue[0].sampledValue[0].value type'],
    ],
    [
      'an unknown context',
      'MeterValues',
      meter({ value: '5', context: 'Sometimes' }),
      meter({ value: '5', context: 'Other' }),
      ['meterValue[0].sampledValue[0].context enum'],
    ],
  ])('%s', (_name, action, payload, wanted, faults) => {
    const given = structuredClone(payload);
    expect(softened(action, given)).toEqual({ payload: wanted, faults });
    expect(given).toEqual(payload);
  });

  it.each(['measurand', 'unit', 'phase', 'location', 'format'])(
    'a value whose %s is unknown is dropped: without it, it would be the energy that is billed',
    (key) => {
      const good = { value: '5' };
      expect(softened('MeterValues', meter({ value: '9', [key]: 'Foo' }, good)).payload).toEqual(meter(good));
    },
  );

  it.each<[string, string, Payload, string]>([
    ['a missing field', 'Authorize', {}, 'idTag'],
    ['an identifier that is too long', 'Authorize', { idTag: 'x'.repeat(21) }, 'idTag'],
    ['an unknown status', 'StatusNotification', { ...STATUS, status: 'Confused' }, 'status'],
  ])('%s is not guessed', (_name, action, payload, path) => {
    expect(softened(action, payload).violation).toBe(path);
  });

  it('what moves money is usable while its identity can be read, and what is left of the fault is named', () => {
    const long = 'x'.repeat(30);
    expect(softened('StartTransaction', { connectorId: '1', idTag: long })).toEqual({
      payload: { connectorId: 1, idTag: long },
      faults: ['connectorId type', 'meterStart required'],
    });
    expect(softened('StopTransaction', { meterStop: 5, timestamp: AT }).violation).toBe('transactionId');
  });

  it('a meter reading that was kept as it came is read with the same eyes', () => {
    const raw = JSON.stringify({ connectorId: 1, meterValue: { timestamp: AT, sampledValue: { value: '5' } } });
    expect(readStoredPayload(v16, raw, 0, [])).toEqual([{ at: Date.parse(AT), registerWh: 5 }]);
    expect(readStoredPayload(v16, '{}', 0, [])).toEqual([]);
    expect(readStoredPayload(v16, '7', 0, [])).toEqual([]);
    const info = { transactionInfo: { transactionId: 'tx' } };
    const reported = {
      ...info,
      meterValue: [{ timestamp: AT, sampledValue: [{ value: '1.5', unitOfMeasure: { unit: 'kWh' } }] }],
    };
    expect(readStoredPayload(v201, JSON.stringify(reported), 0, [])).toEqual([
      { at: Date.parse(AT), registerWh: 1500 },
    ]);
    const lied = { ...info, meterValue: [{ timestamp: AT, sampledValue: [{ value: 1.5 }] }] };
    expect(readStoredPayload(v201, JSON.stringify(lied), 0, quirksByName(['kwh-labelled-wh']))).toMatchObject([
      { registerWh: 1500 },
    ]);
  });

  it('the value at a path is the one that the violation means', () => {
    const payload = meter({ value: '5' });
    expect(valueAt(payload, 'meterValue[0].sampledValue[0].value')).toBe('5');
    expect(valueAt(payload, 'meterValue[1].x')).toBeUndefined();
    expect(valueAt(payload, '')).toBe(payload);
  });
});

describe('what a charger is sinning against', () => {
  it('is counted by rule, with the last example, and told once', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const bad = { timestamp: AT, sampledValue: [{ value: '5', context: 'Sometimes' }] };
    charger.say([2, '1', 'MeterValues', { connectorId: 1, meterValue: [bad, bad] }]);
    await harness.clock.advance(5_000);
    charger.say([2, '2', 'MeterValues', { connectorId: 1, meterValue: [bad] }]);
    expect(harness.sockets.protocolViolations('CP1')).toEqual({
      total: 3,
      quirks: [],
      rules: [
        {
          version: '1.6',
          action: 'MeterValues',
          path: 'meterValue[].sampledValue[].context',
          keyword: 'enum',
          count: 3,
          lastAt: harness.clock.now(),
          example: '"Sometimes"',
          lenient: true,
        },
      ],
    });
    expect(harness.events.of('charger.violation-tolerated')).toHaveLength(3);
    expect(harness.events.of('charger.protocol-violation')).toHaveLength(1);
    charger.drop();
    expect(harness.sockets.protocolViolations('CP1').total).toBe(3);
    expect(harness.sockets.protocolViolations('NOBODY')).toEqual({ total: 0, rules: [], quirks: [] });
  });

  it.each<[string, string, Payload, string]>([
    ['a tag', 'Authorize', { idTag: 1234567 }, 'a number'],
    ['opaque text', 'BootNotification', { ...BOOT, firmwareVersion: 'x'.repeat(60) }, '60 characters'],
    ['an unknown member', 'Heartbeat', { driver: 'Asha Rao' }, '8 characters'],
    ['a member that is an object', 'Heartbeat', { driver: {} }, 'an object'],
    ['a list', 'Heartbeat', { driver: [1, 2] }, 'a list of 2'],
    ['a word', 'StatusNotification', { ...STATUS, errorCode: 'Error' }, '"Error"'],
  ])('%s is shown as far as it may be', (_name, action, payload, example) => {
    const harness = createOcppHarness();
    harness.connect().say([2, '1', action, payload]);
    expect(harness.sockets.protocolViolations('CP1').rules).toMatchObject([{ example }]);
  });

  it('fifty rules are remembered, the freshest, and all are counted', () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    for (let n = 0; n < 60; n += 1) charger.say([2, String(n), `Teleport${n}`, {}]);
    const { total, rules } = harness.sockets.protocolViolations('CP1');
    expect([total, rules.length, rules.at(-1)?.action]).toEqual([60, 50, 'Teleport59']);
    charger.say([2, 'x', '\u001b[31m' + 'y'.repeat(500), {}]);
    expect(harness.sockets.protocolViolations('CP1').rules.at(-1)?.action).toMatch(/^[ y]{1,51}$/);
  });

  it('refused messages are named too', () => {
    const harness = createOcppHarness();
    harness.connect().say([2, '1', 'Authorize', {}]);
    expect(harness.sockets.protocolViolations('CP1').rules).toMatchObject([
      { path: 'idTag', keyword: 'required', lenient: false },
    ]);
  });
});

describe('answers of the charger to our calls', () => {
  const START = { type: 'remote-start', connectorId: 1, idTag: 'TAG', remoteStartId: 7 } as const;

  it('are mended and named as well', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', START);
    charger.say([3, 'call-1', { status: 'accepted', extra: null }]);
    expect(await answer).toEqual({ kind: 'answered', status: 'Accepted', payload: { status: 'Accepted' } });
    expect(harness.sockets.protocolViolations('CP1').rules.map(({ path, keyword }) => `${path} ${keyword}`)).toEqual([
      'status enum',
      'extra additionalProperties',
    ]);
  });

  it('strict: one that breaks its schema has failed', async () => {
    const harness = createOcppHarness({ settingsOf: () => ({ dialect: 'ocpp-j', strict: true, quirks: [] }) });
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', START);
    charger.say([3, 'call-1', { status: 'Accepted', extra: 1 }]);
    expect(await answer).toMatchObject({ kind: 'error', code: 'FormationViolation' });
  });
});
