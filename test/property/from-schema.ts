/** Values generated from a JSON schema: valid ones and slightly damaged ones. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import fc from 'fast-check';

export type Schema = { readonly [keyword: string]: unknown };
export interface JsonObject {
  [key: string]: JsonValue;
}
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

const files = new Map<string, Schema>();

export function readSchema(file: string): Schema {
  let schema = files.get(file);
  if (!schema) files.set(file, (schema = JSON.parse(readFileSync(file, 'utf8')) as Schema));
  return schema;
}

/** Registers a schema that has no file, under a name that differs from every file name. */
export function registerSchema(name: string, schema: Schema): void {
  files.set(name, schema);
}

/** Resolves references and merges `allOf`. */
export function flat(schema: Schema, file: string): { schema: Schema; file: string } {
  if (typeof schema['$ref'] === 'string') {
    const [to = '', pointer = ''] = schema['$ref'].split('#/');
    const home = to === '' ? file : resolve(dirname(file), to);
    const named = pointer.split('/').reduce((node, name) => object(node[name]), readSchema(home));
    return flat(named, home);
  }
  if (!Array.isArray(schema['allOf'])) return { schema, file };
  const parts = (schema['allOf'] as Schema[]).map((part) => flat(part, file));
  const home = parts[0]?.file ?? file;
  const merged: Record<string, unknown> = {};
  const properties: Record<string, unknown> = {};
  const required: unknown[] = [];
  for (const part of parts) {
    Object.assign(merged, part.schema);
    for (const [key, value] of Object.entries(object(part.schema['properties']))) {
      properties[key] = { allOf: [...(properties[key] ? [properties[key]] : []), absolute(value, part.file)] };
    }
    required.push(...array(part.schema['required']));
  }
  const own = Object.keys(properties).length > 0 ? { properties } : {};
  return { schema: { ...merged, ...own, required }, file: home };
}

/** Makes references absolute, so that parts of different files can be combined. */
function absolute(node: unknown, file: string): unknown {
  if (Array.isArray(node)) return node.map((part) => absolute(part, file));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, part]) => {
      if (key !== '$ref' || typeof part !== 'string') return [key, absolute(part, file)];
      const [to = '', name = ''] = part.split('#/');
      return [key, `${to === '' ? file : resolve(dirname(file), to)}#/${name}`];
    }),
  );
}

/**
 * Returns the properties of an object. As in the build, a closed object also allows `customData` if its vocabulary
 * defines it.
 */
export function propertiesOf(schema: Schema, file: string): Record<string, Schema> {
  const own = object(schema['properties']) as Record<string, Schema>;
  const types = join(dirname(file), 'types.json');
  if (schema['additionalProperties'] !== false || !(files.has(types) || existsSync(types))) return own;
  return readSchema(types)['customData'] ? { ...own, customData: { $ref: `${types}#/customData` } } : own;
}

const object = (value: unknown): Schema => (value ?? {}) as Schema;
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Generators of valid text by string format or pattern. Every new one in a schema needs an entry here. */
const SHAPES: Record<string, fc.Arbitrary<string>> = {
  'date-time': fc
    .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
    .chain((date) => fc.constantFrom(date.toISOString(), date.toISOString().replace('Z', '+05:30'))),
  duration: fc.constantFrom('PT10M', 'P1D', 'PT30S', 'P1M', 'PT1H30M'),
  uri: fc.webUrl(),
  uuid: fc.uuid({ version: [1, 4] }),
  email: fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[a-z]{1,8}$/)).map(([a, b]) => `${a}@${b}.in`),
  '^[+-]?[0-9]+(\\.[0-9]+)?$': fc.stringMatching(/^[+-]?[0-9]{1,6}(\.[0-9]{1,3})?$/),
  '^1\\.[0-9]+(\\.[0-9]+)?$': fc.stringMatching(/^1\.[0-9](\.[0-9])?$/),
  '^[0-9]+(\\.[0-9]+)?%?$': fc.stringMatching(/^[0-9]{1,3}(\.[0-9]{1,2})?%?$/),
  '^-?[1-8]?[0-9](\\.[0-9]+)?, ?-?(1[0-7][0-9]|[1-9]?[0-9])(\\.[0-9]+)?$': fc.stringMatching(
    /^-?[1-8]?[0-9](\.[0-9]{1,6})?, ?-?(1[0-7][0-9]|[1-9]?[0-9])(\.[0-9]{1,6})?$/,
  ),
};

interface ValueOptions {
  /** Generators for the values at dotted paths such as `context.message_id`, used instead of the schema. */
  readonly fixedValues?: Readonly<Record<string, fc.Arbitrary<JsonValue>>>;
  /** Includes every optional property and leaves no list empty. */
  readonly complete?: boolean;
  /** Limits lists to one entry and texts to a few characters, because large messages are slow. */
  readonly compact?: boolean;
}

/** Generates values that a schema accepts. */
export function validValues(
  root: Schema,
  file: string,
  { fixedValues: known = {}, complete = false, compact: brief = false }: ValueOptions = {},
): fc.Arbitrary<JsonValue> {
  const make = (raw: Schema, from: string, path: string): fc.Arbitrary<JsonValue> => {
    const fixed = known[path];
    if (fixed) return fixed;
    const { schema, file: home } = flat(raw, from);
    if ('const' in schema) return fc.constant(schema['const'] as JsonValue);
    if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as JsonValue[]));
    if (schema['type'] === undefined) return fc.constantFrom(...OTHERS, ...NUMBERS, 'text');
    const types = typeof schema['type'] === 'string' ? [schema['type']] : (schema['type'] as string[]);
    return fc.oneof(...types.map((type) => ofType(type, schema, home, path)));
  };
  const ofType = (type: string, schema: Schema, home: string, path: string): fc.Arbitrary<JsonValue> => {
    switch (type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.integer(within(schema, -0x80000000, 0x7fffffff));
      case 'number': {
        const { min, max } = within(schema, -100_000, 100_000);
        return fc.integer({ min: min * 10, max: max * 10 }).map((n) => n / 10);
      }
      case 'array': {
        const minLength = Math.max(number(schema['minItems']) ?? 0, complete ? 1 : 0);
        const maxLength = Math.max(minLength, Math.min(brief ? 1 : 2, number(schema['maxItems']) ?? 2));
        return fc.array(make(object(schema['items']), home, `${path}[]`), { minLength, maxLength });
      }
      case 'string': {
        const shape = schema['format'] ?? schema['pattern'];
        if (typeof shape === 'string') {
          const made = SHAPES[shape];
          if (!made) throw new Error(`from-schema.ts has no text for ${shape} at ${path}`);
          return made;
        }
        const minLength = typeof schema['minLength'] === 'number' ? schema['minLength'] : 0;
        const maxLength = typeof schema['maxLength'] === 'number' ? schema['maxLength'] : 600;
        if (brief) return text(minLength, Math.min(maxLength, 8));
        const full = fc.constantFrom('x'.repeat(maxLength), '⚡'.repeat(maxLength));
        return fc.oneof({ weight: 4, arbitrary: text(minLength, Math.min(maxLength, 30)) }, full);
      }
      default: {
        const required = new Set(array(schema['required']));
        const entries = Object.entries(propertiesOf(schema, home)).map(
          ([name, part]) => [name, make(part, home, path === '' ? name : `${path}.${name}`)] as const,
        );
        return fc.record(Object.fromEntries(entries), {
          requiredKeys: entries.map(([name]) => name).filter((name) => complete || required.has(name)),
          noNullPrototype: true,
        });
      }
    }
  };
  return make(root, file, '');
}

/** Returns an arbitrary text. It is cached per length, because creating it takes longer than drawing from it. */
function text(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const key = `${minLength}-${maxLength}`;
  let made = texts.get(key);
  if (!made) texts.set(key, (made = fc.string({ minLength, maxLength })));
  return made;
}
const texts = new Map<string, fc.Arbitrary<string>>();

function within(schema: Schema, low: number, high: number): { min: number; max: number } {
  return { min: number(schema['minimum']) ?? low, max: number(schema['maximum']) ?? high };
}

export const TIMES: string[] = [
  ...['2026-01-01T00:00:00Z', '2026-01-01T00:00:00', '2026-01-01', '2026-02-30T00:00:00Z', '2016-12-31T23:59:60Z'],
  ...['2026-01-01T00:00Z', '2026-01-01t00:00:00.5z', '2026-01-01 00:00:00Z', '2026-01-01T00:00:00+0530'],
];
export const URIS = ['ftp://example.com/x', 'example.com', 'http://', 'urn:x:y', 'http://exa mple.com'];
const STRINGS: JsonValue[] = [
  ...[0, 1, 19, 20, 21, 25, 26, 50, 51, 255, 256, 500, 501].map((length) => 'a'.repeat(length)),
  '⚡'.repeat(20),
  '🚗'.repeat(20),
  '🚗'.repeat(21),
  ...['Celsius', 'Celcius', 'celsius', 'Hertz', 'Accepted', 'accepted', 'A', 'L1', 'Other'],
  ...TIMES,
  ...URIS,
];
export const NUMBERS: number[] = [0, -1, 1, 0.5, 1.0, 21.4, 21.45, 0.1, -0.3, 1e21, 2 ** 53, -(2 ** 31) - 1, 1e-7];
const OTHERS: JsonValue[] = [null, true, false, {}, [], [null], [[]], { a: 1 }];
const REPLACEMENTS = [...STRINGS, ...NUMBERS, ...OTHERS];

/** Damages a value at one to three random places. */
export function damagedValues(value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> {
  const damage = fc.record({ place: fc.nat(), kind: fc.nat({ max: 5 }), choice: fc.nat() });
  return fc
    .tuple(value, fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([valid, damages]) =>
      damages.reduce<JsonValue>(
        (damaged, { place, kind, choice }) => applyDamage(damaged, place, kind, choice),
        structuredClone(valid),
      ),
    );
}

interface Place {
  readonly holder: JsonValue[] | { [key: string]: JsonValue };
  readonly key: string;
}

function places(value: JsonValue, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, part] of Object.entries(value)) {
    found.push({ holder: value, key });
    places(part, found);
  }
  return found;
}

function applyDamage(value: JsonValue, place: number, kind: number, choice: number): JsonValue {
  // This is a copy, because the next damage may change the inserted value.
  const pick = (list: JsonValue[]): JsonValue => structuredClone(list[choice % list.length] ?? null);
  const all = places(value);
  const at = all[place % Math.max(all.length, 1)];
  if (!at) {
    if (kind === 0) return pick(OTHERS);
    return typeof value === 'object' && value !== null ? { ...value, extra: pick(STRINGS) } : pick(OTHERS);
  }
  const holder = at.holder as { [key: string]: JsonValue };
  const old = holder[at.key] ?? null;
  if (kind === 0) {
    if (Array.isArray(at.holder)) at.holder.splice(Number(at.key), 1);
    else delete at.holder[at.key];
  } else if (kind === 1 && !Array.isArray(at.holder)) at.holder['extra'] = pick(STRINGS);
  else if (kind === 2) holder[at.key] = pick(REPLACEMENTS);
  else if (Array.isArray(old)) holder[at.key] = pick([[], [...old, ...old], [null], {}, 'x']);
  else if (typeof old === 'string') holder[at.key] = pick(STRINGS);
  else if (typeof old === 'number') holder[at.key] = pick(NUMBERS);
  else holder[at.key] = pick(OTHERS);
  return value;
}
