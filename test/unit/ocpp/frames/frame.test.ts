import { describe, expect, it } from 'vitest';
import {
  encodeError,
  findIdFault,
  parseFrame as parse,
  payloadTextOf,
  type Frame,
} from '../../../../src/ocpp/frames/frame.js';
import { FRAME_RULES } from '../../../../src/ocpp/frames/frame-rules.js';
import type { Payload } from '../../../../src/ocpp/frames/payload.js';

const parseFrame = (text: string): Frame => parse(text, FRAME_RULES['1.6']);

describe('OCPP-J 2.0.1 §4.4 a message type that does not exist', () => {
  it.each([
    ['a text with a comma', '["a,b","7",{}]'],
    ['a list', '[[1,2],"7","Heartbeat",{}]'],
    ['an object', '[{"a":"b,c"},"7"]'],
    ['a number', '[99,"7",{}]'],
    ['null', '[null,"7"]'],
  ])('is answered under the id of its frame when it is %s', (_name, text) => {
    expect(parse(text, FRAME_RULES['2.0.1'])).toEqual({ type: 'faulty', idText: '"7"', fault: 'message-type' });
  });
});

describe('a transaction id that is a number too large to be exact', () => {
  const frame = (id: string): string =>
    `[2,"7","TransactionEvent",{"note":"\\"transactionId\\":${id},","transactionInfo":{"transactionId" : ${id} }}]`;
  const read = (version: '1.6' | '2.0.1' | '2.1', id: string): unknown => {
    const parsed = parse(frame(id), FRAME_RULES[version]);
    return parsed.type === 'call'
      ? { ...parsed, id: (parsed.payload['transactionInfo'] as Payload)['transactionId'] }
      : parsed;
  };

  it.each(['2.0.1', '2.1'] as const)('is read digit for digit in %s', (version) => {
    for (const id of ['9007199254740993', '1234567890123456789', '9'.repeat(36)]) {
      expect(read(version, id)).toMatchObject({ id, text: frame(id), payload: { note: `"transactionId":${id},` } });
      const started = parse(`[3,"7",{"status":"Accepted","transactionId":${id}}]`, FRAME_RULES[version]);
      expect(started).toMatchObject({ payload: { transactionId: id } });
    }
    expect(read(version, '9007199254740991')).toMatchObject({ id: 9_007_199_254_740_991 });
    expect(read(version, '7')).toMatchObject({ id: 7 });
    expect(read(version, '1e20')).toMatchObject({ id: 1e20 });
  });

  it('stays a number in 1.6, where the number is ours', () => {
    expect(read('1.6', '9007199254740993')).toMatchObject({ id: 2 ** 53 });
  });
});

describe('OCPP-J 1.6 §4.2 frames', () => {
  it.each([
    ['not JSON', '[2,', 'not-json'],
    ['JSON that is no array', '{"a":1}', 'not-an-array'],
    ['an unknown message type', '[9,"1",{}]', 'message-type'],
    ['message types of later versions', '[5,"1","X","",{}]', 'message-type'],
    ['a CALL without a readable id', '[2,null,"Heartbeat",{}]', 'id'],
    ['a result without a readable id', '[3,{},{}]', 'id'],
  ])('drops %s', (_name, text, fault) => {
    expect(parseFrame(text)).toEqual({ type: 'dropped', fault });
  });

  it.each([
    ['three elements', '[2,"7","Heartbeat"]', 'elements'],
    ['five elements', '[2,"7","Heartbeat",{},1]', 'elements'],
    ['an array for a payload', '[2,"7","Heartbeat",[]]', 'payload'],
    ['an action that is no string', '[2,"7",8,{}]', 'action'],
  ])('reads the id of a CALL with %s', (_name, text, fault) => {
    expect(parseFrame(text)).toEqual({ type: 'faulty', idText: '"7"', fault });
  });

  it.each(['"a\\u00e9\\"b"', '"ü, [2"', '12', '1.50', '""', `"${'x'.repeat(60)}"`])(
    '§4.1.4 keeps the id %s byte for byte',
    (id) => {
      const frame = parseFrame(` [ 2 , ${id} ,\n"Heartbeat" , {"a": 1} ] `);
      expect(frame).toMatchObject({ type: 'call', idText: id, action: 'Heartbeat' });
      if (frame.type === 'call') expect(payloadTextOf(frame)).toBe('{"a": 1}');
    },
  );

  it('takes a null payload for an empty one', () => {
    expect(parseFrame('[2,"1","Heartbeat",null]')).toMatchObject({ type: 'call', payload: {} });
  });

  it('reads a result, and one with a label before its payload', () => {
    expect(parseFrame('[3,"1",{"status":"Accepted"}]')).toEqual({
      type: 'result',
      id: '1',
      payload: { status: 'Accepted' },
    });
    expect(parseFrame('[3,"1","X",{"a":1}]')).toEqual({
      type: 'result',
      id: '1',
      payload: { a: 1 },
      label: 'X',
    });
  });

  it.each([
    ['not JSON', '[2,', { type: 'faulty', idText: '"-1"', fault: 'not-json' }],
    ['no array', '{}', { type: 'faulty', idText: '"-1"', fault: 'not-an-array' }],
    ['a CALL without a readable id', '[2,null,"X",{}]', { type: 'faulty', idText: '"-1"', fault: 'id' }],
    ['an unknown type', '[7,"9",{}]', { type: 'faulty', idText: '"9"', fault: 'message-type' }],
    ['a CALLRESULTERROR', '[5,"9","X","",{}]', { type: 'faulty', idText: '"9"', fault: 'message-type' }],
    ['a SEND without an id', '[6]', { type: 'faulty', idText: '"-1"', fault: 'message-type' }],
    ['a result without an id', '[3,{},{}]', { type: 'dropped', fault: 'id' }],
  ])('2.0.1 §4.2, §4.4 answers %s', (_name, text, frame) => {
    expect(parse(text, FRAME_RULES['2.0.1'])).toEqual(frame);
  });

  it.each([
    ['an unknown type', '[7,"9",{}]', { type: 'dropped', fault: 'message-type' }],
    ['not JSON', '[2,', { type: 'faulty', idText: '"-1"', fault: 'not-json' }],
    ['a CALLRESULTERROR', '[5,"9","X","bad",{}]', { type: 'result-error', id: '9', code: 'X', description: 'bad' }],
    ['a SEND', '[6,"9","S",{"a":1}]', { type: 'send', idText: '"9"', action: 'S', payload: { a: 1 } }],
    ['a SEND with a wrong count', '[6,"9","S"]', { type: 'dropped', fault: 'elements' }],
  ])('2.1 §4.2, §4.4 reads %s', (_name, text, frame) => {
    expect(parse(text, FRAME_RULES['2.1'])).toMatchObject(frame);
  });

  it('sends no byte of a peer back that is not printable', () => {
    expect(encodeError('"1"', 'X', 'a\u0000\u00ff\ud800 "b"')).toBe('[4,"1","X","a??? \\"b\\"",{}]');
  });

  it.each([
    ['"' + 'x'.repeat(36) + '"', undefined],
    ['"' + 'x'.repeat(37) + '"', 'maxLength'],
    ['"' + '\\u00e9'.repeat(36) + '"', undefined],
    ['7', 'type'],
  ])('2.0.1 §4.1.4 an id is a string of 36: %s', (id, fault) => {
    expect(findIdFault(id)).toBe(fault);
  });

  it('writes an error of five elements and at most 255 characters', () => {
    const frame: unknown = JSON.parse(encodeError('"1"', 'InternalError', 'x'.repeat(300)));
    expect(frame).toEqual([4, '1', 'InternalError', 'x'.repeat(255), {}]);
  });
});
