/** A payload that breaks its schema, brought as near to it as can be done without guessing; every change is named. */
import type { Json } from '../../domain/model/object.js';
import { isPayload, type Payload } from '../frames/frame.js';
import { coerceBoolean, coerceNumber, coerceText } from './coerce-values.js';
import { recordFault, UNUSABLE, type SchemaFault, type Coerced, type Coercion, type JsonSchema } from './coercion.js';

/** Without these a sampled value would be taken for another quantity, by their default: it is dropped whole. */
const DEFINING_KEYS = new Set(['measurand', 'unit', 'phase', 'location', 'format', 'unitOfMeasure', 'multiplier']);

/**
 * Drops nulls and unknown keys, reads numbers from text and text from numbers, puts a single value into its list, takes
 * UTC where a time has no zone, cuts what is too long, and gives unknown words their neutral one.
 * @shape  `schema` stands alone (`#/$defs/…` at most). What identifies is never cut or guessed.
 * @errors None; whether the result is lawful says the check, not this.
 * @source OCPP 1.6 §4.8, §4.10: failing sanity checks must not keep the answer back.
 */
export function coerce(
  schema: JsonSchema,
  payload: Payload,
  keep: boolean,
): { readonly payload: Payload; readonly faults: readonly SchemaFault[] } {
  const mending: Coercion = { root: schema, faults: [], keepIncomplete: keep };
  return { payload: coerceMembers(mending, resolveRef(schema, schema), payload, ''), faults: mending.faults };
}

function coerceValue(mending: Coercion, raw: unknown, value: Json, path: string, key: string): Coerced {
  const schema = resolveRef(mending.root, raw);
  switch (schema['type']) {
    case 'object':
      return coerceObject(mending, schema, value, path);
    case 'array':
      return coerceList(mending, schema, value, path, key);
    case 'string':
      return coerceText(mending, schema, value, path, key);
    case 'integer':
    case 'number':
      return coerceNumber(mending, schema, value, path);
    case 'boolean':
      return coerceBoolean(mending, value, path);
    default:
      return value;
  }
}

function coerceObject(mending: Coercion, schema: JsonSchema, value: Json, path: string): Coerced {
  let whole = value;
  if (Array.isArray(whole) && whole.length === 1) {
    recordFault(mending, path, 'type', value);
    whole = whole[0] ?? null;
  }
  if (!isPayload(whole)) {
    recordFault(mending, path, 'type', value);
    return UNUSABLE;
  }
  const made = coerceMembers(mending, schema, whole, path);
  if (made === undefined) return UNUSABLE;
  const missing = requiredKeys(schema).find((key) => made[key] === undefined);
  if (missing === undefined || mending.keepIncomplete) return made;
  recordFault(mending, joinPath(path, missing), 'required', null);
  return UNUSABLE;
}

function coerceMembers(mending: Coercion, schema: JsonSchema, value: Payload, path: ''): Payload;
function coerceMembers(mending: Coercion, schema: JsonSchema, value: Payload, path: string): Payload | undefined;
function coerceMembers(mending: Coercion, schema: JsonSchema, value: Payload, path: string): Payload | undefined {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const made: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) {
    const part = value[key] ?? null;
    const place = joinPath(path, key);
    if (!Object.hasOwn(properties, key)) {
      if (schema['additionalProperties'] === false) recordFault(mending, place, 'additionalProperties', part);
      else if (key !== '__proto__') made[key] = part;
    } else if (part === null) {
      recordFault(mending, place, 'type', null);
    } else {
      const mended = coerceValue(mending, properties[key], part, place, key);
      if (mended !== UNUSABLE) made[key] = mended;
      else if (path !== '' && DEFINING_KEYS.has(key)) return undefined;
    }
  }
  return made;
}

function coerceList(mending: Coercion, schema: JsonSchema, value: Json, path: string, key: string): Coerced {
  const isList = Array.isArray(value);
  if (!isList) recordFault(mending, path, 'type', value);
  const parts: readonly Json[] = isList ? value : [value];
  const made: Json[] = [];
  for (const [index, part] of parts.entries()) {
    const place = `${path}[${index}]`;
    if (part === null) recordFault(mending, place, 'type', null);
    else {
      const mended = coerceValue(mending, schema['items'], part, place, key);
      if (mended !== UNUSABLE) made.push(mended);
    }
  }
  return made;
}

function resolveRef(root: JsonSchema, node: unknown): JsonSchema {
  if (!isSchema(node)) return {};
  const { $ref } = node;
  if (typeof $ref !== 'string') return node;
  const defs = root['$defs'];
  return isSchema(defs) ? resolveRef(root, defs[$ref.replace('#/$defs/', '')]) : {};
}

function requiredKeys(schema: JsonSchema): readonly string[] {
  const list = schema['required'];
  return Array.isArray(list) ? list.filter((key) => typeof key === 'string') : [];
}

function joinPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
