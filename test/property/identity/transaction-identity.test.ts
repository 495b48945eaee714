/**
 * Random scenarios. A physical model knows who charged how much; the charger and its network tell the bridge less, or
 * something else: messages are lost, doubled, late and out of order; ids are reused after power cuts; tags come back
 * longer or in another case; numbers are wrong. The bridge cannot know everything, but it must never be wrong without
 * saying so.
 *
 * For every accepted order:
 * - R1 It has ended, and the buyer app has received exactly one terminal status.
 * - R2 Its bill is at most the authorised amount.
 * - R3 It pays at most for the energy of its own driver's transactions, unless a discrepancy of the order says what is
 *   uncertain. An inexact bill alone does not excuse the energy of others.
 * - R4 It pays for that energy up to its limit, as far as the delivered messages show it, unless its bill is not exact
 *   or a discrepancy names the order or the transaction.
 * - R5 If all messages of its only transaction arrived at once and unchanged, and neither the charger nor the bridge
 *   failed meanwhile, it has a session, its bill is exact and no discrepancy doubts it. The exception is a start
 *   refused as a second one, which must be named.
 * For every other transaction:
 * - R6 If the delivered messages show that energy flowed, a discrepancy names the transaction. For an operator's
 *   start, a transaction record without an order suffices.
 *
 * Messages show energy if one of them starts or ends the transaction and their registers differ by more than 100 Wh,
 * the bridge's general tolerance.
 *
 * `PROPERTY_RUNS=10000 npx vitest run test/property/identity` searches for new scenarios; `PROPERTY_SEED` repeats a
 * search.
 */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { isSearch, runs } from '../runs.js';
import { checkResult } from './checker.js';
import { runScenario, type Result } from './run-scenario.js';
import { aScenario, type Scenario } from './scenario-steps.js';

const SCENARIOS = runs(300);
const SEED = process.env['PROPERTY_SEED'] ?? (isSearch ? undefined : '20');

beforeAll(loadSodium);

/** Totals over all scenarios. */
const seen = { orders: 0, billed: 0, exact: 0, clean: 0, reusedIds: 0, kinds: new Set<string>() };

function count({ orders, transactions, discrepancies }: Result): void {
  const billed = orders.filter(({ bill }) => (bill?.energyWh ?? 0) > 0);
  seen.orders += orders.length;
  seen.billed += billed.length;
  seen.exact += billed.filter(({ bill }) => bill?.confidence === 'exact').length;
  seen.clean += transactions.filter(({ clean, driver }) => clean && driver.kind === 'order').length;
  const ids = transactions.flatMap(({ reportedIds }) => [...reportedIds].filter((id) => Number(id) > 0));
  if (new Set(ids).size < ids.length) seen.reusedIds += 1;
  for (const { kind } of discrepancies) seen.kinds.add(kind);
}

async function explain(scenario: Scenario): Promise<string> {
  const lines: string[] = [];
  const result = await runScenario(scenario, (line) => lines.push(line));
  for (const { kind, detail, orderId } of result.discrepancies) lines.push(`! ${kind} ${orderId ?? '-'} ${detail}`);
  return [...checkResult(result), ...lines].join('\n');
}

it(
  'ends every order with the energy of its own driver, or says what is not certain',
  async () => {
    const property = fc.asyncProperty(aScenario, async (scenario) => {
      const result = await runScenario(scenario);
      count(result);
      if (checkResult(result).length > 0) throw new Error(await explain(scenario));
    });
    await fc.assert(property, { numRuns: SCENARIOS, ...(SEED !== undefined && { seed: Number(SEED) }) });
    if (isSearch) console.info(SCENARIOS, seen);
  },
  30_000 + SCENARIOS * 200,
);

it('tries scenarios in which there is something to lose', () => {
  expect(seen.orders).toBeGreaterThan(SCENARIOS);
  expect(seen.billed).toBeGreaterThan(SCENARIOS / 2);
  expect(seen.exact).toBeGreaterThan(SCENARIOS / 3);
  expect(seen.clean).toBeGreaterThan(SCENARIOS / 4);
  expect(seen.reusedIds).toBeGreaterThan(SCENARIOS / 50);
  const kinds = ['end-inferred', 'unmatched-stop', 'unmatched-transaction'];
  expect(kinds.filter((kind) => !seen.kinds.has(kind))).toEqual([]);
});
