/** Our OCPP 1.6 schemas give the verdicts of the published ones: the same payloads pass, the same fail. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ocppActions, ocppCheck } from '../../src/schema/validators.js';
import { accepted, damaged, everyWound, readSchema, type JsonValue, type Schema } from './from-schema.js';

const SAMPLES = 240;
const SEED = 16_2019;
const folder = join(import.meta.dirname, '../../ocpp-schemas/1.6');
const kinds = ['request', 'response'] as const;
type Kind = (typeof kinds)[number];
type Verdict = (value: unknown) => boolean;

function judge(schema: Schema): Verdict {
  const bare = Object.fromEntries(Object.entries(schema).filter(([key]) => !['id', '$id', '$schema'].includes(key)));
  const ajv = new Ajv({ strict: false, multipleOfPrecision: 6 });
  formats.default(ajv);
  return ajv.compile(bare);
}

const packaged = createRequire(import.meta.url)('ocpp-rpc/lib/schemas/ocpp1_6.json') as Schema[];
const fromPackage = (action: string, kind: Kind): Verdict => {
  const id = `urn:${action}.${kind === 'request' ? 'req' : 'conf'}`;
  const schema = packaged.find((entry) => entry['$id'] === id);
  if (!schema) throw new Error(`ocpp-rpc has no ${id}`);
  return judge(schema);
};

const published = process.env['OCPP_SCHEMAS'];
const publishedFolder =
  published && [published, join(published, '1.6')].find((at) => existsSync(join(at, 'Authorize.json')));
const fromFolder = (action: string, kind: Kind): Verdict => {
  const file = join(publishedFolder ?? '', `${action}${kind === 'request' ? '' : 'Response'}.json`);
  return judge(JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as Schema);
};

const counts = { passed: 0, failed: 0 };

function compare(action: string, kind: Kind, theirs: Verdict): void {
  const file = join(folder, `${action}.json`);
  const ours = ocppCheck('1.6', action, kind);
  if (!ours) throw new Error(`no check for ${action}`);
  const schema = readSchema(file)[kind] as Schema;
  const sound = accepted(schema, file);
  const complete = accepted(schema, file, { complete: true });
  let passed = 0;
  let failed = 0;
  const agree = (payload: JsonValue): void => {
    const violation = ours(payload);
    if (violation) failed += 1;
    else passed += 1;
    const passes = violation === undefined;
    if (passes !== theirs(payload)) expect.fail(`ours ${passes ? 'takes' : 'refuses'} ${JSON.stringify(payload)}`);
  };
  fc.assert(fc.property(fc.oneof({ arbitrary: sound, weight: 1 }, { arbitrary: damaged(sound), weight: 3 }), agree), {
    seed: SEED,
    numRuns: SAMPLES,
  });
  const whole = fc.sample(complete, { seed: SEED, numRuns: 60 });
  whole.forEach(agree);
  for (const one of whole.slice(0, 2)) for (const wounded of everyWound(one)) agree(wounded);
  counts.passed += passed;
  counts.failed += failed;
  // A comparison in which nothing passes, or nothing fails, compares nothing.
  expect(passed, `${action} ${kind}: samples that pass`).toBeGreaterThan(10);
  expect(failed, `${action} ${kind}: samples that fail`).toBeGreaterThan(10);
}

const messages = [...ocppActions('1.6').keys()].flatMap((action) => kinds.map((kind) => ({ action, kind })));

describe('OCPP 1.6 schemas', () => {
  it('are 28 actions', () => {
    expect(ocppActions('1.6').size).toBe(28);
  });

  it.each(messages)('$action $kind: the verdict of ocpp-rpc', ({ action, kind }) => {
    compare(action, kind, fromPackage(action, kind));
  });

  if (!publishedFolder) {
    console.warn('SKIPPED: OCPP 1.6 against the published schemas; set OCPP_SCHEMAS to the folder that holds 1.6/.');
  }
  it.skipIf(!publishedFolder).each(messages)(
    '$action $kind: the verdict of the published schema',
    ({ action, kind }) => {
      compare(action, kind, fromFolder(action, kind));
    },
  );

  it.each(['Celsius', 'Celcius'])('takes the temperature in %s', (unit) => {
    const meterValue = [
      { timestamp: '2026-01-01T00:00:00Z', sampledValue: [{ value: '31', measurand: 'Temperature', unit }] },
    ];
    const stop = { transactionId: 1, meterStop: 2, timestamp: '2026-01-01T00:00:00Z', transactionData: meterValue };
    expect(ocppCheck('1.6', 'MeterValues', 'request')?.({ connectorId: 1, meterValue })).toBeUndefined();
    expect(ocppCheck('1.6', 'StopTransaction', 'request')?.(stop)).toBeUndefined();
  });

  it.each([
    [21.4, true],
    [0.3, true],
    [21.45, false],
  ])('a limit of %d is a multiple of 0.1: %s', (limit, fits) => {
    const chargingSchedule = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit }] };
    const violation = ocppCheck('1.6', 'GetCompositeSchedule', 'response')?.({ status: 'Accepted', chargingSchedule });
    expect(violation === undefined).toBe(fits);
  });

  afterAll(() => {
    console.info(
      `OCPP 1.6 verdicts compared: ${counts.passed} payloads passed, ${counts.failed} failed, on both sides.`,
    );
  });
});
