/**
 * Lenient validation of every message of every version: valid messages stay unchanged, invalid ones are coerced or
 * refused.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/domain/model/object.js';
import { isPayload } from '../../src/ocpp/frames/payload.js';
import { validateLeniently, valueAt } from '../../src/ocpp/leniency/lenient-validation.js';
import { OCPP_VERSIONS } from '../../src/ocpp/ocpp-versions.js';
import { ocppCheck, ocppActions, type OcppKind } from '../../src/schema/validators.js';
import { validValues, damagedValues, readSchema, type Schema } from './from-schema.js';
import { runs } from './runs.js';

const KINDS: readonly OcppKind[] = ['request', 'response', 'send'];

describe.each(OCPP_VERSIONS)('OCPP $name', ({ name, routes }) => {
  const messages = [...ocppActions(name).keys()].flatMap((action) =>
    KINDS.flatMap((kind) => {
      const file = join(import.meta.dirname, '../../ocpp-schemas', name, `${action}.json`);
      const schema = readSchema(file)[kind] as Schema | undefined;
      const check = ocppCheck(name, action, kind);
      return schema && check ? [{ action, kind, schema, file, check }] : [];
    }),
  );

  it('leaves a valid message unchanged and reports no violation', () => {
    for (const { action, kind, schema, file, check } of messages) {
      for (const sound of fc.sample(validValues(schema, file, { complete: true }), { seed: 16, numRuns: 3 })) {
        const made = validateLeniently({ version: name, action, kind, check }, payloadOf(sound));
        expect(made.faults, `${action} ${kind}`).toEqual([]);
        expect(made.payload, `${action} ${kind}`).toEqual(sound);
        expect(made.violation).toBeUndefined();
      }
    }
  });

  it('coerces a damaged message and names its violations, or refuses it', () => {
    const counts = { coerced: 0, refused: 0 };
    for (const { action, kind, schema, file, check } of messages) {
      const samples = fc.sample(damagedValues(validValues(schema, file, { complete: true })), {
        seed: 201,
        numRuns: 6,
      });
      for (const sample of samples.filter((one) => isPayload(one) && check(one) !== undefined)) {
        const before = JSON.stringify(sample);
        const { faults, violation, payload } = validateLeniently(
          { version: name, action, kind, check },
          payloadOf(sample),
        );
        expect(JSON.stringify(sample)).toBe(before);
        if (violation) counts.refused += 1;
        else {
          counts.coerced += 1;
          expect(faults.length, `${action} ${kind} ${before}`).toBeGreaterThan(0);
          expect(check(payload)).toBeUndefined();
          // Coercion is idempotent.
          expect(validateLeniently({ version: name, action, kind, check }, payload).faults).toEqual([]);
        }
      }
    }
    expect(Math.min(counts.refused, counts.coerced)).toBeGreaterThan(50);
  });

  it('reads a message that affects billing despite other faults while its identifiers are valid', () => {
    const money = [...routes].filter(([, { billingFields: identity }]) => identity);
    expect(money.length).toBeGreaterThan(1);
    for (const [action, route] of money) {
      const file = join(import.meta.dirname, '../../ocpp-schemas', name, `${action}.json`);
      const schema = readSchema(file)['request'] as Schema;
      const samples = fc.sample(damagedValues(validValues(schema, file, { complete: true })), {
        seed: 5,
        numRuns: runs(300),
      });
      for (const sample of samples.filter(isPayload)) {
        const message = {
          version: name,
          action,
          kind: 'request',
          check: route.checkRequest,
          billingFields: route.billingFields,
        } as const;
        const { payload, violation } = validateLeniently(message, payloadOf(sample));
        if (violation) {
          expect(
            route.billingFields?.every((field) =>
              field.split('|').some((path) => valueAt(payload, path) !== undefined),
            ),
          ).toBe(false);
          continue;
        }
        expect(() => route.readEvent(payload, '', 0), JSON.stringify(sample)).not.toThrow();
      }
    }
  });
});

function payloadOf(value: Json): { readonly [key: string]: Json } {
  if (!isPayload(value)) throw new Error('no payload');
  return value;
}
