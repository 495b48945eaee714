/** Chargers of 1.6, of 2.0.1 and of 2.1, and one that writes 1.6 as objects, live through the same: they make the same order, the same callbacks, the same bill. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSodium } from '../../src/beckn/signing/signature.js';
import { type Step, type Story, tellStory } from './scenario.js';

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

const aStory: fc.Arbitrary<Story> = fc.record({
  meterStartWh: fc.constantFrom(0, 1, 1_234_567),
  orderedWh: fc.constantFrom(300, 2000, 50_000),
  cableFirst: fc.boolean(),
  steps: fc.array(aStep, { minLength: 1, maxLength: 8 }),
  end: fc.constantFrom('Local', 'EVDisconnected', 'PowerLoss', 'EmergencyStop'),
  twice: fc.boolean(),
});

describe('the same story', () => {
  const seen = { ends: new Set<string>(), billed: 0, offline: 0 };

  it('told in 1.6, as arrays and as objects, in 2.0.1 and 2.1, is the same order, the same callbacks and the same bill', async () => {
    await fc.assert(
      fc.asyncProperty(aStory, async (story) => {
        const v16 = await tellStory('1.6', story);
        expect(await tellStory('envelope', story)).toEqual(v16);
        expect(await tellStory('2.0.1', story)).toEqual(v16);
        expect(await tellStory('2.1', story)).toEqual(v16);
        const { code, bill } = v16.order as { code: string; bill: { total: number } };
        seen.ends.add(code);
        if (bill.total > 0) seen.billed += 1;
        if (story.steps.some(({ type }) => type === 'offline')) seen.offline += 1;
      }),
      { numRuns: 40, seed: 20_261_125 },
    );
  }, 120_000);

  it('was told to its different ends', () => {
    expect([...seen.ends].sort()).toEqual(
      expect.arrayContaining([
        'charger-fault',
        'limit-reached',
        'power-loss',
        'stopped-at-charger',
        'stopped-by-buyer',
      ]),
    );
    expect(seen.billed).toBeGreaterThan(10);
    expect(seen.offline).toBeGreaterThan(5);
  });
});
