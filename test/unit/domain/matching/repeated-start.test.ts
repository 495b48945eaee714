/** When a StartTransaction repeats the previous one. */
import { expect, it } from 'vitest';
import { isRepeatedStart, type OpenTransaction } from '../../../../src/domain/matching/repeated-start.js';

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
