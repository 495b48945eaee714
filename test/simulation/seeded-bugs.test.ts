/** Tests the checker itself: it must detect every seeded bug and report nothing without one. */
import { describe, expect, it } from 'vitest';
import { check } from './checks/checker.js';
import { SEEDED_BUGS } from './seeded-bugs.js';
import { simulate } from './simulation.js';

/** The number of seeds within which a bug must be detected. */
const SEEDS = 12;

describe('the checker detects that', () => {
  it.each(SEEDED_BUGS)('$bug', async ({ invariants, faults, interceptors }) => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS && seen.size === 0; seed++) {
      const found = check(await simulate(seed, { faults, interceptors }));
      for (const { invariant } of found) if (invariants.includes(invariant)) seen.add(invariant);
    }
    expect([...seen]).not.toEqual([]);
  });
});

it('the checker reports nothing without a seeded bug', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    for (const { faults } of SEEDED_BUGS.slice(seed, seed + 3)) {
      const run = await simulate(seed, { faults });
      expect(check(run)).toEqual([]);
      expect(run.bugs).toEqual([]);
    }
  }
});
