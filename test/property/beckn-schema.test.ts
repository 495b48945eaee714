/** Every callback that our schema lets out is one that the published core and the UEI layer-2 schemas take in. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { becknCheck } from '../../src/schema/validators.js';
import { accepted, damaged, readSchema, type JsonValue } from './from-schema.js';

const SAMPLES = 100;
const SEED = 1_0_0;
const folder = join(import.meta.dirname, '../../beckn-schemas/uei-charging-1.0.0');
const REQUESTS = ['search', 'select', 'init', 'confirm', 'status', 'update', 'cancel', 'track', 'support', 'rating'];
const CALLBACKS = REQUESTS.map((action) => `on_${action}`);

// The two ids are the buyer app's own words, repeated: we take and repeat any short text, the core says uuid.
const uuid = fc.uuid({ version: 4 });
const known = { 'context.transaction_id': uuid, 'context.message_id': uuid };

/** A callback as we may send it: exactly one of message and error, but for on_rating, which always has a message. */
function callback(action: string): fc.Arbitrary<JsonValue> {
  const file = join(folder, `${action}.json`);
  return fc.tuple(accepted(readSchema(file), file, { known }), fc.boolean()).map(([body, failed]) => {
    const { message, error, ...rest } = body as { [key: string]: JsonValue };
    if (action === 'on_rating') return body;
    if (failed) return { ...rest, error: error ?? { code: '40000', message: 'No.' } };
    return message === undefined
      ? { ...rest, error: error ?? { code: '40000', message: 'No.' } }
      : { ...rest, message };
  });
}

function must(action: string) {
  const check = becknCheck('uei-charging-1.0.0', action);
  if (!check) throw new Error(`no check for ${action}`);
  return check;
}

interface OpenApi {
  readonly paths: Record<string, { post: { requestBody: { content: Record<string, { schema: object }> } } }>;
  readonly components: object;
}

const published = process.env['BECKN_SCHEMAS'] ?? '';
const FILES = ['core-v1/core-1.1.0.yaml', 'uei-l2/missions-ev-charging_uei_1.1.0-oas3.0.yaml'];
const present = published !== '' && FILES.every((file) => existsSync(join(published, file)));

/** One ajv per document, its components reachable under the document's own name. */
function reader(file: string): (action: string) => (value: unknown) => string | undefined {
  const document = parse(readFileSync(join(published, file), 'utf8')) as OpenApi;
  const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: true });
  formats.default(ajv);
  ajv.addFormat('phone', true);
  ajv.addSchema(document, 'doc');
  return (action) => {
    const path = `#/paths/~1${action}/post/requestBody/content/application~1json/schema`;
    const validate = ajv.compile({ $ref: `doc${path}` });
    return (value) => (validate(value) ? undefined : ajv.errorsText(validate.errors));
  };
}

describe('uei:charging 1.0.0 callbacks', () => {
  it.each(CALLBACKS)('%s: what is made from our schema passes it, and damage is found', (action) => {
    const check = must(action);
    let failed = 0;
    fc.assert(
      fc.property(callback(action), (body) => {
        expect(check(body)).toBeUndefined();
      }),
      { seed: SEED, numRuns: SAMPLES },
    );
    fc.assert(
      fc.property(damaged(callback(action)), (body) => {
        if (check(body)) failed += 1;
      }),
      { seed: SEED, numRuns: SAMPLES },
    );
    expect(failed).toBeGreaterThan(SAMPLES / 4);
  });

  if (!present) {
    console.warn(
      `SKIPPED: our callbacks against the published Beckn schemas; set BECKN_SCHEMAS to the folder with ${FILES.join(' and ')}.`,
    );
  }
  describe.skipIf(!present).each(FILES)('%s', (file) => {
    const documents = new Map<string, ReturnType<typeof reader>>();
    const theirsFor = (action: string) => {
      const document = documents.get(file) ?? reader(file);
      documents.set(file, document);
      return document(action);
    };

    it.each(CALLBACKS)('%s: takes every callback that ours lets out, damaged ones included', (action) => {
      const ours = must(action);
      const theirs = theirsFor(action);
      let compared = 0;
      let refused = 0;
      const ids = { ...known };
      const body = callback(action);
      fc.assert(
        fc.property(fc.oneof(body, damaged(body)), (sample) => {
          if (ours(sample)) return;
          // Damage may have made an id that only we take; see `known`.
          const context = (sample as { context: Record<string, JsonValue> }).context;
          for (const key of Object.keys(ids))
            context[key.replace('context.', '')] = '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c01';
          compared += 1;
          expect({ sample, error: theirs(sample) }).toMatchObject({ error: undefined });
        }),
        { seed: SEED, numRuns: SAMPLES },
      );
      fc.assert(
        fc.property(damaged(body), (sample) => {
          if (theirs(sample)) refused += 1;
        }),
        { seed: SEED, numRuns: 40 },
      );
      expect(compared).toBeGreaterThan(SAMPLES / 3);
      expect(refused, 'the published schema refuses something').toBeGreaterThan(0);
    });
  });
});

describe('uei:charging 1.0.0 requests', () => {
  it.each(REQUESTS)('%s: what is made from our schema passes it, and damage never throws', (action) => {
    const file = join(folder, `${action}.json`);
    const body = accepted(readSchema(file), file);
    const check = must(action);
    let failed = 0;
    fc.assert(
      fc.property(body, (sample) => {
        expect(check(sample)).toBeUndefined();
      }),
      { seed: SEED, numRuns: SAMPLES },
    );
    fc.assert(
      fc.property(damaged(body), (sample) => {
        const violation = check(sample);
        if (violation) {
          failed += 1;
          expect(violation.message).toMatch(/^[A-Z].*\.$/s);
        }
      }),
      { seed: SEED, numRuns: SAMPLES },
    );
    expect(failed).toBeGreaterThan(SAMPLES / 10);
  });
});
