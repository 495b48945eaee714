/** The checker itself on trial: every planted bug must be seen, and without one nothing. */
import { describe, expect, it } from 'vitest';
import { check } from './checker.js';
import { PLANTS } from './seeded-bugs.js';
import { simulate } from './simulation.js';

/** So many seeds may pass before a bug is seen. */
const SEEDS = 12;

describe('a planted bug is seen', () => {
  it.each(PLANTS)('$bug', async ({ seenAs, faults, plants }) => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS && seen.size === 0; seed++) {
      const found = check(await simulate(seed, { faults, plants }));
      for (const { invariant } of found) if (seenAs.includes(invariant)) seen.add(invariant);
    }
    expect([...seen]).not.toEqual([]);
  });
});

it('sees nothing where nothing was planted', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    for (const { faults } of PLANTS.slice(seed, seed + 3)) {
      const run = await simulate(seed, { faults });
      expect(check(run)).toEqual([]);
      expect(run.bugs).toEqual([]);
    }
  }
});
