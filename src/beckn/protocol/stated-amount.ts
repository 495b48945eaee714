/**
 * Reads amounts of money. The bridge converts them to minor units, because an amount without a currency is in the
 * currency of its order, which the dialect does not know.
 */
import type { Refusal } from '../../domain/model/refusal.js';
import type { StatedAmount, StatedFee, StatedPayment } from '../../ports/buyer-requests.js';
import { readDecimal, readText } from './json-reading.js';

const MAX_MAJOR_UNITS = 1e12;
/** Length at which the text of a currency is cut, in characters. */
const MAX_CURRENCY_LENGTH = 20;

/**
 * Reads an amount from a JSON number, or from a string that consists of a decimal number.
 * @param currency The currency stated with the amount, in upper or lower case.
 * @unit   Major units, as the text of a decimal.
 * @errors `undefined` for every other spelling, and for an absolute value above 10^12.
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

/** What a request states about the payment for its order. */
export type PaymentReading =
  | { readonly payment: StatedPayment }
  | { readonly payment: 'unpaid' | 'unstated' }
  | { readonly refusal: Refusal };

/** Refuses a confirm that states several payments as paid. @param path Path of the second one. */
export function severalPaid(path: string): PaymentReading {
  return { refusal: { code: 'payment-missing', path, detail: 'several payments are stated; an order is paid once' } };
}

/** Reads an amount as `readAmount` does. @errors `undefined` also for a negative amount. */
export function readPaidAmount(value: unknown, currency: unknown, path: string): StatedAmount | undefined {
  const amount = readAmount(value, currency, path);
  return amount && Number(amount.decimal) >= 0 ? amount : undefined;
}

/**
 * Reads a fee that is stated. An unreadable one becomes NaN, so that the quote refuses it as out of range.
 * @unit   For a percentage: percent in, hundredths of a percent out. For an amount: major units, as in `readAmount`.
 */
export function readStatedFee(
  kind: StatedFee['kind'],
  value: unknown,
  { currency, path }: { readonly currency: unknown; readonly path: string },
): StatedFee {
  if (kind === 'percent') return { kind, value: Math.round((readDecimal(value) ?? NaN) * 100) };
  const amount = readAmount(value, currency, path);
  return amount ? { kind, amount } : { kind, value: NaN };
}

/** Formats a JSON number. Sums of binary fractions may be 143.95000000000002, so at most six decimals are kept. */
function decimalOf(number: number): string {
  const written = String(number);
  return /^-?\d+(\.\d{1,6})?$/.test(written) ? written : number.toFixed(6);
}
