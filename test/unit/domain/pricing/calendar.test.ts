import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDay, parseMoment } from '../../../../src/domain/pricing/calendar.js';
import { readNetwork } from '../../../../src/config/network-file/load-network.js';

describe('a day', () => {
  it.each(['2026-01-31', '2028-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])('is %s', (text) => {
    expect(isDay(text)).toBe(true);
  });

  it.each(['2026-02-30', '2026-02-29', '2100-02-29', '2026-04-31', '2026-13-01', '2026-00-10', '2026-01-00'])(
    'is not %s, which does not exist',
    (text) => {
      expect(isDay(text)).toBe(false);
    },
  );

  it.each(['', '2026-1-1', '2026-01-01T00:00:00Z', '20260101', ' 2026-01-01', 'today'])('is not %j', (text) => {
    expect(isDay(text)).toBe(false);
  });
});

describe('a moment', () => {
  it.each([
    ['2026-01-01T00:30:00+05:30', Date.UTC(2025, 11, 31, 19)],
    ['2026-01-01 00:30:00.25Z', Date.UTC(2026, 0, 1, 0, 30, 0, 250)],
    ['2026-01-01t00:30z', Date.UTC(2026, 0, 1, 0, 30)],
    ['2026-01-01T00:30:00+0530', Date.UTC(2025, 11, 31, 19)],
    ['2026-01-01T00:30:00-05', Date.UTC(2026, 0, 1, 5, 30)],
    ['2026-12-31T23:59:60Z', Date.UTC(2027, 0, 1)],
    ['2027-01-01T05:29:60+05:30', Date.UTC(2027, 0, 1)],
  ])('is %s', (text, at) => {
    expect(parseMoment(text)).toBe(at);
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T10:60:00Z',
    '2026-01-01T10:00:60Z',
    '2026-01-01T10:00:00+24:00',
    '2026-01-01T10:00:00',
    '2026-01-01',
    'soon',
  ])('is not %s', (text) => {
    expect(parseMoment(text)).toBeUndefined();
  });

  it('is whatever a network file may say, also where the JSON Schema says more', () => {
    const accepts = (from: string): boolean => {
      const offers = [{ code: 'A', title: 'A', amount: 1, from }];
      const tariffs = { t: { currency: 'INR', pricePerKwh: 1, offers } };
      return !('problems' in readNetwork({ name: 'n', providers: [], tariffs }));
    };
    expect(accepts('2026-01-01T00:00:00Z')).toBe(true);
    // The format `date-time` takes this hour for that of a leap second.
    expect(accepts('2026-01-01T25:58:00+01:59')).toBe(false);
    const two = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'));
    const day = fc.tuple(two(13), two(32)).map(([month, date]) => `2026-${month}-${date}`);
    const fraction = fc.constantFrom('', '.5');
    const time = fc.tuple(two(25), two(61), two(61), fraction).map(([h, m, s, f]) => `${h}:${m}:${s}${f}`);
    const zone = fc.tuple(fc.constantFrom('+', '-'), two(25), fc.constantFrom(':', ''), two(61));
    const zones = fc.oneof(
      fc.constantFrom('Z', 'z', '', '+05'),
      zone.map((parts) => parts.join('')),
    );
    const text = fc.tuple(day, fc.constantFrom('T', 't', ' ', '_'), time, zones).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (one) => {
        if (accepts(one)) expect(parseMoment(one)).toEqual(expect.any(Number));
      }),
      { numRuns: 2000, examples: [['2026-12-31T23:59:60Z'], ['2026-01-01T00:00:00+0530']] },
    );
  });
});
