/**
 * Thirty seeds of the whole bridge, judged by the checker. Also: every dialect is simulated, and a seed always gives
 * the same traffic. `npm run test:full` runs more seeds.
 */
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../src/beckn/dialects/all.js';
import { check } from './checks/checker.js';
import { BUYER_DIALECTS } from './dialects/all.js';
import { simulate } from './simulation.js';

const SEEDS = 30;

describe('the simulation', () => {
  it(`finds no violation in ${SEEDS} seeds`, async () => {
    const found: unknown[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = await simulate(seed);
      found.push(...check(run), ...run.bugs.map((bug) => ({ seed, bug })));
    }
    expect(found).toEqual([]);
  }, 300_000);

  it('speaks every dialect of the bridge', () => {
    const spoken = BUYER_DIALECTS.map(({ name }) => name);
    expect(spoken.toSorted()).toEqual(DIALECTS.map(({ name }) => name).toSorted());
  });

  it('does the same thing twice', async () => {
    const [once, again] = [await simulate(52), await simulate(52)];
    const hash = once.hash();
    expect(again.hash()).toBe(hash);
    expect((await simulate(53)).hash()).not.toBe(hash);
  });
});
