/**
 * OCPP-J §4 in each version: which malformed and unexpected frames are answered, with which code, and which are
 * ignored. Also message ids, SEND and CALLRESULTERROR (2.1), and signed messages (2.x).
 */
import { describe, expect, it } from 'vitest';
import { StoreFault } from '../../../src/ports/store.js';
import { createOcppHarness } from '../../unit/ocpp/ocpp-harness.js';
import { versionNamed } from './version-named.js';

type Name = '1.6' | '2.0.1' | '2.1';
const NAMES: readonly Name[] = ['1.6', '2.0.1', '2.1'];
const harnessOf = (name: Name, strict = false): ReturnType<typeof createOcppHarness> =>
  createOcppHarness({ settingsOf: () => ({ dialect: 'ocpp-j', strict, quirks: [] }) }, versionNamed(name));

/** Per version: the id and code of the CALLERROR, or `undefined` if there is no answer. */
const TABLE: readonly (readonly [string, string, { readonly [N in Name]: readonly [unknown, string] | undefined }])[] =
  [
    ['not JSON', '[2,', both(undefined, ['-1', 'RpcFrameworkError'])],
    ['an object', '{"messageId":"1"}', both(undefined, ['-1', 'RpcFrameworkError'])],
    ['a number', '7', both(undefined, ['-1', 'RpcFrameworkError'])],
    ['an unknown message type', '[7,"q",{}]', only201(['q', 'MessageTypeNotSupported'])],
    ['an unknown message type without an id', '[7]', only201(['-1', 'MessageTypeNotSupported'])],
    ['a message type that is text', '["2","q","Heartbeat",{}]', only201(['q', 'MessageTypeNotSupported'])],
    ['a CALLRESULTERROR', '[5,"q","InternalError","",{}]', only201(['q', 'MessageTypeNotSupported'])],
    ['a SEND', '[6,"q","NotifyPeriodicEventStream",{}]', only201(['q', 'MessageTypeNotSupported'])],
    ['a CALL without an id', '[2,null,"Heartbeat",{}]', both(undefined, ['-1', 'RpcFrameworkError'])],
    ['a CALL of three elements', '[2,"q","Heartbeat"]', both(['q', 'FormationViolation'], ['q', 'RpcFrameworkError'])],
    ['a CALL of five', '[2,"q","Heartbeat",{},{}]', both(['q', 'FormationViolation'], ['q', 'RpcFrameworkError'])],
    ['an action that is no text', '[2,"q",7,{}]', both(['q', 'FormationViolation'], ['q', 'RpcFrameworkError'])],
    ['a payload that is a list', '[2,"q","Heartbeat",[]]', both(['q', 'FormationViolation'], ['q', 'FormatViolation'])],
    [
      'a payload nested beyond all measure',
      `[2,"q","DataTransfer",{"vendorId":"x","data":${'['.repeat(5_000)}${']'.repeat(5_000)}}]`,
      both(['q', 'FormationViolation'], ['q', 'FormatViolation']),
    ],
    ['a result nested so', `[3,"q",{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}]`, both(undefined, undefined)],
    ['an unknown action', '[2,"q","Teleport",{}]', both(['q', 'NotImplemented'], ['q', 'NotImplemented'])],
    ['an action in another case', '[2,"q","heartbeat",{}]', both(['q', 'NotImplemented'], ['q', 'NotImplemented'])],
    ['an action of ours', '[2,"q","Reset",{"type":"Soft"}]', both(['q', 'NotSupported'], ['q', 'NotSupported'])],
    ['a result nobody asked for', '[3,"q",{}]', both(undefined, undefined)],
    ['an error nobody asked for', '[4,"q","InternalError","",{}]', both(undefined, undefined)],
    ['a result without an id', '[3]', both(undefined, undefined)],
  ];

function both(
  v16: readonly [unknown, string] | undefined,
  v2: readonly [unknown, string] | undefined,
): { readonly [N in Name]: readonly [unknown, string] | undefined } {
  return { '1.6': v16, '2.0.1': v2, '2.1': v2 };
}
function only201(answer: readonly [unknown, string]): ReturnType<typeof both> {
  return { '1.6': undefined, '2.0.1': answer, '2.1': undefined };
}

describe.each(NAMES)('OCPP-J %s §4 malformed and unexpected frames', (name) => {
  it.each(TABLE)('%s', (what, text, answers) => {
    const harness = harnessOf(name);
    const charger = harness.connect();
    charger.say(text);
    const expected = answers[name];
    const ours = expected && [4, ...expected, expect.any(String), {}];
    expect(charger.sent.map((sent): unknown => JSON.parse(sent))).toEqual(ours ? [ours] : []);
    // Every malformed frame is recorded as one violation. In 2.1 a CALLRESULTERROR is valid.
    if (!(what === 'a CALLRESULTERROR' && name === '2.1'))
      expect(harness.sockets.protocolViolations('CP1').total).toBe(1);
    expect(charger.closedWith).toBeUndefined();
    charger.say([2, 'h', 'Heartbeat', {}]);
    expect(charger.last()).toMatchObject([3, 'h', {}]);
  });

  it('§4.2 an empty payload may be null', () => {
    const charger = harnessOf(name).connect();
    charger.say([2, 'h', 'Heartbeat', null]);
    expect(charger.last()[0]).toBe(3);
  });

  it('binary frames are dropped, and close with 1003 only after fifty of them', () => {
    const harness = harnessOf(name);
    const charger = harness.connect();
    for (let n = 0; n < 49; n += 1) charger.listener?.receiveBinary();
    expect(charger.closedWith).toBeUndefined();
    charger.say([2, 'h', 'Heartbeat', {}]);
    expect(charger.last()).toMatchObject([3, 'h', {}]);
    charger.listener?.receiveBinary();
    expect(charger.closedWith).toMatch(/^1003 /);
    expect(harness.sockets.protocolViolations('CP1').rules).toMatchObject([{ keyword: 'binary', count: 50 }]);
  });

  it('§4.2.3 a CALLERROR has five elements and no byte that the peer made up', () => {
    const charger = harnessOf(name, true).connect();
    charger.say([2, 'q', 'Authorize', { idTag: 1, '\u0000\u001b[31m\ufffd': 1, ['x'.repeat(400)]: 1 }]);
    const frame = charger.last();
    expect(frame).toHaveLength(5);
    expect(frame[3]).toMatch(/^[ -~]{1,255}$/);
    expect(frame[4]).toEqual({});
  });

  it('what could not be saved is InternalError, and a retry may have its id', async () => {
    const harness = harnessOf(name);
    const charger = harness.connect();
    harness.intake.respond = () => Promise.reject(new StoreFault('disk full'));
    charger.say([2, 'q', 'Heartbeat', {}]);
    await harness.settle();
    expect(charger.last().slice(0, 3)).toEqual([4, 'q', 'InternalError']);
    harness.intake.respond = undefined;
    charger.say([2, 'q', 'Heartbeat', {}]);
    expect(charger.last()[0]).toBe(3);
  });
});

describe('OCPP-J 1.6 and 2.x §4.1.4 the id of a CALL', () => {
  const LONG = 'x'.repeat(37);
  const timestamp = '2026-01-15T10:00:00Z';
  const event = { eventType: 'Ended', timestamp, triggerReason: 'RemoteStop', seqNo: 1 };
  const MONEY: { readonly [N in Name]: readonly [string, object] } = {
    '1.6': ['StopTransaction', { transactionId: 1, meterStop: 5, timestamp }],
    '2.0.1': ['TransactionEvent', { ...event, transactionInfo: { transactionId: 'tx' } }],
    '2.1': ['TransactionEvent', { ...event, transactionInfo: { transactionId: 'tx' } }],
  };

  it.each<[Name, boolean, unknown, unknown[]]>([
    ['1.6', false, 7, [3, 7]],
    ['1.6', true, 7, [3, 7]],
    ['1.6', false, LONG, [3, LONG]],
    ['1.6', true, LONG, [3, LONG]],
    ['2.0.1', false, 7, [3, 7]],
    ['2.0.1', true, 7, [4, 7, 'RpcFrameworkError']],
    ['2.0.1', false, LONG, [4, LONG, 'RpcFrameworkError']],
    ['2.1', false, LONG, [4, LONG, 'RpcFrameworkError']],
    ['2.1', false, '⚡'.repeat(36), [3, '⚡'.repeat(36)]],
  ])('%s (strict %s): the id %j', (name, strict, id, wanted) => {
    const harness = harnessOf(name, strict);
    const charger = harness.connect();
    charger.say([2, id, 'Heartbeat', {}]);
    expect(charger.last().slice(0, wanted.length)).toEqual(wanted);
    const keyword = typeof id === 'number' ? 'id-type' : 'id-maxLength';
    const lawful = typeof id === 'string' && [...id].length <= 36;
    expect(harness.sockets.protocolViolations('CP1').rules.map((sin) => sin.keyword)).toEqual(lawful ? [] : [keyword]);
  });

  it.each(NAMES)('%s: what moves money is answered whatever its id', async (name) => {
    const harness = harnessOf(name);
    const charger = harness.connect();
    charger.say([2, LONG, ...MONEY[name]]);
    await harness.settle();
    expect(charger.last()).toEqual([3, LONG, {}]);
  });
});

const STREAM = [
  6,
  's',
  'NotifyPeriodicEventStream',
  { id: 1, pending: 0, basetime: '2026-01-15T10:00:00Z', data: [{ t: 0, v: '5' }] },
];

describe('OCPP-J 2.1 §4.2.4, §4.2.5', () => {
  it('an answer of the charger that breaks its schema gets a CALLRESULTERROR with its id', async () => {
    const harness = harnessOf('2.1');
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', { type: 'remote-stop', transactionId: '1' });
    charger.say([3, 'call-1', { state: 'fine' }]);
    expect(await answer).toMatchObject({ kind: 'error', code: 'OccurrenceConstraintViolation' });
    expect(charger.last()).toEqual([5, 'call-1', 'OccurrenceConstraintViolation', expect.any(String), {}]);
  });

  it.each<Name>(['1.6', '2.0.1'])('%s knows no such thing: the call has failed here alone', async (name) => {
    const harness = harnessOf(name);
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', { type: 'remote-stop', transactionId: '1' });
    charger.say([3, 'call-1', { state: 'fine' }]);
    expect(await answer).toMatchObject({ kind: 'error' });
    expect(charger.sent).toHaveLength(1);
  });

  it('a CALLRESULTERROR of the charger is counted', () => {
    const harness = harnessOf('2.1');
    harness.connect().say([5, 'q', 'FormatViolation', 'bad', {}]);
    expect(harness.events.of('charger.call-error')).toEqual([
      { chargePointId: 'CP1', from: 'charger', code: 'FormatViolation', result: true },
    ]);
  });

  it('a SEND is taken while a CALL is in work, and never answered', async () => {
    const harness = harnessOf('2.1');
    const charger = harness.connect();
    harness.intake.respond = (_id, event) => (event.type === 'heartbeat' ? new Promise(() => undefined) : undefined);
    charger.say([2, 'h', 'Heartbeat', {}]);
    charger.say(STREAM);
    expect(harness.intake.events.map(({ event }) => event.type)).toEqual(['heartbeat', 'notification-received']);
    await harness.settle();
    expect(charger.sent).toEqual([]);
  });

  it.each([
    ['of an unknown action', [6, 's', 'Teleport', {}]],
    ['of an action that wants an answer', [6, 's', 'FirmwareStatusNotification', { status: 'Idle' }]],
    ['with a broken payload', [6, 's', 'NotifyPeriodicEventStream', { id: 'x' }]],
    ['of a wrong form', [6, 's']],
  ])('a SEND %s is never answered either', async (_name, frame) => {
    const harness = harnessOf('2.1');
    const charger = harness.connect();
    charger.say(frame);
    await harness.settle();
    expect(charger.sent).toEqual([]);
    expect(harness.intake.events).toEqual([]);
    expect(harness.sockets.protocolViolations('CP1').total).toBe(1);
  });

  it('what moves money is kept even if it comes as a SEND, and what is only sent is not answered as a CALL', async () => {
    const harness = harnessOf('2.1');
    const charger = harness.connect();
    charger.say([6, 's', 'TransactionEvent', { transactionInfo: { transactionId: 'tx' } }]);
    expect(harness.intake.events).toMatchObject([{ event: { type: 'transaction-event', transactionId: 'tx' } }]);
    charger.say([2, 'q', ...STREAM.slice(2)]);
    await harness.settle();
    expect(charger.sent.map((text) => text.slice(0, 22))).toEqual(['[4,"q","NotSupported",']);
  });

  it('a SEND that cannot be saved is reported, and not answered', async () => {
    const harness = harnessOf('2.1');
    const charger = harness.connect();
    harness.intake.respond = () => Promise.reject(new StoreFault('disk full'));
    charger.say(STREAM);
    await harness.settle();
    expect(charger.sent).toEqual([]);
    expect(harness.events.of('store.failed')).toHaveLength(1);
  });
});

describe('OCPP-J 2.x §7 signed messages', () => {
  const signed = (action: string, payload: unknown): unknown[] => [
    2,
    'q',
    `${action}-Signed`,
    { payload: Buffer.from(JSON.stringify(payload)).toString('base64url'), protected: 'e30', signature: 'AA' },
  ];

  it('are unwrapped and answered like the message inside', () => {
    const harness = harnessOf('2.0.1');
    const charger = harness.connect();
    charger.say(signed('Authorize', { idToken: { idToken: 'TAG', type: 'Central' } }));
    expect(charger.last()).toEqual([3, 'q', { idTokenInfo: { status: 'Accepted' } }]);
    expect(harness.intake.events).toMatchObject([{ event: { idTag: 'TAG' } }]);
  });

  it.each<[string, Name, unknown[]]>([
    ['1.6 has none', '1.6', signed('Heartbeat', {})],
    ['one that holds no JSON', '2.1', [2, 'q', 'Heartbeat-Signed', { payload: '%%%' }]],
    ['one that holds nothing', '2.1', [2, 'q', 'Heartbeat-Signed', {}]],
  ])('%s', (_what, name, frame) => {
    const charger = harnessOf(name).connect();
    charger.say(frame);
    expect(charger.last().slice(0, 3)).toEqual([4, 'q', 'NotImplemented']);
  });
});
