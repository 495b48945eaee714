/**
 * Chargers with OCPP 1.6, 1.6 in object envelopes, 2.0.1 and 2.1 run the same scenario. Order, callbacks and bill must
 * be equal.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSodium } from '../../src/beckn/signing/signature.js';
import { runs } from './runs.js';
import { type Step, type Scenario, runScenario } from './scenario.js';

beforeAll(() => loadSodium());

const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('charge' as const),
      forS: fc.integer({ min: 5, max: 120 }),
      powerW: fc.integer({ min: 0, max: 55_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('flow' as const),
      flow: fc.constantFrom('Charging', 'SuspendedEV', 'SuspendedEVSE'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('offline' as const), forS: fc.constantFrom(4, 60, 300) }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'reboot' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'buyer-stops' as const }) },
);

const aScenario: fc.Arbitrary<Scenario> = fc.record({
  meterStartWh: fc.constantFrom(0, 1, 1_234_567),
  orderedWh: fc.constantFrom(300, 2000, 50_000),
  cableFirst: fc.boolean(),
  steps: fc.array(aStep, { minLength: 1, maxLength: 8 }),
  end: fc.constantFrom('Local', 'EVDisconnected', 'PowerLoss', 'EmergencyStop'),
  repeated: fc.boolean(),
});

describe('the same scenario', () => {
  const covered = { ends: new Set<string>(), billed: 0, offline: 0 };

  it('gives the same order, callbacks and bill in 1.6 as arrays, 1.6 as objects, 2.0.1 and 2.1', async () => {
    await fc.assert(
      fc.asyncProperty(aScenario, async (scenario) => {
        const v16 = await runScenario('1.6', scenario);
        expect(await runScenario('envelope', scenario)).toEqual(v16);
        expect(await runScenario('2.0.1', scenario)).toEqual(v16);
        expect(await runScenario('2.1', scenario)).toEqual(v16);
        const { code, bill } = v16.order as { code: string; bill: { total: number } };
        covered.ends.add(code);
        if (bill.total > 0) covered.billed += 1;
        if (scenario.steps.some(({ type }) => type === 'offline')) covered.offline += 1;
      }),
      { numRuns: Math.max(25, runs(60)), seed: 20_261_125 },
    );
  }, 120_000);

  it('covers every kind of end', () => {
    expect([...covered.ends].sort()).toEqual(
      expect.arrayContaining([
        'charger-fault',
        'limit-reached',
        'power-loss',
        'stopped-at-charger',
        'stopped-by-buyer',
      ]),
    );
    expect(covered.billed).toBeGreaterThan(10);
    expect(covered.offline).toBeGreaterThan(5);
  });
});
