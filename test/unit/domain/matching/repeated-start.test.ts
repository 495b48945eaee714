/** When a StartTransaction repeats the previous one, and when it precedes it. */
import { expect, it } from 'vitest';
import {
  isRepeatedStart,
  type OpenTransaction,
  precedesStart,
} from '../../../../src/domain/matching/repeated-start.js';

const OPEN: OpenTransaction = { connectorId: 1, idTag: 'TAG', meterStartWh: 700, startedAt: 1000, hasMetered: true };
const AGAIN = { connectorId: 1, idTag: 'tag', meterStartWh: 700, at: 9000 };

it.each([
  ['with the same tag, connector and register, whatever its time', OPEN, AGAIN, true],
  ['without a time', OPEN, { ...AGAIN, at: undefined }, true],
  ['not on another connector', OPEN, { ...AGAIN, connectorId: 2 }, false],
  ['not with another tag', OPEN, { ...AGAIN, idTag: 'OTHER' }, false],
  ['not with another register', OPEN, { ...AGAIN, meterStartWh: 701 }, false],
  [
    'not later, after energy, where the meter counts from zero',
    { ...OPEN, meterStartWh: 0 },
    { ...AGAIN, meterStartWh: 0 },
    false,
  ],
  [
    'not on a clock that was set back, after energy, where the meter counts from zero',
    { ...OPEN, meterStartWh: 0 },
    { ...AGAIN, meterStartWh: 0, at: 500 },
    false,
  ],
  [
    'at the same time, where the meter counts from zero',
    { ...OPEN, meterStartWh: 0 },
    { ...AGAIN, meterStartWh: 0, at: 1000 },
    true,
  ],
  [
    'before energy, where the meter counts from zero',
    { ...OPEN, meterStartWh: 0, hasMetered: false },
    { ...AGAIN, meterStartWh: 0 },
    true,
  ],
])('repeats %s', (_title, open, start, repeats) => {
  expect(isRepeatedStart(open, start)).toBe(repeats);
});

it.each([
  ['precedes the other with an earlier time and a lower register', 900, 600, true],
  ['precedes the other with an earlier time, where the meter counts from zero', 900, 700, true],
  ['follows the other with a higher register, although the clock was set back', 900, 701, false],
  ['follows the other with a later time', 1100, 700, false],
  ['does not precede the other at the same time', 1000, 600, false],
])('a start %s', (_title, startedAt, meterStartWh, precedes) => {
  expect(precedesStart({ startedAt, meterStartWh }, OPEN)).toBe(precedes);
});
