/**
 * Reads amounts of money. How many decimals an amount may have depends on its currency, which is that of the order unless
 * one stands beside the amount, so the bridge converts it to minor units.
 */
import type { StatedAmount } from '../../ports/buyer-requests.js';
import { readDecimal, readText } from './json-reading.js';

const MAX_MAJOR_UNITS = 1e12;
/** Longest currency that is told apart from others, in characters. */
const MAX_CURRENCY_LENGTH = 20;

/**
 * Reads an amount from a JSON number, or from a string that consists of a decimal number.
 * @param currency As it stands beside the amount: `inr` and `INR` are the same.
 * @unit   Major units, as the text of a decimal.
 * @errors `undefined` for every other spelling, and above 10^12.
 */
export function readAmount(value: unknown, currency: unknown, path: string): StatedAmount | undefined {
  const number = readDecimal(value);
  if (number === undefined || Math.abs(number) > MAX_MAJOR_UNITS) return undefined;
  const stated = readText(currency, MAX_CURRENCY_LENGTH)?.toUpperCase();
  return {
    decimal: typeof value === 'string' ? value : decimalOf(number),
    ...(stated !== undefined && { currency: stated }),
    path,
  };
}

/** Formats a JSON number. Sums of binary fractions arrive as 143.95000000000002, so noise below 10^-6 is dropped. */
function decimalOf(number: number): string {
  const written = String(number);
  return /^-?\d+(\.\d{1,6})?$/.test(written) ? written : number.toFixed(6);
}
