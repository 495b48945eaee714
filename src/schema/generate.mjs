// Turns the two schema folders into plain CommonJS validators, one module per message and direction.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
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

/** Copies a schema, handing every `$ref` to `resolve(file, name)`. */
function copy(node, here, resolve) {
  if (Array.isArray(node)) return node.map((part) => copy(part, here, resolve));
  if (typeof node !== 'object' || node === null) return node;
  if (typeof node.$ref === 'string') {
    const [file, name] = node.$ref.split('#/');
    return resolve(file || here, name);
  }
  return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, copy(part, here, resolve)]));
}

/** Characters of schema up to which types are put in place instead of being called. */
const INLINE_LIMIT = 8_000;

/**
 * One schema that stands alone. Types are put in the place that names them: the check is then one function without
 * inner calls, so a passing message builds no paths on the way. Where that would make hundreds of kilobytes of code (the
 * callbacks, which we write ourselves and check once), the types stay shared.
 */
function standAlone(schema, folder) {
  const files = {};
  const named = (file, name) => {
    const type = typesOf(folder, file, files)[name];
    if (!type) throw new Error(`${folder}: nothing is called ${file}#/${name}`);
    return type;
  };
  const place = (file, name) => copy(named(file, name), file, place);
  const inlined = copy(schema, '', place);
  if (JSON.stringify(inlined).length <= INLINE_LIMIT) return inlined;

  const $defs = {};
  const share = (file, name) => {
    const key = `${basename(file, '.json')}.${name}`;
    if (!$defs[key]) {
      $defs[key] = {}; // taken before its parts are read, should a type ever contain itself
      $defs[key] = copy(named(file, name), file, share);
    }
    return { $ref: `#/$defs/${key}` };
  };
  return { ...copy(schema, '', share), $defs };
}

/** Settings are read by people, all at once: every broken rule is told, with the description beside it. */
const FOR_PEOPLE = { allErrors: true, verbose: true, allowUnionTypes: true };

function compile(schema, more = {}) {
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

/**
 * Writes `<out>/<set>/<message>[.request|.response].cjs` and an `index.json` per set, and `<out>/settings/<file>.cjs`;
 * beside every OCPP module its schema, as `.json`.
 * @errors Throws when a schema is wrong or refers to nothing: a build with half its validators is no build.
 */
export function generateValidators(root, out) {
  const write = (set, name, schema, folder) =>
    writeFileSync(join(out, set, `${name}.cjs`), compile(standAlone(schema, folder)));

  for (const version of readdirSync(join(root, 'ocpp-schemas'), { withFileTypes: true })) {
    if (!version.isDirectory()) continue;
    const folder = join(root, 'ocpp-schemas', version.name);
    const set = `ocpp-${version.name}`;
    mkdirSync(join(out, set), { recursive: true });
    const index = {};
    for (const [action, { from, request, response }] of messages(folder)) {
      index[action] = from;
      for (const [kind, schema] of Object.entries({ request, response })) {
        write(set, `${action}.${kind}`, schema, folder);
        // Loaded only to mend what the check refused.
        writeFileSync(join(out, set, `${action}.${kind}.json`), JSON.stringify(standAlone(schema, folder)));
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
    writeFileSync(join(out, 'settings', `${name}.cjs`), compile(schema, FOR_PEOPLE));
  }
}
