/** Kills the process many times: at every crash point in turn, on both stores, in OCPP 1.6 and 2.0.1. */
import { stillRunning } from '../e2e/bridge-process.js';
import { CrashCells } from './crash-cells.js';
import { CELLS, crashTestsOf, titleOf } from './crash-plans.js';
import { deathsOf, type Cell } from './crash-test.js';
import { brokenPromises } from './journal-checker.js';

export interface SoakOptions {
  readonly cycles: number;
  /** The number of the first cycle. A later run can continue from it. */
  readonly from: number;
  readonly print: (line: string) => void;
}

/** The results of a cell's cycles. */
interface Figures {
  cycles: number;
  killed: number;
  /** Cycles that broke a promise or did not finish. */
  failed: number;
}

/** Returns the tests of all cells alternately, so that a short run covers every cell. */
function matrix() {
  const lists = CELLS.map((cell) => ({ cell, tests: crashTestsOf(cell) }));
  const longest = Math.max(...lists.map(({ tests }) => tests.length));
  return Array.from({ length: longest }, (_, index) =>
    lists.flatMap(({ cell, tests }) => tests.slice(index, index + 1).map((test) => ({ cell, test }))),
  ).flat();
}

/** Returns the number of failed cycles plus the number of processes left running. */
export async function soak({ cycles, from, print }: SoakOptions): Promise<number> {
  const began = Date.now();
  const all = matrix();
  const cells = await CrashCells.open();
  const figures = new Map<Cell, Figures>(CELLS.map((cell) => [cell, { cycles: 0, killed: 0, failed: 0 }]));
  let done = 0;
  const cycle = async (number: number): Promise<void> => {
    const next = all[(number - 1) % all.length];
    const counted = next && figures.get(next.cell);
    if (!counted || !cells.has(next.cell)) return;
    const { cell, test } = next;
    const found = await cells.run(test, cell).then(
      ({ evidence, deaths }) => {
        counted.killed += deaths.filter((death) => death === 'SIGKILL').length;
        return deaths.length === deathsOf(test)
          ? brokenPromises(evidence)
          : [`the process died ${deaths.length} times`];
      },
      (error: unknown) => [String(error)],
    );
    counted.cycles += 1;
    if (found.length > 0) {
      counted.failed += 1;
      print(`cycle ${number}, ${cell.store}, OCPP ${cell.ocpp}, ${titleOf(test)}:\n  ${found.join('\n  ')}`);
    }
    if (++done % 50 === 0) print(`${done} of ${cycles} cycles, ${Math.round((Date.now() - began) / 1000)} s`);
  };
  await Promise.all(Array.from({ length: cycles }, (_, index) => cycle(from + index)));
  await cells.stop();
  for (const [{ store, ocpp }, { cycles: played, killed, failed }] of figures)
    print(`${store}, OCPP ${ocpp}: ${played} cycles, ${killed} kills, ${failed} with something lost, doubled or wrong`);
  const failed = [...figures.values()].reduce((sum, one) => sum + one.failed, 0);
  const left = stillRunning().length;
  print(
    `${done} cycles of ${all.length} different ones in ${Math.round((Date.now() - began) / 1000)} s: ` +
      `${failed} failed, ${left} processes left`,
  );
  return failed + left;
}
