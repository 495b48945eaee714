// Compiles the two schema folders into CommonJS validators, one module per schema, and each settings schema into two.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import standalone from 'ajv/dist/standalone/index.js';

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/**
 * Returns the names and schemas of a folder's messages. Files ending in `types.json` hold shared types and are
 * skipped.
 */
function messages(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json') && !file.endsWith('types.json'));
  return files.sort().map((file) => [basename(file, '.json'), read(join(folder, file))]);
}

const typesOf = (folder, file, files) => (files[file] ??= read(join(folder, file)));

/** Copies a schema, replaces each `$ref` with `resolve(file, name)`, and adds `everywhere` to each closed object. */
function copy(node, here, resolve, everywhere = {}) {
  if (Array.isArray(node)) return node.map((part) => copy(part, here, resolve, everywhere));
  if (typeof node !== 'object' || node === null) return node;
  if (typeof node.$ref === 'string') {
    const [file, name] = node.$ref.split('#/');
    return resolve(file || here, name);
  }
  const made = Object.fromEntries(
    Object.entries(node).map(([key, part]) => [key, copy(part, here, resolve, everywhere)]),
  );
  const more = node.type === 'object' && node.additionalProperties === false ? copy(everywhere, here, resolve) : {};
  return Object.keys(more).length === 0 ? made : { ...made, properties: { ...made.properties, ...more } };
}

/** Returns the properties allowed in every closed object: `customData`, if the folder shares it as a type. */
function everywhereIn(folder) {
  const file = join(folder, 'types.json');
  return existsSync(file) && read(file).customData ? { customData: { $ref: 'types.json#/customData' } } : {};
}

/** A schema stays inlined if it has at most this many characters with its types inlined. */
const INLINE_LIMIT = 8_000;

/** A type without references of at most this many characters is always inlined, because a call would be longer. */
const SMALL = 120;

/**
 * Returns a schema without references to other files. Types are inlined, because a check in a single function is
 * faster: it builds no error paths for a valid message. If inlining makes the schema too long, a type that is used in
 * several places stays a function. Types of `everywhere` properties always stay functions, because these are rare in
 * practice. No type may contain itself.
 */
function standAlone(schema, folder, everywhere = {}) {
  const files = {};
  const named = (file, name) => {
    const type = typesOf(folder, file, files)[name];
    if (!type) throw new Error(`${folder}: there is no type ${file}#/${name}`);
    return type;
  };
  const keyOf = (file, name) => `${basename(file, '.json')}.${name}`;
  const rare = new Set(Object.values(everywhere).map(({ $ref }) => keyOf(...$ref.split('#/'))));

  const build = (inPlace) => {
    const $defs = {};
    const follow = (file, name) => {
      const key = keyOf(file, name);
      if (!rare.has(key) && inPlace(key, named(file, name))) return copy(named(file, name), file, follow, everywhere);
      $defs[key] ??= copy(named(file, name), file, follow, everywhere);
      return { $ref: `#/$defs/${key}` };
    };
    const made = copy(schema, '', follow, everywhere);
    return Object.keys($defs).length === 0 ? made : { ...made, $defs };
  };

  const inlined = build(() => true);
  if (JSON.stringify(inlined).length <= INLINE_LIMIT) return inlined;

  const places = {};
  const count = (file, name) => {
    const key = keyOf(file, name);
    places[key] = (places[key] ?? 0) + 1;
    if (places[key] === 1) copy(named(file, name), file, count);
  };
  copy(schema, '', count);
  const isSmall = (type) => {
    const text = JSON.stringify(type);
    return text.length <= SMALL && !text.includes('"$ref"');
  };
  return build((key, type) => places[key] === 1 || isSmall(type));
}

/** Options for messages; `standAlone` has already decided what is inlined. */
const MESSAGE = { inlineRefs: false };

/** Options for reporting settings errors to people: all at once, each with the setting's description. */
const ALL_ERRORS = { allErrors: true, verbose: true, allowUnionTypes: true };

/** Options for the settings check that runs at every start, which needs no error messages. */
const YES_OR_NO = { messages: false, allowUnionTypes: true };
const withoutProse = (schema) =>
  JSON.parse(JSON.stringify(schema, (key, value) => (isProse(key, value) ? undefined : value)));
const isProse = (key, value) => (key === 'description' || key === 'title') && typeof value === 'string';

/** Schema keywords that contain values, not schemas. */
const VALUES = new Set(['default', 'const', 'enum', 'examples']);

/** The largest number in a settings file. Up to it, prices × energy and durations in milliseconds stay exact. */
const MAX_SETTING = 1e9;

/** Adds a lower and an upper bound to each number in a schema that lacks it. */
function withBounds(node) {
  if (Array.isArray(node)) return node.map(withBounds);
  if (typeof node !== 'object' || node === null) return node;
  const made = Object.fromEntries(
    Object.entries(node).map(([key, part]) => [key, VALUES.has(key) ? part : withBounds(part)]),
  );
  const isNumber = ['integer', 'number'].some((type) => [node.type].flat().includes(type));
  if (!isNumber) return made;
  return { minimum: -MAX_SETTING, maximum: MAX_SETTING, ...made };
}

function compile(schema, more) {
  const ajv = new Ajv({
    allErrors: false,
    coerceTypes: false,
    strict: true,
    strictTypes: false, // the second half of an allOf requires properties without repeating the type
    strictRequired: false, // … and without repeating the properties
    multipleOfPrecision: 6, // accepts 21.4 as a multiple of 0.1 despite binary rounding
    validateFormats: true,
    code: { source: true, lines: true },
    ...more,
  });
  formats.default(ajv);
  return standalone.default(ajv, ajv.compile(schema));
}

/** An action has a request and a response, or is a message without a response (OCPP 2.1 SEND). */
const KINDS = ['request,response', 'send'];

/**
 * Writes `<out>/<set>/<message>[.request|.response|.send].cjs` with an `index.json` per set, and
 * `<out>/settings/<file>[.all-errors].cjs`. Next to each OCPP module it writes the schema as `.json`.
 * @errors Throws if a schema is invalid, a reference cannot be resolved, or an OCPP action has neither request and
 *   response nor send.
 */
export function generateValidators(root, out) {
  const make = (set, name, schema, options) => writeFileSync(join(out, set, `${name}.cjs`), compile(schema, options));

  for (const version of readdirSync(join(root, 'ocpp-schemas'), { withFileTypes: true })) {
    if (!version.isDirectory()) continue;
    const folder = join(root, 'ocpp-schemas', version.name);
    const set = `ocpp-${version.name}`;
    mkdirSync(join(out, set), { recursive: true });
    const everywhere = everywhereIn(folder);
    const index = {};
    for (const [action, { from, ...kinds }] of messages(folder)) {
      index[action] = { from, kinds: Object.keys(kinds) };
      if (!KINDS.includes(String(index[action].kinds)))
        throw new Error(`${folder}: ${action} has neither request and response nor send`);
      for (const [kind, schema] of Object.entries(kinds)) {
        const whole = standAlone(schema, folder, everywhere);
        make(set, `${action}.${kind}`, whole, MESSAGE);
        // Loaded only to read a message that has failed its check leniently.
        writeFileSync(join(out, set, `${action}.${kind}.json`), JSON.stringify(whole));
      }
    }
    writeFileSync(join(out, set, 'index.json'), JSON.stringify(index));
  }

  for (const family of readdirSync(join(root, 'beckn-schemas'), { withFileTypes: true })) {
    if (!family.isDirectory()) continue;
    const folder = join(root, 'beckn-schemas', family.name);
    const set = `beckn-${family.name}`;
    mkdirSync(join(out, set), { recursive: true });
    const all = messages(folder);
    for (const [name, schema] of all) make(set, name, standAlone(schema, folder), MESSAGE);
    writeFileSync(join(out, set, 'index.json'), JSON.stringify(all.map(([name]) => name)));
  }

  mkdirSync(join(out, 'settings'), { recursive: true });
  for (const name of ['config', 'network']) {
    const schema = withBounds(read(join(root, 'config', `${name}.schema.json`)));
    make('settings', name, withoutProse(schema), YES_OR_NO);
    make('settings', `${name}.all-errors`, schema, ALL_ERRORS);
  }
}
