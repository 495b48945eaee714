/** Compares our OCPP schemas with other schemas of the same messages: both must accept the same values. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ocppActions, ocppCheck, type OcppKind, type OcppVersionName } from '../../src/schema/validators.js';
import { validValues, damagedValues, registerSchema, readSchema, type JsonValue, type Schema } from './from-schema.js';
import { isFastLoop, runs } from './runs.js';
import { atEveryEdge } from './schema-edges.js';

const SEED = 16_2019;
/** The budget per message, as random values times edges. It keeps large messages from dominating the run time. */
const EFFORT = runs(20_000);
const FEWEST = 8;
const MOST = runs(80);

interface Message {
  readonly action: string;
  readonly kind: OcppKind;
}

/** A source of schemas for the messages of one version. */
interface Source {
  readonly name: string;
  /** The number of schemas. */
  readonly size: number;
  readonly schemaOf: (message: Message) => Schema | undefined;
}

const require = createRequire(import.meta.url);

/** The schemas of the ocpp-rpc package. Their ids are `urn:Heartbeat.req`, or `urn:HeartbeatRequest` in 2.1. */
export function ocppRpc(file: string): Source {
  const all = require(`ocpp-rpc/lib/schemas/${file}.json`) as Schema[];
  const ids = new Map(all.map((schema) => [String(schema['$id']), schema]));
  const endings = { request: ['.req', 'Request'], response: ['.conf', 'Response'], send: [''] };
  return {
    name: 'ocpp-rpc',
    size: all.length,
    schemaOf: ({ action, kind }) =>
      endings[kind].map((ending) => ids.get(`urn:${action}${ending}`)).find((schema) => schema !== undefined),
  };
}

/**
 * The published files in `OCPP_SCHEMAS`; `undefined` if the folder is missing.
 * @param request The suffix of the request file names.
 */
export function published(folder: string, request: 'Request' | ''): Source | undefined {
  const root = process.env['OCPP_SCHEMAS'];
  if (!root || !existsSync(join(root, folder))) {
    console.warn(`SKIPPED: OCPP against the published schemas; set OCPP_SCHEMAS to the folder that holds ${folder}/.`);
    return undefined;
  }
  const ending = { request, response: 'Response', send: '' };
  return {
    name: `published ${folder}`,
    size: readdirSync(join(root, folder)).filter((file) => file.endsWith('.json')).length,
    schemaOf: ({ action, kind }) => {
      const file = join(root, folder, `${action}${ending[kind]}.json`);
      return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as Schema) : undefined;
    },
  };
}

function messagesOf(version: OcppVersionName): Message[] {
  const kinds = ['request', 'response', 'send'] as const;
  return [...ocppActions(version).keys()]
    .flatMap((action) => kinds.map((kind) => ({ action, kind })))
    .filter(({ action, kind }) => ocppCheck(version, action, kind));
}

interface Theirs {
  /** The sources that share this schema. */
  readonly names: string[];
  readonly schema: Schema;
  readonly takes: (value: unknown) => boolean;
}

/** Returns the distinct schemas of a message in all sources. */
function theirs(sources: readonly Source[], message: Message): Theirs[] {
  const different = new Map<string, Theirs>();
  for (const { name, schemaOf } of sources) {
    const schema = schemaOf(message);
    if (!schema) continue;
    const bare = rulesOf(schema) as Schema;
    const text = JSON.stringify(bare);
    const known = different.get(text);
    if (known) known.names.push(name);
    else different.set(text, { names: [name], schema: bare, takes: judge(bare) });
  }
  return [...different.values()];
}

/** Keywords without an effect. `additionalItems` matters only next to a list of schemas, which no schema has. */
const NO_RULES = new Set([
  'additionalItems',
  'id',
  '$id',
  '$schema',
  'title',
  'comment',
  'description',
  'javaType',
  'default',
]);

/**
 * Returns a schema without annotations and with sorted keys. A property with a keyword's name stays, because its value
 * is an object.
 */
function rulesOf(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(rulesOf);
  if (typeof node !== 'object' || node === null) return node;
  const text = (node as Schema)['type'] === 'string';
  const entries = Object.entries(node).filter(
    ([key, part]) => typeof part === 'object' || !(NO_RULES.has(key) || (text && key === 'additionalProperties')),
  );
  return Object.fromEntries(
    entries.map(([key, part]) => [key, rulesOf(part)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function judge(schema: Schema): (value: unknown) => boolean {
  const ajv = new Ajv({ strict: false, multipleOfPrecision: 6, code: { optimize: false } });
  formats.default(ajv);
  return ajv.compile(schema);
}

/** Compares every message of a version, or every fourth in the fast loop, with every source that contains it. */
export function compareVersion(version: OcppVersionName, sources: readonly (Source | undefined)[]): void {
  const counts = new Map<string, { messages: number; passed: number; failed: number }>();

  const messages = messagesOf(version);
  const present = sources.filter((source) => source !== undefined);

  describe(`OCPP ${version} schemas`, () => {
    it.each(present)('cover every message of $name', ({ size, schemaOf }) => {
      expect(messages.filter((message) => schemaOf(message))).toHaveLength(size);
    });

    // Compiling the other schemas takes most of the time.
    const compared = messages.filter((_, index) => !isFastLoop || index % 4 === 0);
    it.each(compared)('$action $kind: gives the same verdicts as the other schemas', (message) => {
      const others = theirs(present, message);
      expect(others.length, 'schemas to compare with').toBeGreaterThan(0);
      const { passed, failed } = compare(version, message, others);
      for (const name of others.flatMap(({ names }) => names)) {
        const sum = counts.get(name) ?? { messages: 0, passed: 0, failed: 0 };
        counts.set(name, {
          messages: sum.messages + 1,
          passed: sum.passed + passed,
          failed: sum.failed + failed,
        });
      }
      // A comparison in which nothing passes or nothing fails proves nothing.
      expect(passed, 'values that pass').toBeGreaterThan(10);
      expect(failed, 'values that fail').toBeGreaterThan(10);
    });

    afterAll(() => {
      for (const [name, { messages, passed, failed }] of counts) {
        console.info(
          `OCPP ${version} against ${name}: ${messages} messages, ${passed} values passed on both sides, ${failed} failed.`,
        );
      }
    });
  });
}

function compare(
  version: OcppVersionName,
  { action, kind }: Message,
  others: readonly Theirs[],
): { passed: number; failed: number } {
  const ours = ocppCheck(version, action, kind);
  if (!ours) throw new Error(`no check for ${action} ${kind}`);
  const counts = { passed: 0, failed: 0 };
  const agree = (payload: JsonValue, where = ''): void => {
    const passes = ours(payload) === undefined;
    for (const { names, takes } of others) {
      if (passes === takes(payload)) continue;
      const text = JSON.stringify(payload).slice(0, 2_000);
      expect.fail(`ours ${passes ? 'takes' : 'refuses'}, ${names.join(', ')} does not: ${where} of ${text}`);
    }
    counts[passes ? 'passed' : 'failed'] += 1;
  };

  const file = join(import.meta.dirname, `../../ocpp-schemas/${version}/${action}.json`);
  const sides = [{ schema: readSchema(file)[kind] as Schema, home: file }];
  for (const { names, schema } of others) {
    const home = `/${names.join()}/${version}/${action}.${kind}`;
    registerSchema(home, schema);
    sides.push({ schema, home });
  }
  // Values come from both schemas, because one schema never generates what only the other defines.
  for (const { schema, home } of sides) {
    const [whole = null] = fc.sample(validValues(schema, home, { complete: true, compact: true }), {
      seed: SEED,
      numRuns: 1,
    });
    let edges = 0;
    atEveryEdge(schema, home, whole, (bent, path) => {
      edges += 1;
      agree(bent, path);
    });
    const sound = validValues(schema, home, { compact: true });
    const numRuns = Math.min(MOST, Math.max(FEWEST, Math.round(EFFORT / edges)));
    const values = fc.oneof({ arbitrary: sound, weight: 1 }, { arbitrary: damagedValues(sound), weight: 1 });
    fc.assert(
      fc.property(values, (payload) => agree(payload)),
      { seed: SEED, numRuns },
    );
  }
  return counts;
}
