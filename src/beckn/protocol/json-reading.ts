/** Reads JSON from peers. A value that is absent, of the wrong type or too long is read as `undefined`. */
import { hasInvisible } from '../../schema/invisible.js';
import type { JsonObject } from './wire.js';

/** Longest identifier accepted from a peer, in characters. */
const MAX_ID_LENGTH = 255;
/** Longest free text accepted from a peer, in characters. */
const MAX_TEXT_LENGTH = 500;

// eslint-disable-next-line no-control-regex -- the expression looks for control characters
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;
const EMAIL = /^[\w+'-]+(\.[\w+'-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a JSON text; `undefined` if it is not a string or not JSON. */
export function parseJsonOrUndefined(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Follows keys into nested objects; `undefined` if one of them is missing. */
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

/** An identifier of 1 to 255 characters, each of them visible. It is not trimmed, because ids are compared exactly. */
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
 * Free text without control characters, in Unicode form NFC, trimmed and cut at `max` characters.
 * @shape A number is read as its text; an empty text counts as absent.
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

/** An e-mail address that the `email` format of JSON Schema accepts, because callbacks repeat it. */
export function readEmail(value: unknown): string | undefined {
  const email = readText(value);
  return email !== undefined && EMAIL.test(email) ? email : undefined;
}

/** The first decimal in a text, or a number itself: `"47 %"` is 47. */
export function readDecimal(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = /[-+]?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})/.exec(value.slice(0, MAX_TEXT_LENGTH).replaceAll(',', ''));
  return match ? Number(match[0]) : undefined;
}

/** A code in lower case with hyphens: `Stop_Charging`, `stop charging` and `stop-charging` are the same code. */
export function readCode(value: unknown): string | undefined {
  return readText(value, MAX_ID_LENGTH)
    ?.toLowerCase()
    .replace(/[\s_]+/g, '-');
}
