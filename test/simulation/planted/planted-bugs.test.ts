/** A handful of mends, each undone alone: the simulation finds every one. `run.mjs` in this folder tries all of them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANTED_BUGS } from './all.js';
import { type LoadedSimulation, loadSimulation, seek } from './plant.mjs';

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

it('each planted bug is described once, and found by the simulation or by a named test', () => {
  expect(new Set(PLANTED_BUGS.map(({ bug }) => bug)).size).toBe(PLANTED_BUGS.length);
  const bySimulation = PLANTED_BUGS.filter(({ test }) => test === undefined).length;
  expect(bySimulation / PLANTED_BUGS.length).toBeGreaterThanOrEqual(0.9);
});
