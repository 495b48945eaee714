import { describe, expect, it } from 'vitest';
import { exponentOf, floorMinor, formatMinor, parseMinor } from '../../../../src/domain/model/money.js';

describe('money in text', () => {
  it.each([
    ['100.5', 'INR', 10050],
    ['1234.5600', 'INR', 123456],
    ['123456', 'INR', 12345600],
    ['.5', 'INR', 50],
    ['100', 'JPY', 100],
    ['100.00', 'JPY', 100],
    ['1.005', 'KWD', 1005],
    ['-3.10', 'INR', -310],
    ['-0.00', 'INR', 0],
  ])('%s %s is %d minor units', (text, currency, minor) => expect(parseMinor(text, currency)).toBe(minor));

  it.each([
    ['1234.567', 'INR', 123_456],
    ['0.004', 'INR', 0],
    ['100.6', 'JPY', 100],
    ['-100.6', 'JPY', -101],
    ['1.0005', 'KWD', 1000],
  ])('%s %s has more decimals than the currency: no amount, and a bound of %d', (text, currency, bound) => {
    expect(parseMinor(text, currency)).toBeUndefined();
    expect(floorMinor(text, currency)).toBe(bound);
  });

  it.each([
    '1234567890123456',
    '99999999999999999999.00',
    '1'.repeat(500),
    'rupees',
    '',
    '40,00',
    '0,40',
    '1,234.5',
    '1e3',
    ' 40',
    '+40',
    '40.',
    '.',
    '-',
    '0x10',
    '1_000',
    '４０',
    '₹ 100.5',
  ])('%s is no amount, rather than the first digits of one', (text) => expect(parseMinor(text, 'INR')).toBeUndefined());

  it('knows currencies without and with three decimals', () => {
    expect([exponentOf('XOF'), exponentOf('INR'), exponentOf('JOD')]).toEqual([0, 2, 3]);
    expect(formatMinor(1234, 'XOF')).toBe('1234');
    expect(formatMinor(1234, 'JOD')).toBe('1.234');
  });

  it('reads back what it writes', () => {
    for (const currency of ['INR', 'JPY', 'KWD'])
      for (const amount of [0, 1, 99, 100, 12_345, 9_007_199_254])
        expect(parseMinor(formatMinor(amount, currency), currency)).toBe(amount);
  });
});
