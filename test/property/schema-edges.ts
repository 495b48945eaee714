/** Varies one value of a schema at every place, just inside and just outside each rule. */
import {
  flat,
  NUMBERS,
  propertiesOf,
  TIMES,
  URIS,
  type JsonObject,
  type JsonValue,
  type Schema,
} from './from-schema.js';

const SPECIAL: Readonly<Record<string, readonly string[]>> = { 'date-time': TIMES, uri: URIS };
const WRONG_KINDS: readonly JsonValue[] = [null, true, {}, [], [null], 0, -1.5, '', '1'];
const ENOUGH: readonly JsonValue[] = [null, -1, 'x'];

/**
 * Calls `judge` with `complete`, and then once for each edge of the schema with one place changed. Optional siblings of
 * that place are left out meanwhile. A named type is varied in full at its first place and briefly at the others.
 * @param complete A valid value with every property.
 */
export function atEveryEdge(
  root: Schema,
  file: string,
  complete: JsonValue,
  judge: (value: JsonValue, path: string) => void,
): void {
  const walked = new Set<Schema>();
  const top: { value: JsonValue } = { value: structuredClone(complete) };

  const walk = (raw: Schema, from: string, holder: JsonObject, key: string, path: string, again: boolean): void => {
    const { schema, file: home } = flat(raw, from);
    const sound = holder[key] ?? null;
    const tell = (): void => judge(top.value, path);
    for (const edge of again ? ENOUGH : [...WRONG_KINDS, ...edgesOf(schema, sound)]) {
      holder[key] = edge;
      tell();
    }
    holder[key] = sound;
    if (schema['type'] === 'array') {
      walk(schema['items'] as Schema, home, sound as unknown as JsonObject, '0', `${path}[0]`, again);
    } else if (schema['type'] === 'object') {
      walkInside(schema, home, sound as JsonObject, path, again);
    }
  };

  const walkInside = (schema: Schema, home: string, sound: JsonObject, path: string, again: boolean): void => {
    const tell = (): void => judge(top.value, path);
    const known = walked.has(schema);
    walked.add(schema);
    sound['extra'] = 'x';
    tell();
    delete sound['extra'];
    const required = new Set(schema['required'] as string[] | undefined);
    const all = { ...sound };
    for (const [name, part] of Object.entries(propertiesOf(schema, home))) {
      if (all[name] === undefined) throw new Error(`the complete value has no ${path}.${name}`);
      delete sound[name];
      tell();
      // Optional siblings are left out, because checks of large messages are slow.
      for (const key of Object.keys(all)) if (key !== name && !required.has(key)) delete sound[key];
      sound[name] = all[name];
      walk(part, home, sound, name, `${path}.${name}`, again || known);
      Object.assign(sound, all);
    }
  };

  judge(top.value, '');
  walk(root, file, top, 'value', '', false);
}

/** Returns values just inside and just outside the limits of one schema. */
function edgesOf(schema: Schema, sound: JsonValue): readonly JsonValue[] {
  if (Array.isArray(schema['enum'])) {
    const words = schema['enum'] as string[];
    return [...words, words[0]?.toLowerCase() ?? '', `${words[0] ?? ''} `];
  }
  const limit = (keyword: string): number[] => (typeof schema[keyword] === 'number' ? [schema[keyword]] : []);
  switch (schema['type']) {
    case 'string': {
      const lengths = limit('maxLength').flatMap((most) => [most, most + 1]);
      return [
        ...(SPECIAL[String(schema['format'])] ?? []),
        ...(lengths.length > 0 ? lengths : [500]).flatMap((length) => ['x'.repeat(length), '🚗'.repeat(length)]),
      ];
    }
    case 'integer':
    case 'number':
      return [
        ...NUMBERS,
        ...[...limit('minimum'), ...limit('maximum')].flatMap((edge) => [
          edge - 1,
          edge - 0.1,
          edge,
          edge + 0.1,
          edge + 1,
        ]),
      ];
    case 'array': {
      const [entry = null] = sound as JsonValue[];
      const lengths = [...limit('minItems'), ...limit('maxItems').map((most) => most + 1)];
      return [...lengths.flatMap((length) => [length - 1, length]), 2].map((n) => new Array<JsonValue>(n).fill(entry));
    }
    default:
      return [];
  }
}
