/** Checks the JSON body of a request against the members that its endpoint declares. */
import type { Json } from '../../domain/model/object.js';
import type { JsonSchema } from './json-schema.js';
import { badField, unknownName, type Problem } from './problem.js';

export type JsonBody = { readonly [name: string]: Json };

/**
 * Reads and checks the members of a body. A missing body counts as `{}`, and texts other than `password` are trimmed.
 * @shape A schema without `properties` accepts any object unchanged; without a schema, only `{}` is accepted. Lists are
 *   checked item by item; members that are objects are not checked at all.
 */
export function readBody(body: unknown, schema: JsonSchema | undefined): { body: JsonBody } | { problem: Problem } {
  const given: unknown = body === undefined || body === '' ? {} : body;
  const members = Object.keys(schema?.properties ?? {}).join(', ');
  const meaning = members === '' ? (schema?.description ?? 'it may be absent') : `with ${members}`;
  if (!isObject(given)) return { problem: badField('the body', `must be a JSON object (${meaning})`) };
  const { properties, required = [] } = schema ?? { properties: {} };
  if (!properties) return { body: given };
  const trimmed: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(given)) {
    const member = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!member) return { problem: unknownName('field', name, Object.keys(properties)) };
    trimmed[name] = typeof value === 'string' && name !== 'password' ? value.trim() : value;
    const rule = brokenRule(trimmed[name], member);
    if (rule === undefined) continue;
    const shown = typeof value === 'string' && name !== 'password' ? value : undefined;
    return { problem: badField(name, rule, shown, member.enum?.map(String)) };
  }
  const missing = required.find((name) => !Object.hasOwn(trimmed, name));
  if (missing === undefined) return { body: trimmed };
  return { problem: badField(missing, `is missing: ${properties[missing]?.description ?? 'it is needed'}`) };
}

function isObject(value: unknown): value is JsonBody {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brokenRule(value: Json | undefined, schema: JsonSchema): string | undefined {
  const { minLength = 0, maxLength = Infinity, minimum = -Infinity, maximum = Infinity } = schema;
  if (schema.enum && !schema.enum.some((one) => one === value)) return `must be one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') return 'must be text';
      if (value.length < minLength || value.length > maxLength)
        return maxLength === Infinity ? 'must not be empty' : `must be text of ${minLength} to ${maxLength} characters`;
      return schema.pattern === undefined || new RegExp(schema.pattern).test(value)
        ? undefined
        : `must match ${schema.pattern}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'integer':
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'must be a whole number';
      if (value >= minimum && value <= maximum) return undefined;
      return maximum === Infinity ? `must be at least ${minimum}` : `must be from ${minimum} to ${maximum}`;
    case 'array':
      if (!Array.isArray(value)) return 'must be a list';
      if (value.length < (schema.minItems ?? 0)) return `must have at least ${schema.minItems} item`;
      return value.flatMap((item: Json) => brokenRule(item, schema.items ?? {}) ?? [])[0];
    default:
      return undefined;
  }
}

/** Returns a text member of a checked body; `undefined` if it is absent. */
export function bodyText(body: JsonBody, name: string): string | undefined {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
}
