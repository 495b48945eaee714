import { expect, it } from 'vitest';
import { faultLines, unlistedFaults } from '../../../../../src/operator/command-line/frame/faults.js';
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

it('a terminal gets 200 changes and how many are left out, and a pipe gets all', () => {
  const rows = Array.from({ length: 350 }, (_, at) => ({ kind: 'connector', id: `CP-${at}/1`, change: 'added' }));
  const style = { colour: (_colour: string, text: string) => text };
  const lines = (width: number | undefined, count: number): string[] =>
    differenceText({ ...style, width }, rows.slice(0, count)).split('\n');
  expect(lines(undefined, 350)).toHaveLength(350);
  expect(lines(80, 200)).toHaveLength(200);
  const shown = lines(80, 350);
  expect([shown.length, shown[199]]).toEqual([201, '+ connector CP-199/1 added']);
  expect(shown[200]).toBe('… and 150 more. A pipe, such as | less, gets all of them; so does --json.');
});

it('faults that the API counted and did not list are counted here too', () => {
  const faults = Array.from({ length: 1000 }, (_, at) => ({ file: 'a.csv', line: at + 2, rule: 'is missing' }));
  expect(faultLines(faults)).toHaveLength(1000);
  expect(unlistedFaults(faults, 1500)).toEqual(['… and 500 more, which show once these are corrected']);
  expect(unlistedFaults(faults, 1000)).toEqual([]);
  expect(unlistedFaults(faults)).toEqual([]);
});
