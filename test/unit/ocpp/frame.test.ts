import { describe, expect, it } from 'vitest';
import { errorText, parseFrame, payloadText } from '../../../src/ocpp/frame.js';

describe('OCPP-J 1.6 §4.2 frames', () => {
  it.each([
    ['not JSON', '[2,', 'not-json'],
    ['JSON that is no array', '{"a":1}', 'not-an-array'],
    ['an unknown message type', '[9,"1",{}]', 'message-type'],
    ['message types of later versions', '[5,"1","X","",{}]', 'message-type'],
    ['a CALL without a readable id', '[2,null,"Heartbeat",{}]', 'id'],
    ['a result without a readable id', '[3,{},{}]', 'id'],
  ])('drops %s', (_name, text, reason) => {
    expect(parseFrame(text)).toEqual({ type: 'dropped', reason });
  });

  it.each([
    ['three elements', '[2,"7","Heartbeat"]'],
    ['five elements', '[2,"7","Heartbeat",{},1]'],
    ['an array for a payload', '[2,"7","Heartbeat",[]]'],
    ['an action that is no string', '[2,"7",8,{}]'],
  ])('reads the id of a CALL with %s', (_name, text) => {
    expect(parseFrame(text)).toMatchObject({ type: 'call', idText: '"7"', problem: expect.any(String) });
  });

  it.each(['"a\\u00e9\\"b"', '"ü, [2"', '12', '1.50', '""', `"${'x'.repeat(60)}"`])(
    '§4.1.4 keeps the id %s byte for byte',
    (id) => {
      const frame = parseFrame(` [ 2 , ${id} ,\n"Heartbeat" , {"a": 1} ] `);
      expect(frame).toMatchObject({ type: 'call', idText: id, action: 'Heartbeat', problem: undefined });
      if (frame.type === 'call') expect(payloadText(frame)).toBe('{"a": 1}');
    },
  );

  it('takes a null payload for an empty one', () => {
    expect(parseFrame('[2,"1","Heartbeat",null]')).toMatchObject({ payload: {}, problem: undefined });
  });

  it('reads a result, and one with a label before its payload', () => {
    expect(parseFrame('[3,"1",{"status":"Accepted"}]')).toEqual({
      type: 'result',
      id: '1',
      payload: { status: 'Accepted' },
    });
    expect(parseFrame('[3,"1","X",{"a":1}]')).toEqual({ type: 'result', id: '1', payload: { a: 1 } });
  });

  it('writes an error of five elements and at most 255 characters', () => {
    const frame: unknown = JSON.parse(errorText('"1"', 'InternalError', 'x'.repeat(300)));
    expect(frame).toEqual([4, '1', 'InternalError', 'x'.repeat(255), {}]);
  });
});
