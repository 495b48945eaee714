import { describe, expect, it } from 'vitest';
import { locateValues, readYaml } from '../../../../src/operator/network/yaml-text.js';

/** Counts the turns of the event loop while work is in progress. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isRunning = true;
  const turn = (): void => {
    turns += 1;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isRunning = false;
  return turns;
}

describe('a YAML text', () => {
  const text = `a:\n${'  - {b: c, d: [e, f]}\n'.repeat(2000)}`;

  it('is read while other work runs', async () => {
    expect(await turnsDuring(() => readYaml(text))).toBeGreaterThan(10);
    expect(await turnsDuring(() => locateValues(text, [['a', '7', 'd', '1']]))).toBeGreaterThan(10);
  });

  it('has a place for each path, or for the innermost part of it that exists', async () => {
    const paths = [['a', '7', 'd', '1'], ['a', '3', 'x'], ['x'], []];
    expect(await locateValues(text, paths)).toEqual([
      { line: 9, column: 19 },
      { line: 5, column: 5 },
      { line: 1, column: 1 },
      { line: 1, column: 1 },
    ]);
  });

  it('may be empty', async () => {
    expect(await readYaml('')).toEqual({ value: null });
  });
});
