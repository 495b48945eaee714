import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../../../src/ports/charger-commands.js';
import { createOcppHarness, type FakeSocket } from '../ocpp-harness.js';

const START = { type: 'remote-start', connectorId: 1, idTag: 'TAG', remoteStartId: 7 } as const;
const STOP = { type: 'remote-stop', transactionId: '5' } as const;
const TRIGGER = { type: 'trigger-message', requestedMessage: 'MeterValues', connectorId: 1 } as const;

describe('our CALLs (OCPP-J 1.6 §4.1.1)', () => {
  it('are written as the version writes them', () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    void harness.sockets.sendCommand('CP1', START);
    expect(charger.sent).toEqual(['[2,"call-1","RemoteStartTransaction",{"connectorId":1,"idTag":"TAG"}]']);
  });

  it('go out one at a time, stops before starts before triggers before configuration', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const done: string[] = [];
    const ask = (name: string, command: Parameters<typeof harness.sockets.sendCommand>[1]) =>
      void harness.sockets.sendCommand('CP1', command).then(() => done.push(name));
    ask('first', { type: 'get-configuration' });
    ask('config', { type: 'change-configuration', key: 'k', value: 'v' });
    ask('trigger-message', TRIGGER);
    ask('start', START);
    ask('stop', STOP);
    for (let n = 1; n <= 5; n += 1) {
      expect(charger.sent).toHaveLength(n);
      charger.say([3, `call-${n}`, { status: 'Accepted' }]);
    }
    await harness.settle();
    expect(done).toEqual(['first', 'stop', 'start', 'trigger-message', 'config']);
  });

  it('do not wait for the slot of the charger, nor it for ours: Authorize between our start and its answer', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', START);
    charger.say([2, 'a', 'Authorize', { idTag: 'TAG' }]);
    expect(charger.last()).toEqual([3, 'a', { idTagInfo: { status: 'Accepted' } }]);
    charger.say([3, 'call-1', { status: 'Accepted' }]);
    expect(await answer).toEqual({ kind: 'answered', status: 'Accepted', payload: { status: 'Accepted' } });

    harness.intake.respond = () => new Promise(() => undefined);
    charger.say([2, 'b', 'Heartbeat', {}]);
    const stopped = harness.sockets.sendCommand('CP1', STOP);
    charger.say([3, 'call-2', { status: 'Rejected' }]);
    expect(await stopped).toMatchObject({ status: 'Rejected' });
  });

  it('time out after 30 s; the slot is free, and a late answer is delivered for 30 s more', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const late: CommandResult[] = [];
    const answer = harness.sockets.sendCommand('CP1', START, { onLateAnswer: (it) => late.push(it) });
    void harness.sockets.sendCommand('CP1', STOP);
    await harness.clock.advance(29_000);
    expect(charger.sent).toHaveLength(1);
    await harness.clock.advance(1_000);
    expect(await answer).toEqual({ kind: 'unknown', reason: 'timeout' });
    expect(charger.sent).toHaveLength(2);
    await harness.clock.advance(25_000);
    charger.say([3, 'call-1', { status: 'Accepted' }]);
    expect(late).toEqual([{ kind: 'answered', status: 'Accepted', payload: { status: 'Accepted' } }]);
    charger.say([3, 'call-1', { status: 'Accepted' }]);
    expect(late).toHaveLength(1);
    expect(harness.events.of('charger.late-answer')).toHaveLength(1);
  });

  it("time out as soon when the host's clock was set back meanwhile", async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    void harness.sockets.sendCommand('CP1', START);
    const stopped = harness.sockets.sendCommand('CP1', STOP);
    harness.clock.step(-86_400_000);
    await harness.clock.advance(30_000);
    expect(charger.sent).toHaveLength(2);
    await harness.clock.advance(30_000);
    expect(await stopped).toEqual({ kind: 'unknown', reason: 'timeout' });
  });

  it('an answer that is too late even for that is dropped', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const late: CommandResult[] = [];
    void harness.sockets.sendCommand('CP1', START, { onLateAnswer: (it) => late.push(it) });
    await harness.clock.advance(61_000);
    charger.say([3, 'call-1', { status: 'Accepted' }]);
    expect(late).toEqual([]);
    expect(harness.events.of('charger.frame-dropped')).toMatchObject([{ reason: 'unknown-id' }]);
  });

  it('are never put on the wire after their deadline', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    void harness.sockets.sendCommand('CP1', STOP);
    const waiting = harness.sockets.sendCommand('CP1', START, { sendBefore: harness.clock.now() + 5_000 });
    await harness.clock.advance(6_000);
    expect(await waiting).toEqual({ kind: 'not-sent', reason: 'expired' });
    charger.say([3, 'call-1', { status: 'Accepted' }]);
    expect(charger.sent).toHaveLength(1);
    const past = await harness.sockets.sendCommand('CP1', START, { sendBefore: harness.clock.now() - 1 });
    expect(past).toEqual({ kind: 'not-sent', reason: 'expired' });
  });

  it('are unknown when the socket dies under them; what still waited was never sent', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const sent = harness.sockets.sendCommand('CP1', START);
    const waiting = harness.sockets.sendCommand('CP1', TRIGGER);
    charger.drop();
    expect(await sent).toEqual({ kind: 'unknown', reason: 'disconnected' });
    expect(await waiting).toEqual({ kind: 'not-sent', reason: 'offline' });
    expect(await harness.sockets.sendCommand('CP1', START)).toEqual({ kind: 'not-sent', reason: 'offline' });
  });

  it.each([
    ['CALLERROR', [4, 'call-1', 'NotSupported', 'no', {}], { kind: 'error', code: 'NotSupported', description: 'no' }],
    ['an answer without a status', [3, 'call-1', {}], { kind: 'error', code: 'OccurenceConstraintViolation' }],
    ['an answer without a payload', [3, 'call-1'], { kind: 'error', code: 'TypeConstraintViolation' }],
    [
      'a readable status among extra keys',
      [3, 'call-1', { status: 'Accepted', x: 1 }],
      { kind: 'answered', status: 'Accepted' },
    ],
  ])('%s is told as what it is', async (_name, frame, wanted) => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', START);
    charger.say(frame);
    expect(await answer).toMatchObject(wanted);
  });

  it('a CALL of ours that breaks its schema is a bug and is not sent', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    const answer = await harness.sockets.sendCommand('CP1', { ...START, idTag: 'x'.repeat(21) });
    expect(answer).toMatchObject({ kind: 'error', code: 'InternalError' });
    expect(charger.sent).toEqual([]);
    expect(harness.events.of('bug')).toHaveLength(1);
  });
});

describe('a socket that is being closed', () => {
  const NEVER = { kind: 'not-sent', reason: 'offline' };

  it('for its silence sends nothing any more: what waited for its turn was never sent', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.alive = false;
    charger.lingers = true;
    await harness.clock.advance(45_000);
    const first = harness.sockets.sendCommand('CP1', TRIGGER);
    const start = harness.sockets.sendCommand('CP1', START);
    // The first call times out at the moment when the silence has lasted long enough.
    await harness.clock.advance(30_000);
    expect(charger.closedWith).toBe('terminated');
    expect(await start).toEqual(NEVER);
    expect(await harness.sockets.sendCommand('CP1', START)).toEqual(NEVER);
    await harness.clock.advance(60_000);
    expect(charger.sent.join()).not.toContain('RemoteStart');
    expect(await first).toEqual({ kind: 'unknown', reason: 'timeout' });
  });

  it.each([
    [
      'for its binary frames',
      (charger: FakeSocket) => {
        for (let count = 0; count < 50; count += 1) charger.listener?.receiveBinary();
      },
      '1003 OCPP-J is text',
    ],
    [
      'because it reads nothing',
      (charger: FakeSocket) => {
        charger.bufferedAmount = 2_000_000;
        charger.say([2, 'h', 'Heartbeat', {}]);
      },
      'terminated',
    ],
  ] as const)('%s: the same, and the answer to what has left is still read', async (_why, close, closedWith) => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.lingers = true;
    const first = harness.sockets.sendCommand('CP1', TRIGGER);
    const start = harness.sockets.sendCommand('CP1', START);
    close(charger);
    expect(charger.closedWith).toBe(closedWith);
    expect(await start).toEqual(NEVER);
    charger.say([3, 'call-1', { status: 'Accepted' }]);
    expect(await first).toMatchObject({ kind: 'answered', status: 'Accepted' });
    expect(charger.sent.join()).not.toContain('RemoteStart');
  });

  it('with the server: the same', async () => {
    const harness = createOcppHarness();
    const charger = harness.connect();
    charger.lingers = true;
    const first = harness.sockets.sendCommand('CP1', TRIGGER);
    const start = harness.sockets.sendCommand('CP1', START);
    const stopped = harness.sockets.stop(5000);
    expect(await start).toEqual(NEVER);
    charger.say([3, 'call-1', { status: 'Accepted' }]);
    expect(await first).toMatchObject({ status: 'Accepted' });
    await harness.clock.advance(5000);
    await stopped;
    expect(charger.sent.join()).not.toContain('RemoteStart');
  });
});
