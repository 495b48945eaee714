import { expect, it } from 'vitest';
import { Replay } from '../../../src/ocpp/replay.js';

it('finds the reply of the same id and text only, and only for its time', () => {
  const replay = new Replay();
  replay.keep('"1"', 'text', 'reply', 0, 60);
  expect(replay.find('"1"', 'text', 60)).toBe('reply');
  expect(replay.find('"1"', 'tex7', 1)).toBeUndefined();
  expect(replay.find('"2"', 'text', 1)).toBeUndefined();
  expect(replay.find('"1"', 'text', 61)).toBeUndefined();
});

it('holds 64 at most and forgets the oldest first', () => {
  const replay = new Replay();
  for (let n = 0; n < 100; n += 1) replay.keep(`"${n}"`, 'text', 'reply', 0, Infinity);
  expect(replay.size).toBe(64);
  expect(replay.find('"35"', 'text', 0)).toBeUndefined();
  expect(replay.find('"36"', 'text', 0)).toBe('reply');
});

it('lets go of what is past its time', () => {
  const replay = new Replay();
  for (let n = 0; n < 10; n += 1) replay.keep(`"${n}"`, 'text', 'reply', 0, 60);
  replay.keep('"new"', 'text', 'reply', 100, 160);
  expect(replay.size).toBe(1);
});
