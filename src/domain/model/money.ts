/** Formats and parses money, which is calculated in integer minor units. */

/** Number of decimal digits of the circulating currencies that do not have two. @source ISO 4217 */
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

/** Returns the number of a currency's decimal digits; 2 unless listed. @source ISO 4217 */
export function exponentOf(currency: string): number {
  return EXPONENT[currency] ?? 2;
}

/** Formats `12325` INR as `"123.25"`. @unit Minor units in. @shape Always with all decimal digits of the currency. */
export function formatMinor(amount: number, currency: string): string {
  const digits = exponentOf(currency);
  const sign = amount < 0 ? '-' : '';
  const text = String(Math.abs(amount)).padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * Parses text that consists only of a decimal number: `"100.5"` INR → 10050.
 * @unit   Minor units out.
 * @errors `undefined` for any other text, such as `"40,00"`, for a number that is too large to be exact, and for
 *         more decimals than the currency has, unless the extra ones are zeros. It never rounds.
 */
export function parseMinor(text: string, currency: string): number | undefined {
  const parsed = splitMinor(text, currency);
  return parsed?.isExact === true ? parsed.minor : undefined;
}

/** Parses like `parseMinor`, but rounds down if the currency has fewer decimals. It serves for bounds, not amounts. */
export function floorMinor(text: string, currency: string): number | undefined {
  const parsed = splitMinor(text, currency);
  if (!parsed) return undefined;
  return parsed.isExact || !text.startsWith('-') ? parsed.minor : parsed.minor - 1;
}

function splitMinor(text: string, currency: string): { readonly minor: number; readonly isExact: boolean } | undefined {
  const match = /^(-)?(?=\.?\d)(\d*)(?:\.(\d+))?$/.exec(text);
  if (!match) return undefined;
  const digits = exponentOf(currency);
  const fraction = (match[3] ?? '').padEnd(digits, '0');
  const minor = Number(match[2]) * 10 ** digits + Number(fraction.slice(0, digits));
  if (!Number.isSafeInteger(minor + 1)) return undefined;
  return { minor: match[1] ? 0 - minor : minor, isExact: !/[1-9]/.test(fraction.slice(digits)) };
}

/** Returns `a ÷ b` rounded half up. @shape Exact for non-negative integers below 2^50. */
export function divideHalfUp(a: number, b: number): number {
  return Math.floor((2 * a + b) / (2 * b));
}
