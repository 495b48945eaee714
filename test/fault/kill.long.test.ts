/**
 * Crash tests: the real process dies at every crash point, restarts, and keeps every promise. The checker knows only
 * the traffic and what the operator sees. SQLite with OCPP 1.6 runs all tests; the other combinations run a different
 * third each day. `KILL_TESTS=all` runs everything, `KILL_TESTS=1` the second day's third. A process that receives
 * SIGTERM keeps its promises too.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { nothingLeft } from '../e2e/test-system.js';
import { CrashCells } from './crash-cells.js';
import { CELLS, crashTestsOf, titleOf } from './crash-plans.js';
import { deathsOf, type CrashTest, type CrashTestRun } from './crash-test.js';
import { brokenPromises } from './journal-checker.js';

const TIMEOUT_MS = 400_000;
const SHARES = 3;
const DAY_MS = 86_400_000;

const wanted = process.env['KILL_TESTS'] ?? String(Math.floor(Date.now() / DAY_MS) % SHARES);
const cells = await CrashCells.open();

function judge(test: CrashTest, { evidence, deaths, log }: CrashTestRun): void {
  expect(deaths, 'the process dies at its crash point').toEqual(Array(deathsOf(test)).fill('SIGKILL'));
  expect(brokenPromises(evidence), log.slice(-6_000)).toEqual([]);
}

for (const cell of CELLS) {
  const isAlways = cell === CELLS[0] || wanted === 'all';
  const tests = crashTestsOf(cell).filter((_, index) => isAlways || index % SHARES === Number(wanted));
  describe.concurrent(`a killed process on ${cell.store} in OCPP ${cell.ocpp}`, () => {
    it.runIf(cells.has(cell)).for(tests.map((test) => [titleOf(test), test] as const))(
      'at %s keeps every promise',
      { timeout: TIMEOUT_MS },
      async ([, test]) => judge(test, await cells.run(test, cell)),
    );
  });
}

describe.concurrent('a process that receives SIGTERM', () => {
  it.for([1, 2, 3].map((third) => [third, Math.round(((third - Math.random()) / 3) * 2_400)] as const))(
    'at a random moment in third %s of a journey (%s ms) exits with 0 and loses nothing',
    { timeout: TIMEOUT_MS },
    async ([, afterMs]) => {
      const deaths: string[] = [];
      const test = {
        scenario: 'buyer-stops',
        async meanwhile({ bridge }) {
          await new Promise((resolve) => setTimeout(resolve, afterMs));
          const death = await bridge.term();
          deaths.push(`exit ${death.code ?? death.signal}`);
          await bridge.start();
        },
      } as const satisfies CrashTest;
      const { evidence, log } = await cells.run(test, { store: 'sqlite', ocpp: '1.6' });
      expect(deaths).toEqual(['exit 0']);
      expect(brokenPromises(evidence), log.slice(-6_000)).toEqual([]);
    },
  );
});

afterAll(async () => {
  await cells.stop();
  await nothingLeft();
});
