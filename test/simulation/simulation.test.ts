/**
 * Judges a hundred and fifty seeded runs of the whole bridge, hours of virtual time each, and checks that they meet
 * every fault, state and dialect, and that a seed repeats its run. `npm run test:full` judges more of them.
 */
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../src/beckn/dialects/all.js';
import { ORDER_STATES } from '../../src/domain/model/order.js';
import { check } from './checks/checker.js';
import { readHistory } from './checks/wire-reading.js';
import { BUYER_DIALECTS } from './dialects/all.js';
import { FAULTS } from './faults.js';
import { simulate } from './simulation.js';

const SEEDS = 150;

const faults = new Set<string>();
const states = new Set<string>();
const ends = new Set<string>();

/** One end in each terminal state. */
const ENDS = [
  { state: 'completed', outcome: 'limit-reached' },
  { state: 'failed', outcome: 'start-rejected' },
  { state: 'cancelled', outcome: 'cancelled-by-buyer' },
];

async function judge(seed: number): Promise<readonly unknown[]> {
  const run = await simulate(seed);
  for (const fault of run.struck.keys()) faults.add(fault);
  for (const state of run.states.keys()) states.add(state);
  for (const { dialect, final, action } of readHistory(run.history).callbacks)
    ends.add(final ? `${dialect.name} ${action}` : '');
  return [...check(run), ...run.bugs.map((bug) => ({ seed, bug }))];
}

describe('the simulation', () => {
  it(`finds no violation in ${SEEDS} seeds`, async () => {
    const found: unknown[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) found.push(...(await judge(seed)));
    expect(found).toEqual([]);
  }, 900_000);

  it('has met every fault and every state of an order by then', () => {
    expect(ORDER_STATES.filter((state) => !states.has(state))).toEqual([]);
    expect(FAULTS.filter((fault) => !faults.has(fault))).toEqual([]);
  });

  it('has met the end of an order in every dialect, in each of its terminal callbacks', () => {
    const expected = BUYER_DIALECTS.flatMap((dialect) => {
      const actions = ENDS.map((end) => dialect.terminalAction(end));
      return [...new Set(actions)].map((action) => `${dialect.name} ${action}`);
    });
    expect(expected.filter((end) => !ends.has(end))).toEqual([]);
  });

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
