/** Single values brought to their schema: words, times, numbers. */
import type { Json } from '../../domain/model/order.js';
import { fault, LOST, type Mended, type Mending, type Schema } from './coercion.js';
import { parseDecimal } from '../versions/v16/meter.js';

/** Cut short, these would name something else: they stay as they are, and the check says what it says. */
const IDENTIFYING = new Set(['idTag', 'parentIdTag', 'idToken', 'transactionId', 'vendorId', 'messageId', 'key']);
/** Longer fields are opaque (certificates, signatures, data): cut, they are worthless. */
const LONGEST_CUT = 500;
/** What enumerations call "none of these". */
const NEUTRAL = ['Other', 'OtherError'];

/** @unit Characters are code points, as the schema counts them. */
export function mendText(mending: Mending, schema: Schema, value: Json, path: string, key: string): Mended {
  let text: string;
  if (typeof value === 'string') text = value;
  else {
    fault(mending, path, 'type', value);
    if (typeof value !== 'number' && typeof value !== 'boolean') return LOST;
    text = String(value);
  }
  if (Array.isArray(schema['enum'])) return mendWord(mending, schema['enum'], text, path, key);
  if (schema['format'] === 'date-time') return mendTime(mending, text, path);
  const longest = schema['maxLength'];
  if (typeof longest !== 'number' || text.length <= longest || longest > LONGEST_CUT || IDENTIFYING.has(key))
    return text;
  const characters = [...text];
  if (characters.length <= longest) return text;
  fault(mending, path, 'maxLength', text);
  return characters.slice(0, longest).join('');
}

/** The word itself, the one that differs in case and blanks, or the neutral one. */
function mendWord(mending: Mending, words: readonly unknown[], text: string, path: string, key: string): Mended {
  if (words.includes(text)) return text;
  fault(mending, path, 'enum', text);
  const plain = text.trim().toLowerCase();
  const near = words.find((word) => typeof word === 'string' && word.toLowerCase() === plain);
  if (typeof near === 'string') return near;
  const neutral = IDENTIFYING.has(key) ? undefined : NEUTRAL.find((word) => words.includes(word));
  return neutral ?? LOST;
}

const LAWFUL = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[zZ]|[+-]\d\d:?\d\d)$/;
const NEARLY = /^(\d{4}-\d\d-\d\d)[Tt ]+(\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9})\d*)? ?([zZ]|[+-]\d\d:?\d\d)?$/;

/** A missing zone is UTC, missing seconds are none. */
function mendTime(mending: Mending, text: string, path: string): Mended {
  if (LAWFUL.test(text) && !Number.isNaN(Date.parse(text))) return text;
  fault(mending, path, 'format', text);
  const parts = NEARLY.exec(text.trim());
  if (!parts) return LOST;
  const [, day = '', minutes = '', seconds = ':00', fraction, zone = 'Z'] = parts;
  const made = `${day}T${minutes}${seconds}${fraction === undefined ? '' : `.${fraction}`}${zone.toUpperCase()}`;
  return Number.isNaN(Date.parse(made)) ? LOST : made;
}

/** Decimals where whole numbers are wanted are rounded half up. */
export function mendNumber(mending: Mending, schema: Schema, value: Json, path: string): Mended {
  let number = typeof value === 'number' ? value : undefined;
  if (number === undefined) {
    fault(mending, path, 'type', value);
    number = typeof value === 'string' ? parseDecimal(value) : undefined;
    if (number === undefined) return LOST;
  }
  if (schema['type'] === 'integer' && !Number.isInteger(number)) {
    if (typeof value === 'number') fault(mending, path, 'type', value);
    number = Math.floor(number + 0.5);
  }
  const { minimum, maximum, multipleOf } = schema;
  if (typeof multipleOf === 'number') {
    const steps = number / multipleOf;
    if (Math.abs(steps - Math.round(steps)) > 1e-6) {
      fault(mending, path, 'multipleOf', value);
      number = Number((Math.round(steps) * multipleOf).toFixed(6));
    }
  }
  if (typeof minimum === 'number' && number < minimum) {
    fault(mending, path, 'minimum', value);
    return LOST;
  }
  if (typeof maximum === 'number' && number > maximum) {
    fault(mending, path, 'maximum', value);
    return LOST;
  }
  return number;
}

export function mendBoolean(mending: Mending, value: Json, path: string): Mended {
  if (typeof value === 'boolean') return value;
  fault(mending, path, 'type', value);
  if (value === 1 || value === 'true' || value === 'True' || value === '1') return true;
  if (value === 0 || value === 'false' || value === 'False' || value === '0') return false;
  return LOST;
}
