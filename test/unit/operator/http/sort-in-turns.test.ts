/** Sorting in turns gives the same order as sorting, and yields to other work in between. */
import { expect, it } from 'vitest';
import { sortInTurns } from '../../../../src/operator/http/sort-in-turns.js';

it.each([0, 1, 999, 1000, 1001, 3500, 10_000])(
  '%i items are sorted, and equal ones keep their sequence',
  async (count) => {
    let turns = 0;
    const clock = {
      callSoon: (work: () => void) => {
        turns += 1;
        setImmediate(work);
      },
    };
    const items = Array.from({ length: count }, (_, n) => ({ key: (n * 7919) % 101, n }));
    const byKey = (a: { readonly key: number }, b: { readonly key: number }): number => a.key - b.key;
    expect(await sortInTurns(items, byKey, clock)).toEqual([...items].sort(byKey));
    expect(turns).toBeGreaterThanOrEqual(Math.ceil(count / 1000) - 1);
  },
);
