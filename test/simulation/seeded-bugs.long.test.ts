/** Tests the checker itself: it must detect every seeded bug and report nothing without one. */
import { describe, expect, it } from 'vitest';
import { check } from './checks/checker.js';
import { BUYER_DIALECTS } from './dialects/all.js';
import { type SeededBug, SEEDED_BUGS } from './seeded-bugs.js';
import { simulate } from './simulation.js';

/** The number of seeds within which a bug must be detected. */
const SEEDS = 12;

async function invariantsFound({ invariants, faults, interceptors }: SeededBug, dialect?: string): Promise<string[]> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const found = check(await simulate(seed, { faults, interceptors, dialect }));
    const seen = found.map(({ invariant }) => invariant).filter((one) => invariants.includes(one));
    if (seen.length > 0) return seen;
  }
  return [];
}

describe('the checker detects that', () => {
  it.each(SEEDED_BUGS)('$bug', async (bug) => {
    expect(await invariantsFound(bug)).not.toEqual([]);
  });
});

describe.each(BUYER_DIALECTS)('the checker detects in $name that', ({ name }) => {
  it.each(SEEDED_BUGS.filter(({ isOfAllDialects }) => isOfAllDialects))('$bug', async (bug) => {
    expect(await invariantsFound(bug, name)).not.toEqual([]);
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
