import { expect, it } from 'vitest';
import { readSlot } from '../../../../../src/beckn/dialects/core-2x/read-values.js';

const FROM = '2026-12-01T10:00:00';
const read = (startTime: string, endTime?: string) => readSlot({ startTime, endTime }, 'preferences');

it('a slot is read in its zone', () => {
  const from = Date.parse('2026-12-01T04:30:00Z');
  expect(read(`${FROM}+05:30`)).toEqual({ slot: { from, until: from + 3_600_000 } });
  expect(read(`${FROM}+0530`, '2026-12-01T05:00:00Z')).toEqual({ slot: { from, until: from + 1_800_000 } });
});

it.each<[string, string?]>([[FROM], ['2026-12-01'], [`${FROM}+05:30`, '2026-12-01T11:00:00'], ['tomorrow+05:30']])(
  'without a zone or a time it is refused and not guessed: %s %s',
  (startTime, endTime) => {
    expect(read(startTime, endTime)).toMatchObject({ refusal: { code: 'slot-invalid', path: 'preferences' } });
  },
);

it.each([['tomorrow'], [['2026-12-01T10:00:00Z']], 7])(
  'preferences that are no object are not left out: %j',
  (said) => {
    expect(readSlot(said, 'preferences')).toMatchObject({ refusal: { code: 'slot-invalid', path: 'preferences' } });
  },
);

it.each([undefined, null, '', {}])('no preferences are no slot: %j', (said) => {
  expect(readSlot(said, 'preferences')).toBeUndefined();
});
