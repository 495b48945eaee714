/** Careful reading of other people's JSON: absent, wrong and overlong all come out as `undefined`. */
import type { JsonObject } from './dialect.js';

/** Longest identifier taken from a peer, characters. */
export const MAX_ID = 255;
/** Longest free text taken from a peer, characters. */
export const MAX_TEXT = 500;

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const CONTROLS = new RegExp(CONTROL.source, 'g');
const HALF_PAIRS = /\p{Surrogate}/gu;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Follows keys down; `undefined` as soon as one is missing. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (!isObject(here) || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An identifier: 1 to 255 characters, none of them a control character. Compared exactly, so never trimmed. */
export function id(value: unknown): string | undefined {
  return typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_ID &&
    !CONTROL.test(value) &&
    value.isWellFormed()
    ? value
    : undefined;
}

/** Free text: control characters out, NFC, trimmed, cut at `max`. Empty counts as absent; a number is taken as its text. */
export function text(value: unknown, max = MAX_TEXT): string | undefined {
  const raw = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof raw !== 'string') return undefined;
  const clean = raw
    .slice(0, 4 * max)
    .replace(CONTROLS, ' ')
    .normalize('NFC')
    .trim()
    .slice(0, max);
  // also the ones that the cut has made
  return clean.replace(HALF_PAIRS, '').trim() || undefined;
}

/** The first decimal in a text or a number: `"47 %"` is 47. */
export function decimal(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const found = /[-+]?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})/.exec(value.slice(0, MAX_TEXT).replaceAll(',', ''));
  return found ? Number(found[0]) : undefined;
}

/** One spelling for codes: `Stop_Charging`, `stop charging` and `stop-charging` are one. */
export function codeOf(value: unknown): string | undefined {
  return text(value, MAX_ID)
    ?.toLowerCase()
    .replace(/[\s_]+/g, '-');
}
