import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../../../src/ports/charger-commands.js';
import type { ChargePointSettings } from '../../../../src/ocpp/connection/connection-context.js';
import { createOcppHarness } from '../ocpp-harness.js';

const START = { type: 'remote-start', connectorId: 1, idTag: 'TAG', remoteStartId: 7 } as const;
const wire = (dialect: ChargePointSettings['dialect'], strict = false): ChargePointSettings => ({
  dialect,
  strict,
  quirks: [],
});
const rigWith = (dialect: ChargePointSettings['dialect']): ReturnType<typeof createOcppHarness> =>
  createOcppHarness({ settingsOf: () => wire(dialect) });
const DATA = { type: 'action', action: 'DataTransfer', payload: { vendorId: 'us' } } as const;

describe('our calls in the object envelope', () => {
  it('are objects with an id of ours', () => {
    const harness = rigWith('envelope');
    const charger = harness.connect();
    void harness.sockets.sendCommand('CP1', START);
    expect(JSON.parse(charger.sent[0] ?? '')).toEqual({
      messageId: 'call-1',
      action: 'RemoteStartTransaction',
      payload: { connectorId: 1, idTag: 'TAG' },
    });
  });

  it.each<[string, object, Partial<CommandResult>]>([
    [
      'with our id',
      { messageId: 'call-1', status: 'Accepted', payload: { status: 'Accepted' } },
      { status: 'Accepted' },
    ],
    [
      'with our id and action',
      { messageId: 'call-1', action: 'RemoteStartTransaction', status: 'Rejected' },
      { status: 'Rejected' },
    ],
    ['with a status alone', { messageId: 'call-1', status: 'Accepted' }, { status: 'Accepted' }],
    ['with an id that repeats', { messageId: '1234', status: 'Accepted', payload: {} }, { status: 'Accepted' }],
    [
      'that is an error',
      { messageId: 'call-1', status: 'Rejected', errorCode: 'InternalError', errorDescription: 'no' },
      { kind: 'error', code: 'InternalError', description: 'no' },
    ],
  ])('an answer %s is the answer', async (_name, frame, wanted) => {
    const harness = rigWith('envelope');
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', START);
    charger.say(frame);
    expect(await answer).toMatchObject(wanted);
  });

  it.each<[string, object]>([
    ['without an action', {}],
    ['whose action is null', { action: null }],
  ])('a late answer %s does not settle the call in flight', async (_name, more) => {
    const harness = rigWith('envelope');
    const charger = harness.connect();
    void harness.sockets.sendCommand('CP1', START);
    await harness.clock.advance(31_000);
    charger.say({ messageId: 'life', action: 'Heartbeat', payload: {} });
    const second = harness.sockets.sendCommand('CP1', DATA);
    charger.say({ messageId: 'call-1', ...more, status: 'Rejected' });
    charger.say({ messageId: 'call-2', ...more, status: 'Accepted' });
    expect(await second).toMatchObject({ kind: 'answered', status: 'Accepted' });
    expect(harness.events.of('charger.late-answer')).toHaveLength(1);
  });

  it('a question of the charger meanwhile is a question, even with an id of ours', async () => {
    const harness = rigWith('envelope');
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', START);
    charger.say({ messageId: 'call-1', action: 'Authorize', payload: { idTag: 'TAG' } });
    expect(JSON.parse(charger.sent.at(-1) ?? '')).toMatchObject({ messageId: 'call-1', status: 'Accepted' });
    charger.say({ messageId: 'call-1', status: 'Accepted' });
    expect(await answer).toMatchObject({ kind: 'answered', status: 'Accepted' });
  });

  it('a DataTransfer with a status answers ours, one without asks', async () => {
    const harness = rigWith('envelope');
    const charger = harness.connect();
    const answer = harness.sockets.sendCommand('CP1', DATA);
    charger.say({ messageId: '9', action: 'DataTransfer', payload: { vendorId: 'them' } });
    expect(harness.intake.events).toHaveLength(1);
    charger.say({ messageId: '9', action: 'DataTransfer', payload: { status: 'Accepted', data: 'x' } });
    expect(await answer).toMatchObject({ kind: 'answered', status: 'Accepted' });
    expect(harness.intake.events).toHaveLength(1);
  });

  it('an answer that nobody waits for is dropped', () => {
    const harness = rigWith('envelope');
    const charger = harness.connect();
    charger.say({ messageId: '1', status: 'Accepted' });
    charger.say({ status: 'Accepted' });
    charger.say('[]');
    expect(charger.sent).toEqual([]);
    expect(harness.events.of('charger.frame-dropped').map(({ reason }) => reason)).toEqual([
      'unknown-id',
      'id',
      'not-an-object',
    ]);
  });

  it('in the automatic dialect wait until the charger has shown which it speaks', async () => {
    const harness = rigWith('auto');
    const charger = harness.connect();
    void harness.sockets.sendCommand('CP1', START);
    expect(charger.sent).toEqual([]);
    charger.say({ messageId: '1', action: 'Heartbeat', payload: {} });
    await harness.settle();
    expect(charger.sent.map((text) => text.slice(0, 14))).toEqual(['{"messageId":"', '{"messageId":"']);

    const other = harness.connect('CP2');
    void harness.sockets.sendCommand('CP2', START);
    other.say([2, '1', 'Heartbeat', {}]);
    await harness.settle();
    expect(other.sent.map((text) => text.slice(0, 3))).toEqual(['[3,', '[2,']);
  });

  it('the same transaction message is a repeat for a minute only, for its id says nothing', async () => {
    const harness = rigWith('envelope');
    const charger = harness.connect();
    const payload = { transactionId: 1, meterStop: 5, timestamp: '2026-01-15T10:00:00Z' };
    const stop = { messageId: '1234', action: 'StopTransaction', payload };
    charger.say(stop);
    await harness.settle();
    charger.say(stop);
    expect(harness.intake.events).toHaveLength(1);
    await harness.clock.advance(61_000);
    charger.say(stop);
    await harness.settle();
    expect(harness.intake.events).toHaveLength(2);
  });
});
