/** Careful reading of other people's JSON: absent, wrong and overlong all come out as `undefined`. */
import type { JsonObject } from './dialect.js';

/** Longest identifier taken from a peer, characters. */
export const MAX_ID_LENGTH = 255;
/** Longest free text taken from a peer, characters. */
export const MAX_TEXT_LENGTH = 500;

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
const CONTROL_CHARACTERS = new RegExp(CONTROL_CHARACTER.source, 'g');
const LONE_SURROGATES = /\p{Surrogate}/gu;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Follows keys down; `undefined` as soon as one is missing. */
export function valueAt(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (!isObject(here) || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here;
}

export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An identifier: 1 to 255 characters, none of them a control character. Compared exactly, so never trimmed. */
export function readId(value: unknown): string | undefined {
  return typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_ID_LENGTH &&
    !CONTROL_CHARACTER.test(value) &&
    value.isWellFormed()
    ? value
    : undefined;
}

/** Free text: control characters out, NFC, trimmed, cut at `max`. Empty counts as absent; a number is taken as its text. */
export function readText(value: unknown, max = MAX_TEXT_LENGTH): string | undefined {
  const raw = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof raw !== 'string') return undefined;
  const clean = raw
    .slice(0, 4 * max)
    .replace(CONTROL_CHARACTERS, ' ')
    .normalize('NFC')
    .trim()
    .slice(0, max);
  // also the ones that the cut has made
  return clean.replace(LONE_SURROGATES, '').trim() || undefined;
}

/** The first decimal in a text or a number: `"47 %"` is 47. */
export function readDecimal(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const found = /[-+]?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})/.exec(value.slice(0, MAX_TEXT_LENGTH).replaceAll(',', ''));
  return found ? Number(found[0]) : undefined;
}

/** One spelling for codes: `Stop_Charging`, `stop charging` and `stop-charging` are one. */
export function readCode(value: unknown): string | undefined {
  return readText(value, MAX_ID_LENGTH)
    ?.toLowerCase()
    .replace(/[\s_]+/g, '-');
}
