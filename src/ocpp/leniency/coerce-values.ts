/** Coerces single values to their schema: text, enumeration values, timestamps, numbers and booleans. */
import { isDay } from '../../domain/pricing/calendar.js';
import type { Json } from '../../domain/model/object.js';
import { parseDecimal } from '../versions/v16/meter.js';
import { recordFault, UNUSABLE, type Coerced, type Coercion, type JsonSchema } from './coercion.js';

/** The location of a value in its payload. */
export interface Place {
  readonly path: string;
  readonly key: string;
}

/** Keys whose values are never truncated or replaced by a catch-all: another identifier would name something else. */
const IDENTIFIER_KEYS = new Set(['idTag', 'parentIdTag', 'idToken', 'transactionId', 'vendorId', 'messageId', 'key']);
/**
 * The maximum length of fields that may be truncated, characters. Longer fields are opaque (certificates, signatures,
 * data) and would be worthless if truncated.
 */
const MAX_TRUNCATED_LENGTH = 500;
/** Enumeration values that stand for any unknown value. */
const CATCH_ALL_VALUES = ['Other', 'OtherError'];

/** Coerces text, enumeration values and timestamps. @unit Lengths are in code points, as in the schema. */
export function coerceText(coercion: Coercion, schema: JsonSchema, value: Json, { path, key }: Place): Coerced {
  let text: string;
  if (typeof value === 'string') text = value;
  else {
    recordFault(coercion, path, 'type', value);
    if (typeof value !== 'number' && typeof value !== 'boolean') return UNUSABLE;
    text = String(value);
  }
  if (Array.isArray(schema['enum'])) return coerceEnum(coercion, schema['enum'], text, { path, key });
  if (schema['format'] === 'date-time') return coerceTime(coercion, text, path);
  const { maxLength } = schema;
  if (typeof maxLength !== 'number' || maxLength > MAX_TRUNCATED_LENGTH || IDENTIFIER_KEYS.has(key)) return text;
  const characters = text.length <= maxLength ? [] : [...text];
  if (characters.length <= maxLength) return text;
  recordFault(coercion, path, 'maxLength', text);
  return characters.slice(0, maxLength).join('');
}

/**
 * Returns the value itself, else an allowed value that differs only in case and outer whitespace, else the catch-all
 * value, if the schema has one and the key is not that of an identifier.
 */
function coerceEnum(coercion: Coercion, values: readonly unknown[], text: string, { path, key }: Place): Coerced {
  if (values.includes(text)) return text;
  recordFault(coercion, path, 'enum', text);
  const normalised = text.trim().toLowerCase();
  const similar = values.find((value) => typeof value === 'string' && value.toLowerCase() === normalised);
  if (typeof similar === 'string') return similar;
  const catchAll = IDENTIFIER_KEYS.has(key) ? undefined : CATCH_ALL_VALUES.find((value) => values.includes(value));
  return catchAll ?? UNUSABLE;
}

const VALID_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[zZ]|[+-]\d\d:?\d\d)$/;
const REPAIRABLE_TIME = /^(\d{4}-\d\d-\d\d)[Tt ]+(\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9})\d*)? ?([zZ]|[+-]\d\d:?\d\d)?$/;

/** Repairs a timestamp. A missing zone means UTC, and missing seconds mean 0. */
function coerceTime(coercion: Coercion, text: string, path: string): Coerced {
  if (VALID_TIME.test(text) && exists(text)) return text;
  recordFault(coercion, path, 'format', text);
  const parts = REPAIRABLE_TIME.exec(text.trim());
  if (!parts) return UNUSABLE;
  const [, day = '', minutes = '', seconds = ':00', fraction, zone = 'Z'] = parts;
  const repaired = `${day}T${minutes}${seconds}${fraction === undefined ? '' : `.${fraction}`}${zone.toUpperCase()}`;
  return exists(repaired) ? repaired : UNUSABLE;
}

/** Checks whether a timestamp names a day and a time that exist. */
function exists(timestamp: string): boolean {
  return isDay(timestamp.slice(0, 10)) && !Number.isNaN(Date.parse(timestamp));
}

/**
 * Coerces a number. A fraction is rounded half up if the schema requires an integer, and any number to the nearest
 * multiple if it requires one. A number out of range is unusable.
 */
export function coerceNumber(coercion: Coercion, schema: JsonSchema, value: Json, path: string): Coerced {
  // JSON can contain numbers that are infinite here, such as 1e400.
  let number = typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  if (number === undefined) {
    recordFault(coercion, path, 'type', value);
    number = typeof value === 'string' ? parseDecimal(value) : undefined;
    if (number === undefined) return UNUSABLE;
  }
  if (schema['type'] === 'integer' && !Number.isInteger(number)) {
    if (typeof value === 'number') recordFault(coercion, path, 'type', value);
    number = Math.floor(number + 0.5);
  }
  const { minimum, maximum, multipleOf } = schema;
  if (typeof multipleOf === 'number') {
    const steps = number / multipleOf;
    if (Math.abs(steps - Math.round(steps)) > 1e-6) {
      recordFault(coercion, path, 'multipleOf', value);
      number = Number((Math.round(steps) * multipleOf).toFixed(6));
    }
  }
  if (typeof minimum === 'number' && number < minimum) {
    recordFault(coercion, path, 'minimum', value);
    return UNUSABLE;
  }
  if (typeof maximum === 'number' && number > maximum) {
    recordFault(coercion, path, 'maximum', value);
    return UNUSABLE;
  }
  return number;
}

export function coerceBoolean(coercion: Coercion, value: Json, path: string): Coerced {
  if (typeof value === 'boolean') return value;
  recordFault(coercion, path, 'type', value);
  if (value === 1 || value === 'true' || value === 'True' || value === '1') return true;
  if (value === 0 || value === 'false' || value === 'False' || value === '0') return false;
  return UNUSABLE;
}
