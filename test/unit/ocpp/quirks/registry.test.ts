import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../../../src/ocpp/frames/payload.js';
import { QUIRKS, quirksByName } from '../../../../src/ocpp/quirks/registry.js';
import { v16 } from '../../../../src/ocpp/versions/v16/v16.js';
import { v201 } from '../../../../src/ocpp/versions/v2/v201.js';
import { v21 } from '../../../../src/ocpp/versions/v2/v21.js';
import type { OcppVersion } from '../../../../src/ocpp/versions/version.js';
import { createOcppHarness } from '../ocpp-harness.js';

const withQuirks = (...names: string[]): ReturnType<typeof createOcppHarness> =>
  createOcppHarness({ settingsOf: () => ({ dialect: 'ocpp-j', strict: false, quirks: quirksByName(names) }) });
const start = { type: 'remote-start', connectorId: 1, idTag: 'TAG', remoteStartId: 7 } as const;
interface ByChargePoint {
  readonly additionalProperties: {
    readonly properties: { readonly quirks: { readonly items: { readonly enum: string[] } } };
  };
}

const EMPTY: Payload = {};
const STATUS = { connectorId: 1, errorCode: 'Error', status: 'Faulted' };

describe('quirks', () => {
  const cases = QUIRKS.flatMap((quirk) =>
    quirk.examples.flatMap(({ action, before, after, version = '1.6' as const }) =>
      (['inbound', 'meaning', 'call', 'answer'] as const)
        .filter((way) => quirk[way])
        .map((way) => ({ name: quirk.name, version, way, action, before, after, change: quirk[way] })),
    ),
  );
  it.each(cases)('$name: $way $action before and after', ({ action, version, before, after, change }) => {
    const given = structuredClone(before);
    expect(change?.(action, given, version)).toEqual(after);
    expect(given).toEqual(before);
    expect(change?.(action, after, version)).toBe(after);
    expect(change?.('Heartbeat', EMPTY, version)).toBe(EMPTY);
  });

  it('have a name, a sentence and a source each, and an example where they change a payload', () => {
    expect(new Set(QUIRKS.map(({ name }) => name)).size).toBe(QUIRKS.length);
    for (const { name, description: says, source, examples, inbound, meaning, call, answer } of QUIRKS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(says.length * source.length).toBeGreaterThan(0);
      expect(examples.length > 0, name).toBe((inbound ?? meaning ?? call ?? answer) !== undefined);
    }
  });

  it('are what the settings may name', () => {
    const schema = readFileSync(join(import.meta.dirname, '../../../../config/config.schema.json'), 'utf8');
    const parsed = JSON.parse(schema) as { properties: { ocpp: { properties: { chargePoints: ByChargePoint } } } };
    const names = parsed.properties.ocpp.properties.chargePoints.additionalProperties.properties.quirks.items.enum;
    expect(names).toEqual(QUIRKS.map(({ name }) => name).sort());
    expect(() => quirksByName(['no-such'])).toThrow('no-such');
  });

  it('one that is switched on is no violation any more', () => {
    const harness = withQuirks('error-code-error');
    harness.connect().say([2, '1', 'StatusNotification', STATUS]);
    expect(harness.intake.events[0]?.event).toMatchObject({ errorCode: 'OtherError' });
    expect(harness.sockets.protocolViolations('CP1')).toEqual({ total: 0, rules: [], quirks: ['error-code-error'] });
  });

  it('one that a fault gives away is held for the rest of the socket, and for no other', () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say([2, '1', 'StatusNotification', STATUS]);
    charger.say([2, '2', 'StatusNotification', STATUS]);
    expect(harness.intake.events.map(({ event }) => event)).toMatchObject([{ errorCode: 'OtherError' }, {}]);
    expect(harness.sockets.protocolViolations('CP1')).toMatchObject({ total: 1, quirks: ['error-code-error'] });
    expect(harness.events.of('charger.quirk-detected')).toEqual([{ chargePointId: 'CP1', quirk: 'error-code-error' }]);
    charger.drop();
    harness.connect();
    expect(harness.sockets.protocolViolations('CP1').quirks).toEqual([]);
  });

  it('of one version say nothing in another, where the same is lawful', () => {
    const harness = createOcppHarness(
      { settingsOf: () => ({ dialect: 'ocpp-j', strict: false, quirks: quirksByName(['numeric-values']) }) },
      v201,
    );
    const charger = harness.connect();
    const meterValue = [{ timestamp: '2026-01-15T10:00:00Z', sampledValue: [{ value: 12.5 }] }];
    charger.say([2, '1', 'MeterValues', { evseId: 1, meterValue, extra: 1 }]);
    expect(charger.last()).toEqual([3, '1', {}]);
    expect(harness.sockets.protocolViolations('CP1')).toMatchObject({ total: 1, quirks: [] });
  });

  it('kWh that are called Wh are never taken for a quirk by themselves', () => {
    const meterValue = [
      { timestamp: '2026-01-15T10:00:00Z', sampledValue: [{ value: '12.345', unit: 'Wh', info: 1 }] },
    ];
    const frame = [2, '1', 'MeterValues', { connectorId: 1, meterValue }];
    const plain = createOcppHarness();
    plain.connect().say(frame);
    expect(plain.intake.events[0]?.event).toMatchObject({ samples: [{ registerWh: 12 }] });
    expect(plain.sockets.protocolViolations('CP1').quirks).toEqual([]);
    const reported = withQuirks('kwh-labelled-wh');
    reported.connect().say(frame);
    expect(reported.intake.events[0]?.event).toMatchObject({ samples: [{ registerWh: 12_345 }] });
  });

  const AT = '2026-01-15T10:00:00Z';
  const registerIn = (version: OcppVersion, names: readonly string[], sampledValue: unknown): unknown => {
    const harness = createOcppHarness(
      { settingsOf: () => ({ dialect: 'ocpp-j', strict: false, quirks: quirksByName(names) }) },
      version,
    );
    const meterValue = [{ timestamp: AT, sampledValue }];
    const transactionInfo = { transactionId: 'tx' };
    const event = {
      eventType: 'Ended',
      timestamp: AT,
      triggerReason: 'Trigger',
      seqNo: 1,
      transactionInfo,
      meterValue,
    };
    const stop = { transactionId: 1, meterStop: 0, timestamp: AT, transactionData: meterValue };
    harness.connect().say([2, '1', ...(version === v16 ? ['StopTransaction', stop] : ['TransactionEvent', event])]);
    return (harness.intake.events[0]?.event as { samples?: readonly { registerWh?: number }[] }).samples?.[0]
      ?.registerWh;
  };

  it.each(
    [v16, v201, v21].flatMap((version) => ['12.345', 12.345].map((value) => ({ name: version.name, version, value }))),
  )('$name: read the unit of a register wherever it belongs, if it is $value', ({ version, value }) => {
    for (const name of ['kwh-labelled-wh', 'kwh-without-unit-at-end'])
      for (const sampled of [[{ value }], { value }])
        expect(registerIn(version, [name], sampled), `${name} ${JSON.stringify(sampled)}`).toBe(12_345);
    const unit = version === v16 ? { unit: 'kWh' } : { unitOfMeasure: { unit: 'kWh' } };
    expect(registerIn(version, ['wh-labelled-kwh'], [{ value, ...unit }])).toBe(12);
  });

  it('do the same in every order', () => {
    const names = ['single-sampled-value', 'numeric-values', 'wh-labelled-kwh', 'kwh-without-unit-at-end'];
    const orders = names.flatMap((first) => [
      [first, ...names.filter((name) => name !== first)],
      [...names.filter((name) => name !== first), first],
    ]);
    for (const order of orders) {
      expect(registerIn(v16, order, { value: 12.345 }), order.join()).toBe(12_345);
      expect(registerIn(v16, order, { value: 12.345, unit: 'kWh' }), order.join()).toBe(12);
    }
  });

  it('shape what we send: times without a fraction, a start without a profile', () => {
    const harness = withQuirks('whole-second-times', 'start-without-profile');
    const charger = harness.connect();
    charger.say([2, '1', 'Heartbeat', {}]);
    expect(charger.last()).toEqual([3, '1', { currentTime: '2026-01-15T10:00:00Z' }]);
    void harness.sockets.sendCommand('CP1', { ...start, schedule: [{ startS: 0, limitW: 5000 }] });
    expect(charger.last()).toEqual([2, 'call-1', 'RemoteStartTransaction', { connectorId: 1, idTag: 'TAG' }]);
  });
});

describe('labelled results (seeds 001 and 002)', () => {
  it('are always read, and ours are labelled once the charger has sent one', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say([2, '1', 'Heartbeat', {}]);
    expect(charger.last()).toHaveLength(3);
    const answer = harness.sockets.sendCommand('CP1', start);
    charger.say([3, 'call-1', 'RemoteStartTransaction', { status: 'Accepted' }]);
    expect(await answer).toMatchObject({ kind: 'answered', status: 'Accepted' });
    charger.say([2, '2', 'Heartbeat', {}]);
    expect(charger.last()).toEqual([3, '2', 'Heartbeat', { currentTime: expect.any(String) }]);
    expect(harness.sockets.protocolViolations('CP1').rules).toMatchObject([
      { keyword: 'labelled-result', lenient: true },
    ]);
  });

  it('a label of another action is named, and the id decides', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', start);
    charger.say([3, 'call-1', 'Reset', { status: 'Accepted' }]);
    expect(await answer).toMatchObject({ status: 'Accepted' });
    expect(harness.sockets.protocolViolations('CP1').rules).toMatchObject([{ keyword: 'label', example: '"Reset"' }]);
    // A wrong label does not show which labels the charger expects.
    charger.say([2, '2', 'Heartbeat', {}]);
    expect(charger.last()).toEqual([3, '2', { currentTime: expect.any(String) as unknown }]);
  });

  it('ours are labelled only as long as those of the charger are', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const lengthOfOurs = (): number => {
      charger.say([2, String(charger.sent.length), 'Heartbeat', {}]);
      return charger.last().length;
    };
    void harness.sockets.sendCommand('CP1', start);
    charger.say([3, 'call-1', 'RemoteStartTransaction', { status: 'Accepted' }]);
    await harness.settle();
    expect(lengthOfOurs()).toBe(4);
    void harness.sockets.sendCommand('CP1', start);
    charger.say([3, 'call-2', { status: 'Accepted' }]);
    await harness.settle();
    expect(lengthOfOurs()).toBe(3);
  });

  it('a configured label stays although a result of the charger has none', async () => {
    const harness = withQuirks('labelled-results');
    const charger = harness.connect();
    void harness.sockets.sendCommand('CP1', start);
    charger.say([3, 'call-1', { status: 'Accepted' }]);
    await harness.settle();
    charger.say([2, '2', 'Heartbeat', {}]);
    expect(charger.last()).toHaveLength(4);
  });

  it('are written where configured, and the drawn aliases are understood there alone', async () => {
    const payload = { connectorId: 1, idTag: 'TAG', meterStart: 0, timestamp: '2026-01-15T10:00:00Z' };
    const harness = withQuirks('labelled-results');
    const charger = harness.connect();
    charger.say([2, '1', 'StartTransactionRequest', payload]);
    await harness.settle();
    expect(charger.last()).toEqual([
      3,
      '1',
      'StartTransaction',
      { transactionId: 1, idTagInfo: { status: 'Accepted' } },
    ]);
    const plain = createOcppHarness().connect();
    plain.say([2, '1', 'StartTransactionRequest', payload]);
    expect(plain.last().slice(0, 3)).toEqual([4, '1', 'NotImplemented']);
  });

  it('strict: none of ours is labelled', async () => {
    const harness = createOcppHarness({ settingsOf: () => ({ dialect: 'ocpp-j', strict: true, quirks: [] }) });
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', start);
    charger.say([3, 'call-1', 'RemoteStartTransaction', { status: 'Accepted' }]);
    await answer;
    charger.say([2, '2', 'Heartbeat', {}]);
    expect(charger.last()).toHaveLength(3);
  });
});
