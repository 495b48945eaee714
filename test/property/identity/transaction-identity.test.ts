/**
 * Random scenarios in which a physical model knows who charged what, and a charger and its network tell the bridge less, or
 * something else: messages are lost, doubled, late and out of order; ids are used again after power cuts; tags are withEcho
 * longer or in another case; numbers are wrong. The bridge may not know everything, but it must never be silently wrong.
 *
 * What must hold in the end, for every order that was accepted:
 * - R1 It has ended, and the buyer app has received exactly one terminal status.
 * - R2 Its bill is at most what was authorised.
 * - R3 It pays for no more than what flowed in the transactions of its own driver, or a discrepancy of the order says
 *   what is uncertain. An inexact bill alone does not excuse the energy of others.
 * - R4 It pays for what flowed in them, as far as the delivered messages show it and up to its limit, or its bill is
 *   not exact, or a discrepancy names the order or the transaction.
 * - R5 If all messages of its only transaction arrived at once and as they were, and neither the charger nor the bridge
 *   failed in the meantime, it has a session, its bill is exact and no discrepancy doubts it, whatever happened around
 *   it; unless its own start was refused as a second one, which is named.
 * And for every transaction of anybody else:
 * - R6 If the delivered messages show that energy flowed in it, a discrepancy names it; of a start that an operator asked
 *   for, a transaction without an order is enough.
 *
 * Messages show energy if one of them starts or ends the transaction and their registers differ by more than 100 Wh, which
 * is what the bridge tolerates everywhere.
 *
 * `PROPERTY_RUNS=10000 npx vitest run test/property/identity` searches for new scenarios; `PROPERTY_SEED` repeats a search.
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

/** What happened in all scenarios together. */
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
