import { expect, it } from 'vitest';
import { differenceText } from '../../../../../src/operator/command-line/network/changes.js';

it('a change of an amount is shown with the decimals of its currency, and others as they are', () => {
  const fields = [
    { field: 'pricePerKwh', before: 1800, after: 1950, currency: 'INR' },
    { field: 'serviceFee', after: 30, currency: 'JPY' },
    { field: 'platformFee', before: 1500, after: 5, currency: 'KWD' },
    { field: 'maxPowerW', before: 60_000, after: 61_500 },
  ];
  const style = { colour: (_colour: string, text: string) => text } as never;
  expect(differenceText(style, [{ kind: 'tariff', id: 'day', change: 'changed', fields }]).split('\n')).toEqual([
    '~ tariff day changed',
    '    pricePerKwh: INR 18.00 → INR 19.50',
    '    serviceFee: – → JPY 30',
    '    platformFee: KWD 1.500 → KWD 0.005',
    '    maxPowerW: 60000 → 61500',
  ]);
});
