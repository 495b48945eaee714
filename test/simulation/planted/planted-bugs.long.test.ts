/**
 * Plants every third of the bugs that have no test of their own, one at a time: the simulation finds each. `run.mjs` in
 * this folder tries all bugs.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANTED_BUGS } from './all.js';
import { type LoadedSimulation, loadSimulation, seek } from './plant.mjs';

const SEEDS = 250;
const CHOSEN = PLANTED_BUGS.filter(({ test }) => test === undefined).filter((_bug, index) => index % 3 === 1);

let clean: LoadedSimulation;
beforeAll(async () => {
  clean = await loadSimulation();
});
afterAll(() => clean.close());

it.each(CHOSEN)(
  'the simulation finds that $bug',
  async (bug) => {
    const found = await seek(bug, clean, SEEDS);
    expect(found?.unclean).toBeUndefined();
    expect(found).toBeDefined();
  },
  900_000,
);
