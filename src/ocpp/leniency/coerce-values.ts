/** Single values brought to their schema: words, times, numbers. */
import type { Json } from '../../domain/model/object.js';
import { recordFault, UNUSABLE, type Coerced, type Coercion, type JsonSchema } from './coercion.js';
import { parseDecimal } from '../versions/v16/meter.js';

/** Cut short, these would name something else: they stay as they are, and the check says what it says. */
const IDENTIFIER_KEYS = new Set(['idTag', 'parentIdTag', 'idToken', 'transactionId', 'vendorId', 'messageId', 'key']);
/** Longer fields are opaque (certificates, signatures, data): cut, they are worthless. */
const MAX_TRUNCATED_LENGTH = 500;
/** What enumerations call "none of these". */
const CATCH_ALL_VALUES = ['Other', 'OtherError'];

/** @unit Characters are code points, as the schema counts them. */
export function coerceText(mending: Coercion, schema: JsonSchema, value: Json, path: string, key: string): Coerced {
  let text: string;
  if (typeof value === 'string') text = value;
  else {
    recordFault(mending, path, 'type', value);
    if (typeof value !== 'number' && typeof value !== 'boolean') return UNUSABLE;
    text = String(value);
  }
  if (Array.isArray(schema['enum'])) return coerceEnum(mending, schema['enum'], text, path, key);
  if (schema['format'] === 'date-time') return coerceTime(mending, text, path);
  const longest = schema['maxLength'];
  if (
    typeof longest !== 'number' ||
    text.length <= longest ||
    longest > MAX_TRUNCATED_LENGTH ||
    IDENTIFIER_KEYS.has(key)
  )
    return text;
  const characters = [...text];
  if (characters.length <= longest) return text;
  recordFault(mending, path, 'maxLength', text);
  return characters.slice(0, longest).join('');
}

/** The word itself, the one that differs in case and blanks, or the neutral one. */
function coerceEnum(mending: Coercion, words: readonly unknown[], text: string, path: string, key: string): Coerced {
  if (words.includes(text)) return text;
  recordFault(mending, path, 'enum', text);
  const plain = text.trim().toLowerCase();
  const near = words.find((word) => typeof word === 'string' && word.toLowerCase() === plain);
  if (typeof near === 'string') return near;
  const neutral = IDENTIFIER_KEYS.has(key) ? undefined : CATCH_ALL_VALUES.find((word) => words.includes(word));
  return neutral ?? UNUSABLE;
}

const VALID_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[zZ]|[+-]\d\d:?\d\d)$/;
const REPAIRABLE_TIME = /^(\d{4}-\d\d-\d\d)[Tt ]+(\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9})\d*)? ?([zZ]|[+-]\d\d:?\d\d)?$/;

/** A missing zone is UTC, missing seconds are none. */
function coerceTime(mending: Coercion, text: string, path: string): Coerced {
  if (VALID_TIME.test(text) && !Number.isNaN(Date.parse(text))) return text;
  recordFault(mending, path, 'format', text);
  const parts = REPAIRABLE_TIME.exec(text.trim());
  if (!parts) return UNUSABLE;
  const [, day = '', minutes = '', seconds = ':00', fraction, zone = 'Z'] = parts;
  const made = `${day}T${minutes}${seconds}${fraction === undefined ? '' : `.${fraction}`}${zone.toUpperCase()}`;
  return Number.isNaN(Date.parse(made)) ? UNUSABLE : made;
}

/** Decimals where whole numbers are wanted are rounded half up. */
export function coerceNumber(mending: Coercion, schema: JsonSchema, value: Json, path: string): Coerced {
  let number = typeof value === 'number' ? value : undefined;
  if (number === undefined) {
    recordFault(mending, path, 'type', value);
    number = typeof value === 'string' ? parseDecimal(value) : undefined;
    if (number === undefined) return UNUSABLE;
  }
  if (schema['type'] === 'integer' && !Number.isInteger(number)) {
    if (typeof value === 'number') recordFault(mending, path, 'type', value);
    number = Math.floor(number + 0.5);
  }
  const { minimum, maximum, multipleOf } = schema;
  if (typeof multipleOf === 'number') {
    const steps = number / multipleOf;
    if (Math.abs(steps - Math.round(steps)) > 1e-6) {
      recordFault(mending, path, 'multipleOf', value);
      number = Number((Math.round(steps) * multipleOf).toFixed(6));
    }
  }
  if (typeof minimum === 'number' && number < minimum) {
    recordFault(mending, path, 'minimum', value);
    return UNUSABLE;
  }
  if (typeof maximum === 'number' && number > maximum) {
    recordFault(mending, path, 'maximum', value);
    return UNUSABLE;
  }
  return number;
}

export function coerceBoolean(mending: Coercion, value: Json, path: string): Coerced {
  if (typeof value === 'boolean') return value;
  recordFault(mending, path, 'type', value);
  if (value === 1 || value === 'true' || value === 'True' || value === '1') return true;
  if (value === 0 || value === 'false' || value === 'False' || value === '0') return false;
  return UNUSABLE;
}
