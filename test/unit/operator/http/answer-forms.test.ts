import { expect, it } from 'vitest';
import { withIsoTimes, withMoney } from '../../../../src/operator/http/answer-forms.js';

it('a time has its RFC 3339 form beside it, at every depth', () => {
  expect(withIsoTimes({ createdAt: 0, list: [{ from: 1000, until: 2000 }], deadlines: { startBy: 3000 } })).toEqual({
    createdAt: 0,
    createdAtIso: '1970-01-01T00:00:00.000Z',
    list: [{ from: 1000, fromIso: '1970-01-01T00:00:01.000Z', until: 2000, untilIso: '1970-01-01T00:00:02.000Z' }],
    deadlines: { startBy: 3000, startByIso: '1970-01-01T00:00:03.000Z' },
  });
});

it.each([
  { at: '2026-01-15T10:00:00Z' },
  { at: 1.5 },
  { at: -1 },
  { at: 1e18 },
  { energyWh: 1000 },
  { closedAt: null },
  { payload: { at: 5 } },
  { configuration: { startedAt: 5 } },
])('%j stays as it is', (value) => expect(withIsoTimes(value)).toEqual(value));

it('an amount has its currency beside it, with the decimals of the currency', () => {
  expect(withMoney({ billed: 12_420, refund: undefined }, 'INR')).toEqual({
    billed: 12_420,
    billedMoney: { amount: 12_420, currency: 'INR', text: '124.20' },
  });
  expect(withMoney({ billed: 5 }, 'JPY')).toMatchObject({ billedMoney: { text: '5' } });
});
