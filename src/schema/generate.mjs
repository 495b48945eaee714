// Turns the two schema folders into plain CommonJS validators, one module per message and direction.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import standalone from 'ajv/dist/standalone/index.js';

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Message files of a folder by name; files ending in `types.json` are vocabulary, not messages. */
function messages(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json') && !file.endsWith('types.json'));
  return files.sort().map((file) => [basename(file, '.json'), read(join(folder, file))]);
}

const typesOf = (folder, file, files) => (files[file] ??= read(join(folder, file)));

/** Copies a schema, handing every `$ref` to `resolve(file, name)`; `everywhere` are properties of every closed object. */
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

/** What a vocabulary calls `customData` every closed object of its folder may carry: written once, not 300 times. */
function everywhereIn(folder) {
  const file = join(folder, 'types.json');
  return existsSync(file) && read(file).customData ? { customData: { $ref: 'types.json#/customData' } } : {};
}

/** Characters of schema up to which types are put in place instead of being called. */
const INLINE_LIMIT = 8_000;

/** Characters of a type, naming no other, up to which a call of it would be longer than itself. */
const SMALL = 120;

/**
 * One schema that stands alone. Types are put in the place that names them: the check is then one function without
 * inner calls, so a passing message builds no paths on the way. Where that would make hundreds of kilobytes of code
 * (the callbacks, which we write ourselves and check once; tariffs in profiles) types with several places are called.
 * `everywhere` holds properties that every closed object may carry. They seldom come, so theirs is called always.
 */
function standAlone(schema, folder, everywhere) {
  const files = {};
  const named = (file, name) => {
    const type = typesOf(folder, file, files)[name];
    if (!type) throw new Error(`${folder}: nothing is called ${file}#/${name}`);
    return type;
  };
  const keyOf = (file, name) => `${basename(file, '.json')}.${name}`;
  const seldom = new Set(Object.values(everywhere).map(({ $ref }) => keyOf(...$ref.split('#/'))));

  const build = (inPlace) => {
    const $defs = {};
    const follow = (file, name) => {
      const key = keyOf(file, name);
      if (!seldom.has(key) && inPlace(key, named(file, name))) return copy(named(file, name), file, follow, everywhere);
      if (!$defs[key]) {
        $defs[key] = {}; // taken before its parts are read, should a type ever contain itself
        $defs[key] = copy(named(file, name), file, follow, everywhere);
      }
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

/** Which types are called was decided above. */
const AS_TOLD = { inlineRefs: false };

/** Settings are read by people, all at once: every broken rule is told, with the description beside it. */
const FOR_PEOPLE = { allErrors: true, verbose: true, allowUnionTypes: true };

/** Of the check of good settings, which has to be loaded at every start, the verdict is all. */
const VERDICT = { messages: false, allowUnionTypes: true };
const withoutProse = (schema) =>
  JSON.parse(JSON.stringify(schema, (key, value) => (isProse(key, value) ? undefined : value)));
const isProse = (key, value) => (key === 'description' || key === 'title') && typeof value === 'string';

function compile(schema, more) {
  const ajv = new Ajv({
    allErrors: false,
    coerceTypes: false,
    strict: true,
    strictTypes: false, // the second half of an allOf says `required` without repeating the type
    strictRequired: false, // and without repeating the properties
    multipleOfPrecision: 6, // 21.4 is a multiple of 0.1 though binary fractions say otherwise
    validateFormats: true,
    code: { source: true, lines: true },
    ...more,
  });
  formats.default(ajv);
  return standalone.default(ajv, ajv.compile(schema));
}

/** An action is a question and its answer, or is sent and never answered. */
const KINDS = ['request,response', 'send'];

/** What makes a module besides its schema. */
const MAKER = ['ajv', 'ajv-formats']
  .map((name) => createRequire(import.meta.url)(`${name}/package.json`).version)
  .concat(readFileSync(new URL(import.meta.url), 'utf8'));

/** The first line of a module: a build that would print the same one would make the same module. */
function firstLine(...parts) {
  const hash = createHash('sha256');
  for (const part of [...MAKER, ...parts]) hash.update(JSON.stringify(part)).update('\0');
  return `// ${hash.digest('hex')}\n`;
}

/**
 * Writes `<out>/<set>/<message>[.request|.response|.send].cjs` and an `index.json` per set, and
 * `<out>/settings/<file>[.told].cjs`; beside every OCPP module its schema, as `.json`. What an `earlier` build has made of the same schema is taken from there.
 * @errors Throws when a schema is wrong or refers to nothing: a build with half its validators is no build.
 */
export function generateValidators(root, out, earlier) {
  const make = (set, name, schema, options) => {
    const first = firstLine(schema, options);
    const was = earlier && join(earlier, set, `${name}.cjs`);
    const old = was && existsSync(was) ? readFileSync(was, 'utf8') : '';
    writeFileSync(join(out, set, `${name}.cjs`), old.startsWith(first) ? old : first + compile(schema, options));
  };
  const write = (set, name, schema, folder, everywhere = {}) =>
    make(set, name, standAlone(schema, folder, everywhere), AS_TOLD);

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
        throw new Error(`${folder}: ${action} is neither asked nor sent`);
      for (const [kind, schema] of Object.entries(kinds)) {
        write(set, `${action}.${kind}`, schema, folder, everywhere);
        // Loaded only to mend what the check refused.
        writeFileSync(join(out, set, `${action}.${kind}.json`), JSON.stringify(standAlone(schema, folder, everywhere)));
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
    for (const [name, schema] of all) write(set, name, schema, folder);
    writeFileSync(join(out, set, 'index.json'), JSON.stringify(all.map(([name]) => name)));
  }

  mkdirSync(join(out, 'settings'), { recursive: true });
  for (const name of ['config', 'network']) {
    const schema = read(join(root, 'config', `${name}.schema.json`));
    make('settings', name, withoutProse(schema), VERDICT);
    make('settings', `${name}.told`, schema, FOR_PEOPLE);
  }
}
