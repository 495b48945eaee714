import { describe, expect, it } from 'vitest';
import type { ChargerOutcome } from '../../../../src/ports/charger-events.js';
import { StoreFault } from '../../../../src/ports/store.js';
import { createOcppHarness } from '../ocpp-harness.js';

const START = { connectorId: 1, idTag: 'TAG', meterStart: 100, timestamp: '2026-01-15T10:00:00Z' };
const STOP = { transactionId: 1, meterStop: 500, timestamp: '2026-01-15T11:00:00Z' };

describe('answers to malformed input (OCPP-J 1.6 §4)', () => {
  it.each([
    ['not JSON', '[2,'],
    ['an object', '{"messageId":"1"}'],
    ['an unknown message type', '[7,"1",{}]'],
    ['a result that nobody asked for', '[3,"x",{}]'],
    ['an error that nobody asked for', '[4,"x","InternalError","",{}]'],
  ])('%s is dropped, counted, and the socket serves on', (_name, text) => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say(text);
    expect(charger.sent).toEqual([]);
    expect(charger.closedWith).toBeUndefined();
    expect(harness.events.of('charger.frame-dropped')).toHaveLength(1);
    charger.say([2, 'h', 'Heartbeat', {}]);
    expect(charger.last()).toEqual([3, 'h', { currentTime: '2026-01-15T10:00:00.000Z' }]);
  });

  it.each([
    ['a wrong number of elements', [2, 'q', 'Heartbeat'], 'FormationViolation'],
    ['an unknown action', [2, 'q', 'Teleport', {}], 'NotImplemented'],
    ['a prototype name for an action', [2, 'q', 'constructor', {}], 'NotImplemented'],
    ['an action of the other direction', [2, 'q', 'RemoteStartTransaction', { idTag: 'x' }], 'NotSupported'],
    ['a missing field', [2, 'q', 'Authorize', {}], 'OccurenceConstraintViolation'],
    ['an identifier that is too long', [2, 'q', 'Authorize', { idTag: 'x'.repeat(21) }], 'PropertyConstraintViolation'],
  ])('%s is answered with its code', (_name, frame, code) => {
    const charger = createOcppHarness().connect();
    charger.say(frame);
    expect(charger.last()).toEqual([4, 'q', code, expect.any(String), {}]);
    expect(charger.closedWith).toBeUndefined();
  });

  it.each([
    ['a field of another type', [2, 'q', 'Authorize', { idTag: 1 }], 'TypeConstraintViolation'],
    ['a field too many', [2, 'q', 'Heartbeat', { a: 1 }], 'FormationViolation'],
    ['a null', [2, 'q', 'StopTransaction', { ...STOP, reason: null }], 'TypeConstraintViolation'],
    ['an unknown word', [2, 'q', 'StopTransaction', { ...STOP, reason: 'Whim' }], 'PropertyConstraintViolation'],
    [
      'a time without zone',
      [2, 'q', 'StartTransaction', { ...START, timestamp: '2026-01-15T10:00:00' }],
      'PropertyConstraintViolation',
    ],
  ])('strict: %s is answered with its code, money or not', async (_name, frame, code) => {
    const harness = createOcppHarness({ settingsOf: () => ({ dialect: 'ocpp-j', strict: true, quirks: [] }) });
    const charger = harness.connect();
    charger.say(frame);
    await harness.settle();
    expect(charger.last()).toEqual([4, 'q', code, expect.any(String), {}]);
    const lenient = createOcppHarness().connect();
    lenient.say(frame);
    await harness.settle();
    expect(lenient.last()[0]).toBe(3);
  });

  it('binary frames are dropped', () => {
    const harness = createOcppHarness();
    harness.connect().listener?.receiveBinary();
    expect(harness.events.of('charger.frame-dropped')).toEqual([{ chargePointId: 'CP1', reason: 'binary' }]);
  });
});

describe('OCPP 1.6 §4.2 before the boot is accepted', () => {
  it('an identity that was never accepted gets SecurityError for anything but BootNotification', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect('NEW', { accepted: false });
    charger.say([2, '1', 'Heartbeat', {}]);
    expect(charger.last().slice(0, 3)).toEqual([4, '1', 'SecurityError']);
    charger.say([2, '2', 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }]);
    await harness.settle();
    expect(charger.last()).toEqual([
      3,
      '2',
      { status: 'Accepted', currentTime: '2026-01-15T10:00:00.000Z', interval: 300 },
    ]);
    charger.say([2, '3', 'Heartbeat', {}]);
    expect(charger.last().slice(0, 2)).toEqual([3, '3']);
  });

  it('what comes while the boot is in work waits for it instead of being refused', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect('NEW', { accepted: false });
    charger.say([2, '1', 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }]);
    charger.say([2, '2', 'StatusNotification', { connectorId: 0, errorCode: 'NoError', status: 'Available' }]);
    expect(charger.sent).toEqual([]);
    await harness.settle();
    expect(charger.sent.map((text) => text.slice(0, 6))).toEqual(['[3,"1"', '[3,"2"']);
  });

  it('an identity accepted earlier is served without a boot, and our CALLs to a new one are not sent', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect('OLD');
    charger.say([2, '1', 'Heartbeat', {}]);
    expect(charger.last()[0]).toBe(3);
    harness.connect('NEW', { accepted: false });
    const answer = await harness.sockets.sendCommand('NEW', { type: 'remote-stop', transactionId: '1' });
    expect(answer).toEqual({ kind: 'not-sent', reason: 'not-accepted' });
  });

  it('every message that passes its checks makes the charge point ready, but for a BootNotification', async () => {
    const harness = createOcppHarness();
    const ready: string[] = [];
    harness.intake.messageAccepted = (id) => void ready.push(id);
    const charger = harness.connect();
    charger.say([2, '1', 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }]);
    await harness.settle();
    charger.say([2, '2', 'Authorize', {}]);
    charger.say([2, '3', 'Teleport', {}]);
    expect(ready).toEqual([]);
    charger.say([2, '4', 'Heartbeat', {}]);
    expect(ready).toEqual(['CP1']);
  });

  it('our CALLs wait while a boot is unanswered', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say([2, '1', 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }]);
    void harness.sockets.sendCommand('CP1', { type: 'remote-stop', transactionId: '1' });
    expect(charger.sent).toEqual([]);
    await harness.settle();
    expect(charger.sent.map((text) => text.slice(0, 3))).toEqual(['[3,', '[2,']);
  });
});

describe('save, then answer', () => {
  it('answers in order of arrival, each after it was saved', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    let save: (outcome: ChargerOutcome) => void = () => undefined;
    harness.intake.respond = (_id, event) =>
      event.type === 'transaction-started' ? new Promise((resolve) => (save = resolve)) : undefined;
    charger.say([2, '1', 'StartTransaction', START]);
    charger.say([2, '2', 'Heartbeat', {}]);
    await harness.settle();
    expect(charger.sent).toEqual([]);
    save({ type: 'transaction-started', transactionId: '77', status: 'Accepted' });
    await harness.settle();
    expect(charger.sent[0]).toBe('[3,"1",{"transactionId":77,"idTagInfo":{"status":"Accepted"}}]');
    expect(charger.sent[1]).toMatch(/^\[3,"2"/);
  });

  it('a message about a transaction that could not be saved is left without an answer and may come again', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    harness.intake.respond = () => Promise.reject(new StoreFault('disk full'));
    charger.say([2, '1', 'StopTransaction', STOP]);
    await harness.settle();
    expect(charger.sent).toEqual([]);
    expect(harness.events.of('store.failed')).toHaveLength(1);
    harness.intake.respond = undefined;
    charger.say([2, '1', 'StopTransaction', STOP]);
    await harness.settle();
    expect(charger.last()).toEqual([3, '1', {}]);
  });

  it('an answer of ours that breaks its schema is a bug, told as InternalError', () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    harness.intake.respond = () => ({ type: 'transaction-started', transactionId: 'abc', status: 'Accepted' });
    charger.say([2, '1', 'StartTransaction', START]);
    expect(charger.last().slice(0, 3)).toEqual([4, '1', 'InternalError']);
    harness.intake.respond = () => ({ type: 'notification-received' });
    charger.say([2, '2', 'StartTransaction', START]);
    expect(charger.last().slice(0, 3)).toEqual([4, '2', 'InternalError']);
    expect(harness.events.of('bug')).toHaveLength(2);
  });
});

describe('the same CALL again (OCPP-J 1.6 §4.1.4, errata 2025-04)', () => {
  it('gets the stored answer and has no second effect, over a new socket too', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say([2, '1', 'StartTransaction', START]);
    await harness.settle();
    const first = charger.sent[0];
    charger.drop();
    const again = harness.connect();
    again.say([2, '1', 'StartTransaction', START]);
    expect(again.sent).toEqual([first]);
    expect(harness.intake.events).toHaveLength(1);
  });

  it('with other content is processed: many counters start over at each boot', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say([2, '1', 'StartTransaction', START]);
    charger.say([2, '1', 'StartTransaction', { ...START, meterStart: 200 }]);
    await harness.settle();
    expect(charger.sent).toHaveLength(2);
    expect(harness.intake.events).toHaveLength(2);
  });

  it('Heartbeat is always fresh, and other messages are remembered for a minute', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const status = [2, '1', 'StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available' }];
    charger.say(status);
    charger.say(status);
    expect(harness.intake.events).toHaveLength(1);
    charger.say([2, '9', 'Heartbeat', {}]);
    await harness.clock.advance(61_000);
    charger.say([2, '9', 'Heartbeat', {}]);
    expect(charger.last()).toEqual([3, '9', { currentTime: '2026-01-15T10:01:01.000Z' }]);
    charger.say(status);
    expect(harness.intake.events).toHaveLength(4);
  });
});

describe('numbers that JSON can write and nobody can count', () => {
  const at = '"timestamp":"2026-01-15T10:00:00Z"';

  it('a meter start that is infinite counts as none', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say(`[2,"1","StartTransaction",{"connectorId":1,"idTag":"T","meterStart":1e400,${at}}]`);
    await harness.settle();
    expect(charger.last()[0]).toBe(3);
    expect(harness.intake.events).toMatchObject([{ event: { type: 'transaction-started', meterStartWh: 0 } }]);
  });

  it('a transaction number that is infinite names no transaction, and the stop is taken', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say(`[2,"1","StopTransaction",{"transactionId":1e400,"meterStop":5,${at}}]`);
    await harness.settle();
    expect(charger.last()[0]).toBe(3);
    expect(harness.intake.events).toMatchObject([
      { event: { type: 'transaction-stopped', transactionId: '0', meterStopWh: 5 } },
    ]);
  });
});

describe('money messages are never refused while they can be read', () => {
  it.each([
    [
      'nulls, extra keys, text for numbers',
      { connectorId: '1', idTag: 42, meterStart: '100.5', timestamp: null, foo: 1 },
      { connectorId: 1, idTag: '42', meterStartWh: 101 },
    ],
    ['a time without zone', { ...START, timestamp: '2026-01-15T10:00:00' }, { at: Date.UTC(2026, 0, 15, 10) }],
  ])('StartTransaction with %s', async (_name, payload, wanted) => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say([2, '1', 'StartTransaction', payload]);
    await harness.settle();
    expect(charger.last()[0]).toBe(3);
    expect(harness.intake.events[0]?.event).toMatchObject({ type: 'transaction-started', ...wanted });
    expect(harness.events.of('charger.violation-tolerated')).not.toEqual([]);
    expect(harness.events.of('charger.call-error')).toEqual([]);
  });

  it('StopTransaction without a meter or a time, and with an unknown reason', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say([2, '1', 'StopTransaction', { transactionId: '7', reason: 'Whim', meterStop: null }]);
    await harness.settle();
    expect(charger.last()).toEqual([3, '1', {}]);
    const stop = harness.intake.events[0]?.event;
    expect(stop).toMatchObject({ type: 'transaction-stopped', transactionId: '7', reason: 'Other' });
    expect(stop).not.toHaveProperty('meterStopWh');
  });

  it('a meterStop of -1 is no reading', async () => {
    const harness = createOcppHarness();
    harness.connect().say([2, '1', 'StopTransaction', { ...STOP, meterStop: -1 }]);
    await harness.settle();
    expect(harness.intake.events[0]?.event).not.toHaveProperty('meterStopWh');
  });

  it('MeterValues with one value that is no list', () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.say([
      2,
      '1',
      'MeterValues',
      { connectorId: 1, meterValue: { timestamp: '2026-01-15T10:00:00Z', sampledValue: { value: '5' } } },
    ]);
    expect(charger.last()).toEqual([3, '1', {}]);
    expect(harness.intake.events[0]?.event).toMatchObject({ samples: [{ registerWh: 5 }] });
  });

  it('a start that names no meter reading is kept, counted from nothing', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const { meterStart: _none, ...unread } = START;
    charger.say([2, '1', 'StartTransaction', unread]);
    await harness.settle();
    expect(charger.last()[0]).toBe(3);
    expect(harness.intake.events[0]?.event).toMatchObject({ type: 'transaction-started', meterStartWh: 0 });
  });

  it('keeps the payload as it was sent', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const raw =
      '{ "connectorId": 1,"meterValue": [{"timestamp":"2026-01-15T10:00:00Z","sampledValue":[{"value":"1.50"}]}] }';
    charger.say(`[2,"1","MeterValues",${raw} ]`);
    await harness.settle();
    expect(harness.intake.events[0]?.event).toMatchObject({ raw });
  });
});

describe('flow control', () => {
  it('a flood is not read any more until it has been answered', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    let save: (outcome: ChargerOutcome) => void = () => undefined;
    harness.intake.respond = (_id, event) =>
      event.type === 'transaction-started' ? new Promise((resolve) => (save = resolve)) : undefined;
    charger.say([2, 's', 'StartTransaction', START]);
    for (let n = 0; n < 99; n += 1) charger.say([2, `h${n}`, 'Heartbeat', {}]);
    expect(charger.paused).toBe(false);
    charger.say([2, 'last', 'Heartbeat', {}]);
    expect(charger.paused).toBe(true);
    save({ type: 'transaction-started', transactionId: '1', status: 'Accepted' });
    await harness.settle();
    expect(charger.paused).toBe(false);
    expect(charger.sent).toHaveLength(101);
  });

  it('whom we do not read is not taken for dead, however long our saving takes', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    harness.intake.respond = () => new Promise(() => undefined);
    for (let n = 0; n < 102; n += 1) charger.say([2, `h${n}`, 'Heartbeat', {}]);
    charger.alive = false;
    await harness.clock.advance(200_000);
    expect(charger.closedWith).toBeUndefined();
  });

  it('a charger that pings is alive, even if it answers no ping of ours', async () => {
    const harness = createOcppHarness();
    const socket = harness.connect();
    socket.alive = false;
    for (let at = 0; at < 20; at += 1) {
      await harness.clock.advance(10_000);
      socket.listener?.recordLife();
    }
    expect(socket.closedWith).toBeUndefined();
  });

  it('a charger that never reads its answers loses its socket', () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.bufferedAmount = 2_000_000;
    charger.say([2, '1', 'Heartbeat', {}]);
    expect(charger.closedWith).toBe('terminated');
    expect(harness.sockets.isOnline('CP1')).toBe(false);
  });
});
