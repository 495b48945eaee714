import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fingerprint, Replay } from '../../../src/ocpp/connection/reply-cache.js';

it('finds the answer of the same frame only, and only for its time', () => {
  const replay = new Replay();
  replay.keep(fingerprint('text'), 'payload', 0, 60);
  expect(replay.find(fingerprint('text'), 60)).toBe('payload');
  expect(replay.find(fingerprint('tex7'), 1)).toBeUndefined();
  expect(replay.find(fingerprint('text'), 61)).toBeUndefined();
});

it('holds 64 at most and writes over the oldest first', () => {
  const replay = new Replay();
  for (let n = 0; n < 100; n += 1) replay.keep(fingerprint(`${n}`), `p${n}`, 0, Infinity);
  expect(replay.size).toBe(64);
  expect(replay.find(fingerprint('35'), 0)).toBeUndefined();
  expect(replay.find(fingerprint('36'), 0)).toBe('p36');
  expect(replay.find(fingerprint('99'), 0)).toBe('p99');
});

it('what is past its time makes room, and what moves money stays', () => {
  const replay = new Replay();
  replay.keep(fingerprint('money'), 'kept', 0, Infinity);
  for (let n = 0; n < 1_000; n += 1) replay.keep(fingerprint(`${n}`), '{}', n * 10, n * 10 + 60);
  expect(replay.size).toBeLessThan(10);
  expect(replay.find(fingerprint('money'), 10_000)).toBe('kept');
});

it('a frame that differs in anything is another frame', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.nat(), (text, place, shift) => {
      const at = place % text.length;
      const other =
        text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 + (shift % 127))) + text.slice(at + 1);
      const replay = new Replay();
      replay.keep(fingerprint(text), '{}', 0, 1);
      expect(replay.find(fingerprint(other), 0)).toBeUndefined();
      expect(replay.find(fingerprint(`${text} `), 0)).toBeUndefined();
    }),
    { seed: 16 },
  );
});
