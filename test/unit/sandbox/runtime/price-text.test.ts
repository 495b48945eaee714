import { expect, it } from 'vitest';
import { priceText } from '../../../../src/sandbox/runtime/price-text.js';

it.for([
  ['INR', '₹5.00'],
  ['EUR', '€5.00'],
  ['CHF', 'CHF 5.00'],
  ['', '5.00'],
] as const)('an amount in %s is written as %s', ([currency, text]) => {
  expect(priceText(currency, '5.00')).toBe(text);
});
