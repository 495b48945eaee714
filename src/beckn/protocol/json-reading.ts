/**
 * Reads JSON from peers without throwing. A value that is absent or cannot be used is read as `undefined`, or as an
 * empty list; free text that is too long is cut.
 */
import { hasInvisible } from '../../schema/invisible.js';
import type { JsonObject } from './wire.js';

/** Longest identifier accepted from a peer, in characters. */
const MAX_ID_LENGTH = 255;
/** Default length at which free text from a peer is cut, in characters. */
const MAX_TEXT_LENGTH = 500;

// oxlint-disable-next-line no-control-regex -- the expression looks for control characters
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const EMAIL = /^[\w+'-]+(\.[\w+'-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses JSON; `undefined` if `text` is not a string or not valid JSON. */
export function parseJsonOrUndefined(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Follows keys into nested objects; `undefined` if any of them is missing. */
export function valueAt(value: unknown, ...keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) {
    if (!isObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Reads an identifier of 1 to 255 visible characters. It is not trimmed, because ids are compared exactly. */
export function readId(value: unknown): string | undefined {
  return typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_ID_LENGTH &&
    !hasInvisible(value) &&
    value.isWellFormed()
    ? value
    : undefined;
}

/**
 * Reads an identifier that selects something, such as an order or an item. One that is stated but cannot be read
 * becomes `''`, which matches no id, because the request must not be read as if it had stated none.
 * @errors `undefined` if it is missing, null or empty.
 */
export function readStatedId(value: unknown): string | undefined {
  return isStated(value) ? (readId(value) ?? '') : undefined;
}

/** Checks whether a member has a value. Null and the empty text count as missing. */
export function isStated(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/**
 * Reads free text: replaces control characters with spaces, normalises to NFC, trims, and cuts at `max` characters.
 * @shape  A number is read as its text; blank text counts as missing.
 */
export function readText(value: unknown, max = MAX_TEXT_LENGTH): string | undefined {
  const raw = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof raw !== 'string') return undefined;
  const clean = raw
    .slice(0, 4 * max)
    .replace(CONTROL_CHARACTERS, ' ')
    .normalize('NFC')
    .trim()
    .slice(0, max);
  // The cut may have split a surrogate pair.
  return clean.replace(LONE_SURROGATES, '').trim() || undefined;
}

/** Reads an e-mail address. Callbacks repeat it, so it must pass the `email` format of JSON Schema. */
export function readEmail(value: unknown): string | undefined {
  const email = readText(value);
  return email !== undefined && EMAIL.test(email) ? email : undefined;
}

const DECIMAL = String.raw`-?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})`;
const DECIMAL_ONLY = new RegExp(`^${DECIMAL}$`);
const MEASURE = new RegExp(`^(${DECIMAL})(?: ?(%|[a-z]{1,10}\\.?))?$`, 'i');

/** The rule for a number, as a refusal states it. */
export const NUMBER_RULE = 'a number is written with the digits 0 to 9 and at most one decimal point, such as 4.5';

/** JSON numbers of this magnitude and above are refused, as are strings with more than 15 integer digits. */
const TOO_LARGE = 1e15;

/**
 * Reads a JSON number, or a string that holds a plain decimal with at most 15 digits on either side of the point.
 * @errors `undefined` for a number whose magnitude is 10^15 or more, and for any other value, such as `"4,5"`, `"1e3"`,
 *         `" 40"`, `"+40"` and `"4 kWh"`.
 * @source Beckn core 1.x `DecimalValue`, without the plus sign and with a limit on the digits.
 */
export function readDecimal(value: unknown): number | undefined {
  if (typeof value === 'number') return Math.abs(value) < TOO_LARGE ? value : undefined;
  return typeof value === 'string' && DECIMAL_ONLY.test(value) ? Number(value) : undefined;
}

/** Reads a decimal with or without a unit, such as `"47 %"`. @returns The unit in lower case, without a dot. */
export function readMeasure(value: unknown): { readonly value: number; readonly unit?: string } | undefined {
  if (typeof value !== 'string') {
    const number = readDecimal(value);
    return number === undefined ? undefined : { value: number };
  }
  const [, number, unit] = MEASURE.exec(value) ?? [];
  if (number === undefined) return undefined;
  return { value: Number(number), ...(unit !== undefined && { unit: unit.toLowerCase().replace('.', '') }) };
}

/** Reads a code and returns it in lower case with hyphens: `Stop_Charging` becomes `stop-charging`. */
export function readCode(value: unknown): string | undefined {
  return readText(value, MAX_ID_LENGTH)
    ?.toLowerCase()
    .replace(/[\s_]+/g, '-');
}
