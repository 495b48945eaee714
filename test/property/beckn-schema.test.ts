/**
 * Our schemas of core 1.x: values generated from them pass, and damage is often detected. Callbacks that they allow,
 * with uuids as ids, are also valid in the published core and UEI layer-2 schemas, if these are present.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BecknFamily, becknCheck } from '../../src/schema/validators.js';
import { validValues, damagedValues, readSchema, type JsonValue } from './from-schema.js';
import { ajvVerdict, CORE, LAYER_TWO, published, safeVerdict, warnOfSkipping, type Verdict } from './published.js';
import { runs } from './runs.js';

const SAMPLES = runs(100);
const SEED = 1_0_0;
const REQUESTS = ['search', 'select', 'init', 'confirm', 'status', 'update', 'cancel', 'track', 'support', 'rating'];
const META_REQUESTS = ['get_cancellation_reasons', 'get_rating_categories'];
const CALLBACKS = REQUESTS.map((action) => `on_${action}`);
// The published meta API has unresolved references and no library compiles it, so it is not compared.
const META_CALLBACKS = ['cancellation_reasons', 'rating_categories'];
const FAMILIES: readonly BecknFamily[] = ['uei-charging-1.0.0', 'ev-charging-1.1.0'];

// The two ids come from the buyer app: we accept and repeat any short text, the core requires a uuid.
const uuid = fc.uuid({ version: 4 });
const known = { 'context.transaction_id': uuid, 'context.message_id': uuid };

warnOfSkipping('our callbacks');

describe.each(FAMILIES)('%s', (family) => {
  const fileOf = (action: string): string => join(import.meta.dirname, '../../beckn-schemas', family, `${action}.json`);

  /** A callback has either a message or an error, except on_rating, which always has a message. */
  function callback(action: string): fc.Arbitrary<JsonValue> {
    const file = fileOf(action);
    return fc.tuple(validValues(readSchema(file), file, { fixedValues: known }), fc.boolean()).map(([body, failed]) => {
      const { message, error, ...rest } = body as { [key: string]: JsonValue };
      if (action === 'on_rating') return body;
      if (failed) return { ...rest, error: error ?? { code: '40000', message: 'No.' } };
      return message === undefined
        ? { ...rest, error: error ?? { code: '40000', message: 'No.' } }
        : { ...rest, message };
    });
  }

  function must(action: string) {
    const check = becknCheck(family, action);
    if (!check) throw new Error(`no check for ${action}`);
    return check;
  }

  it.each([...CALLBACKS, ...META_CALLBACKS])('%s: values from our schema pass it, and damage is detected', (action) => {
    const check = must(action);
    let failed = 0;
    fc.assert(
      fc.property(callback(action), (body) => {
        expect(check(body)).toBeUndefined();
      }),
      { seed: SEED, numRuns: SAMPLES },
    );
    fc.assert(
      fc.property(damagedValues(callback(action)), (body) => {
        if (check(body)) failed += 1;
      }),
      { seed: SEED, numRuns: SAMPLES },
    );
    expect(failed).toBeGreaterThan(SAMPLES / 4);
  });

  it.each([...REQUESTS, ...META_REQUESTS])(
    '%s: values from our schema pass it, and damaged ones never throw',
    (action) => {
      const file = fileOf(action);
      const body = validValues(readSchema(file), file);
      const check = must(action);
      let failed = 0;
      fc.assert(
        fc.property(body, (sample) => {
          expect(check(sample)).toBeUndefined();
        }),
        { seed: SEED, numRuns: SAMPLES },
      );
      fc.assert(
        fc.property(damagedValues(body), (sample) => {
          const violation = check(sample);
          if (violation) {
            failed += 1;
            expect(violation.message).toMatch(/^[A-Z].*\.$/s);
          }
        }),
        { seed: SEED, numRuns: SAMPLES },
      );
      expect(failed).toBeGreaterThan(SAMPLES / 10);
    },
  );

  function compare(action: string, theirs: Verdict): void {
    const ours = must(action);
    let compared = 0;
    let refused = 0;
    const body = callback(action);
    fc.assert(
      fc.property(fc.oneof(body, damagedValues(body)), (sample) => {
        if (ours(sample)) return;
        // Damage may produce an id that only our schema accepts; see `fixedValues`.
        const context = (sample as { context: Record<string, JsonValue> }).context;
        for (const key of Object.keys(known))
          context[key.replace('context.', '')] = '7b0e3f5c-0f55-4a1e-8d27-2f8f5d8b7c01';
        compared += 1;
        expect({ sample, error: theirs(sample) }).toMatchObject({ error: undefined });
      }),
      { seed: SEED, numRuns: SAMPLES },
    );
    fc.assert(
      fc.property(damagedValues(body), (sample) => {
        if (theirs(sample)) refused += 1;
      }),
      { seed: SEED, numRuns: runs(40) },
    );
    expect(compared).toBeGreaterThan(SAMPLES / 3);
    expect(refused, 'the published schema refuses something').toBeGreaterThan(0);
  }

  describe.skipIf(!published).each([CORE, LAYER_TWO])('%s', (file) => {
    it.each(CALLBACKS)('%s: ajv accepts every callback that our schema accepts, including damaged ones', (action) => {
      compare(action, ajvVerdict(file, action));
    });

    it.each(CALLBACKS)('%s: the validator of the protocol server accepts them too', (action) => {
      compare(action, safeVerdict(file, action));
    });
  });
});
