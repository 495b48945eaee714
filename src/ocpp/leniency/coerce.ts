/** A payload that breaks its schema, brought as near to it as can be done without guessing; every change is named. */
import type { Json } from '../../domain/model/order.js';
import { isPayload, type Payload } from '../frames/frame.js';
import { mendBoolean, mendNumber, mendText } from './coerce-values.js';
import { fault, LOST, type Fault, type Mended, type Mending, type Schema } from './coercion.js';

/** Without these a sampled value would be taken for another quantity, by their default: it is dropped whole. */
const DECISIVE = new Set(['measurand', 'unit', 'phase', 'location', 'format', 'unitOfMeasure', 'multiplier']);

/**
 * Drops nulls and unknown keys, reads numbers from text and text from numbers, puts a single value into its list, takes
 * UTC where a time has no zone, cuts what is too long, and gives unknown words their neutral one.
 * @shape  `schema` stands alone (`#/$defs/…` at most). What identifies is never cut or guessed.
 * @errors None; whether the result is lawful says the check, not this.
 * @source OCPP 1.6 §4.8, §4.10: failing sanity checks must not keep the answer back.
 */
export function normalise(
  schema: Schema,
  payload: Payload,
  keep: boolean,
): { readonly payload: Payload; readonly faults: readonly Fault[] } {
  const mending: Mending = { root: schema, faults: [], keep };
  return { payload: mendMembers(mending, resolve(schema, schema), payload, ''), faults: mending.faults };
}

function mend(mending: Mending, raw: unknown, value: Json, path: string, key: string): Mended {
  const schema = resolve(mending.root, raw);
  switch (schema['type']) {
    case 'object':
      return mendObject(mending, schema, value, path);
    case 'array':
      return mendList(mending, schema, value, path, key);
    case 'string':
      return mendText(mending, schema, value, path, key);
    case 'integer':
    case 'number':
      return mendNumber(mending, schema, value, path);
    case 'boolean':
      return mendBoolean(mending, value, path);
    default:
      return value;
  }
}

function mendObject(mending: Mending, schema: Schema, value: Json, path: string): Mended {
  let whole = value;
  if (Array.isArray(whole) && whole.length === 1) {
    fault(mending, path, 'type', value);
    whole = whole[0] ?? null;
  }
  if (!isPayload(whole)) {
    fault(mending, path, 'type', value);
    return LOST;
  }
  const made = mendMembers(mending, schema, whole, path);
  if (made === undefined) return LOST;
  const missing = required(schema).find((key) => made[key] === undefined);
  if (missing === undefined || mending.keep) return made;
  fault(mending, join(path, missing), 'required', null);
  return LOST;
}

function mendMembers(mending: Mending, schema: Schema, value: Payload, path: ''): Payload;
function mendMembers(mending: Mending, schema: Schema, value: Payload, path: string): Payload | undefined;
function mendMembers(mending: Mending, schema: Schema, value: Payload, path: string): Payload | undefined {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const made: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) {
    const part = value[key] ?? null;
    const place = join(path, key);
    if (!Object.hasOwn(properties, key)) {
      if (schema['additionalProperties'] === false) fault(mending, place, 'additionalProperties', part);
      else if (key !== '__proto__') made[key] = part;
    } else if (part === null) {
      fault(mending, place, 'type', null);
    } else {
      const mended = mend(mending, properties[key], part, place, key);
      if (mended !== LOST) made[key] = mended;
      else if (path !== '' && DECISIVE.has(key)) return undefined;
    }
  }
  return made;
}

function mendList(mending: Mending, schema: Schema, value: Json, path: string, key: string): Mended {
  const isList = Array.isArray(value);
  if (!isList) fault(mending, path, 'type', value);
  const parts: readonly Json[] = isList ? value : [value];
  const made: Json[] = [];
  for (const [index, part] of parts.entries()) {
    const place = `${path}[${index}]`;
    if (part === null) fault(mending, place, 'type', null);
    else {
      const mended = mend(mending, schema['items'], part, place, key);
      if (mended !== LOST) made.push(mended);
    }
  }
  return made;
}

function resolve(root: Schema, node: unknown): Schema {
  if (!isSchema(node)) return {};
  const { $ref } = node;
  if (typeof $ref !== 'string') return node;
  const defs = root['$defs'];
  return isSchema(defs) ? resolve(root, defs[$ref.replace('#/$defs/', '')]) : {};
}

function required(schema: Schema): readonly string[] {
  const list = schema['required'];
  return Array.isArray(list) ? list.filter((key) => typeof key === 'string') : [];
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
