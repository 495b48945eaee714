/**
 * Plants a few bugs separately: the simulation finds each one. Also checks the list of planted bugs against the source
 * and the tests. `run.mjs` in this folder tries all of them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANTED_BUGS } from './all.js';
import { compare, type LoadedSimulation, loadSimulation, seek } from './plant.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const SEEDS = 20;
const HANDFUL = [
  'a session that does not obey its RemoteStop is stopping for ever',
  'any start on its connector ends an order that is starting',
  'one zero reading at the start makes a meter count from the session',
  'a refund is done once the provider has answered it',
  'the other records of a decision are lost when the connection breaks after its order',
];

let clean: LoadedSimulation;
beforeAll(async () => {
  clean = await loadSimulation();
});
afterAll(() => clean.close());

it.each(PLANTED_BUGS.filter(({ bug }) => HANDFUL.includes(bug)))(
  'the simulation finds that $bug',
  async (bug) => {
    const found = await seek(bug, clean, SEEDS);
    expect(found?.unclean).toBeUndefined();
    expect(found?.invariants).not.toEqual([]);
    expect(found).toBeDefined();
  },
  300_000,
);

it('the first seed that fails only with the bug is reported, or else the first that fails with it', async () => {
  const failing = (...seeds: number[]) => ({
    judge: (seed: number) =>
      Promise.resolve({ found: seeds.includes(seed) ? [{ invariant: 'I1', problem: `of seed ${seed}` }] : [] }),
  });
  const [bug] = PLANTED_BUGS.filter(({ invariants }) => invariants === undefined);
  const planted = failing(3, 5, 7);
  const unclean = [{ invariant: 'I1', problem: 'of seed 3' }];
  expect(await compare(bug!, { planted, clean: failing(3, 5, 7) }, 9)).toMatchObject({ seed: 3, unclean });
  expect(await compare(bug!, { planted, clean: failing(3, 7) }, 9)).toMatchObject({ seed: 5, invariants: ['I1'] });
  expect(await compare(bug!, { planted, clean: failing() }, 2)).toBeUndefined();
});

it('each planted bug is described once, and at least nine in ten are for the simulation to find', () => {
  expect(new Set(PLANTED_BUGS.map(({ bug }) => bug)).size).toBe(PLANTED_BUGS.length);
  const bySimulation = PLANTED_BUGS.filter(({ test }) => test === undefined).length;
  expect(bySimulation / PLANTED_BUGS.length).toBeGreaterThanOrEqual(0.9);
});

/** Counts how often a text occurs in a file of the project; 0 if the file does not exist. */
function occurrences(path: string, text: string): number {
  try {
    return readFileSync(join(ROOT, path), 'utf8').split(text).length - 1;
  } catch {
    return 0;
  }
}

it('each planted bug finds the source and the test that it names', () => {
  const edits = PLANTED_BUGS.flatMap(({ bug, edits: all }) => all.map((edit) => ({ bug, ...edit })));
  const stale = edits.filter(({ file, find }) => occurrences(`src/${file}`, find) !== 1);
  expect(stale.map(({ bug, file, find }) => `${bug}: ${file}: ${find}`)).toEqual([]);
  const named = PLANTED_BUGS.flatMap(({ test }) => test ?? []);
  expect(named.filter(({ file, title }) => occurrences(file, title) !== 1)).toEqual([]);
});
