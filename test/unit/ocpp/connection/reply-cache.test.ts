import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fingerprintOf, ReplyCache } from '../../../../src/ocpp/connection/reply-cache.js';

it('finds the answer of the same frame only, and only for its time', () => {
  const replay = new ReplyCache();
  replay.store(fingerprintOf('text'), 'payload', 0, 60);
  expect(replay.find(fingerprintOf('text'), 60)).toBe('payload');
  expect(replay.find(fingerprintOf('tex7'), 1)).toBeUndefined();
  expect(replay.find(fingerprintOf('text'), 61)).toBeUndefined();
});

it('holds 64 at most and writes over the oldest first', () => {
  const replay = new ReplyCache();
  for (let n = 0; n < 100; n += 1) replay.store(fingerprintOf(`${n}`), `p${n}`, 0, Infinity);
  expect(replay.size).toBe(64);
  expect(replay.find(fingerprintOf('35'), 0)).toBeUndefined();
  expect(replay.find(fingerprintOf('36'), 0)).toBe('p36');
  expect(replay.find(fingerprintOf('99'), 0)).toBe('p99');
});

it('what is past its time makes room, and what moves money stays', () => {
  const replay = new ReplyCache();
  replay.store(fingerprintOf('money'), 'kept', 0, Infinity);
  for (let n = 0; n < 1_000; n += 1) replay.store(fingerprintOf(`${n}`), '{}', n * 10, n * 10 + 60);
  expect(replay.size).toBeLessThan(10);
  expect(replay.find(fingerprintOf('money'), 10_000)).toBe('kept');
});

it('a frame that differs in anything is another frame', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.nat(), (text, place, shift) => {
      const at = place % text.length;
      const other =
        text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 + (shift % 127))) + text.slice(at + 1);
      const replay = new ReplyCache();
      replay.store(fingerprintOf(text), '{}', 0, 1);
      expect(replay.find(fingerprintOf(other), 0)).toBeUndefined();
      expect(replay.find(fingerprintOf(`${text} `), 0)).toBeUndefined();
    }),
    { seed: 16 },
  );
});
