/** Repairs a payload that violates its schema as far as that is safe, and records the faults. */
import type { Json } from '../../domain/model/object.js';
import { isList, isPayload, type Payload } from '../frames/payload.js';
import { coerceBoolean, coerceNumber, coerceText, type Place } from './coerce-values.js';
import { recordFault, UNUSABLE, type Coerced, type Coercion, type JsonSchema, type SchemaFault } from './coercion.js';

/** Members that define what a sampled value means. If one of them cannot be coerced, the sampled value is dropped. */
const DEFINING_KEYS = new Set(['measurand', 'unit', 'phase', 'location', 'format', 'unitOfMeasure', 'multiplier']);

/**
 * Drops nulls, members that the schema forbids, and values that cannot be coerced. Converts numbers and booleans to
 * text and back, rounds numbers, puts a single value into a list and takes a single object out of one. Reads a time
 * without a zone as UTC, truncates overlong text, ignores the case of enumeration values, and replaces unknown ones
 * with `Other` or `OtherError` if the schema has it. Identifiers are never truncated or guessed.
 * @param keepIncomplete Keeps objects that lack a required member.
 * @shape  References in `schema` point into its own `$defs`.
 * @errors None. The result may still be invalid, so the caller checks it.
 * @source OCPP 1.6 §4.8, §4.10: the outcome of sanity checks should not keep the central system from answering.
 */
export function coerce(
  schema: JsonSchema,
  payload: Payload,
  keepIncomplete: boolean,
): { readonly payload: Payload; readonly faults: readonly SchemaFault[] } {
  const coercion: Coercion = { root: schema, faults: [], keepIncomplete };
  return { payload: coerceMembers(coercion, resolveRef(schema, schema), payload, ''), faults: coercion.faults };
}

function coerceValue(coercion: Coercion, node: unknown, value: Json, place: Place): Coerced {
  const schema = resolveRef(coercion.root, node);
  switch (schema['type']) {
    case 'object':
      return coerceObject(coercion, schema, value, place.path);
    case 'array':
      return coerceList(coercion, schema, value, place);
    case 'string':
      return coerceText(coercion, schema, value, place);
    case 'integer':
    case 'number':
      return coerceNumber(coercion, schema, value, place.path);
    case 'boolean':
      return coerceBoolean(coercion, value, place.path);
    default:
      return value;
  }
}

function coerceObject(coercion: Coercion, schema: JsonSchema, value: Json, path: string): Coerced {
  let object = value;
  if (Array.isArray(object) && object.length === 1) {
    recordFault(coercion, path, 'type', value);
    object = object[0] ?? null;
  }
  if (!isPayload(object)) {
    recordFault(coercion, path, 'type', value);
    return UNUSABLE;
  }
  const coerced = coerceMembers(coercion, schema, object, path);
  if (coerced === undefined) return UNUSABLE;
  const missing = requiredKeys(schema).find((key) => coerced[key] === undefined);
  if (missing === undefined || coercion.keepIncomplete) return coerced;
  recordFault(coercion, joinPath(path, missing), 'required', null);
  return UNUSABLE;
}

function coerceMembers(coercion: Coercion, schema: JsonSchema, value: Payload, path: ''): Payload;
function coerceMembers(coercion: Coercion, schema: JsonSchema, value: Payload, path: string): Payload | undefined;
function coerceMembers(coercion: Coercion, schema: JsonSchema, value: Payload, path: string): Payload | undefined {
  const properties = isSchema(schema['properties']) ? schema['properties'] : {};
  const members: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) {
    const member = value[key] ?? null;
    const memberPath = joinPath(path, key);
    if (!Object.hasOwn(properties, key)) {
      if (schema['additionalProperties'] === false) recordFault(coercion, memberPath, 'additionalProperties', member);
      else if (key !== '__proto__') members[key] = member;
    } else if (member === null) {
      recordFault(coercion, memberPath, 'type', null);
    } else {
      const coerced = coerceValue(coercion, properties[key], member, { path: memberPath, key });
      if (coerced !== UNUSABLE) members[key] = coerced;
      else if (path !== '' && DEFINING_KEYS.has(key)) return undefined;
    }
  }
  return members;
}

function coerceList(coercion: Coercion, schema: JsonSchema, value: Json, { path, key }: Place): Coerced {
  if (!isList(value)) recordFault(coercion, path, 'type', value);
  const items: Json[] = [];
  for (const [index, item] of (isList(value) ? value : [value]).entries()) {
    const itemPath = `${path}[${index}]`;
    if (item === null) recordFault(coercion, itemPath, 'type', null);
    else {
      const coerced = coerceValue(coercion, schema['items'], item, { path: itemPath, key });
      if (coerced !== UNUSABLE) items.push(coerced);
    }
  }
  return items;
}

function resolveRef(root: JsonSchema, node: unknown): JsonSchema {
  if (!isSchema(node)) return {};
  const { $ref } = node;
  if (typeof $ref !== 'string') return node;
  const defs = root['$defs'];
  return isSchema(defs) ? resolveRef(root, defs[$ref.replace('#/$defs/', '')]) : {};
}

function requiredKeys(schema: JsonSchema): readonly string[] {
  const { required } = schema;
  return Array.isArray(required) ? required.filter((key) => typeof key === 'string') : [];
}

function joinPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function isSchema(node: unknown): node is JsonSchema {
  return isPayload(node);
}
