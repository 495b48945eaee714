import { expect, it } from 'vitest';
import { readTimestamp } from '../../../../src/beckn/protocol/ttl.js';

it.each(['2026-02-30T10:00:00Z', '2026-02-29T10:00:00Z', '2026-04-31T10:00:00+05:30', '2100-02-29T00:00:00Z'])(
  '%s is refused, because its month has no such day',
  (text) => {
    expect(readTimestamp(text)).toBeUndefined();
  },
);

it.each([
  ['2028-02-29T10:00:00Z', Date.UTC(2028, 1, 29, 10)],
  ['2026-04-30T23:30:00-05:30', Date.UTC(2026, 4, 1, 5)],
  ['2026-01-01T00:30:00+05:30', Date.UTC(2025, 11, 31, 19)],
  ['2026-04-30T24:00:00Z', Date.UTC(2026, 4, 1)],
])('%s is read, whatever day it is in UTC', (text, at) => {
  expect(readTimestamp(text)).toBe(at);
});
