/** Money as integers of the minor unit. Decimal text exists only at the edges. */

const EXPONENT: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
};

/** Digits after the point of a currency (ISO 4217); 2 unless listed. */
export function exponentOf(currency: string): number {
  return EXPONENT[currency] ?? 2;
}

/** `12325` INR → `"123.25"`: always all the digits of the currency. */
export function formatMinor(amount: number, currency: string): string {
  const digits = exponentOf(currency);
  const sign = amount < 0 ? '-' : '';
  const text = String(Math.abs(amount)).padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * The first decimal in a text, as minor units: `"₹ 100.5"` INR → 10050. Half up beyond the last digit.
 * @errors `undefined` when there is no number, or one too large to be exact.
 */
export function parseMinor(text: string, currency: string): number | undefined {
  const found = /(-)?(\d+)(?:\.(\d+))?/.exec(text.replaceAll(',', ''));
  if (!found) return undefined;
  const digits = exponentOf(currency);
  const fraction = (found[3] ?? '').padEnd(digits + 1, '0');
  const whole = Number(found[2]) * 10 ** digits + Number(fraction.slice(0, digits) || '0');
  if (!Number.isSafeInteger(whole + 1)) return undefined;
  const rounded = whole + (Number(fraction[digits]) >= 5 ? 1 : 0);
  return found[1] ? -rounded : rounded;
}

/** a ÷ b to the nearest integer, half up. Exact for non-negative integers below 2^52. */
export function divideHalfUp(a: number, b: number): number {
  return Math.floor((2 * a + b) / (2 * b));
}
