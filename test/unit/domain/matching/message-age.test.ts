import { expect, it } from 'vitest';
import { isHistoric, isPossibleTime } from '../../../../src/domain/matching/message-age.js';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

it('a time of a month ago shows that the clock was not set', () => {
  expect([30 * DAY - 1, 30 * DAY].map((ageMs) => isPossibleTime(NOW - ageMs, NOW))).toEqual([true, false]);
});

it.each([
  ['a message of now', 0, undefined, false],
  ['one of five minutes ago', 5 * MINUTE, undefined, true],
  ['one from an unset clock', 30 * DAY, undefined, false],
  ['one of the order', 10 * MINUTE, 12 * MINUTE, true],
  ['one well before its order', 10 * MINUTE, 4 * MINUTE, false],
])('%s is historic or not', (_what, ageMs, orderAgeMs, expected) => {
  const order = orderAgeMs === undefined ? undefined : { createdAt: NOW - orderAgeMs };
  expect(isHistoric(NOW - ageMs, NOW, order)).toBe(expected);
});
