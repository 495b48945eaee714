/** Every overshoot beyond rounding is counted, and a large one is a discrepancy. */
import { describe, expect, it } from 'vitest';
import { AT, confirm, MINUTE, orderAfter, run, SECOND, start, stopAt } from '../sessions.js';

const BEGAN = AT + 5 * SECOND;
const delivered = (energyWh: number, limitWh: number) => {
  const running = orderAfter(
    [AT, confirm(true, { kind: 'energy', value: limitWh })],
    [BEGAN, start(BEGAN)],
    [BEGAN + SECOND, { type: 'stop', reason: 'operator' }],
  );
  return run(running, stopAt(energyWh, BEGAN + 30 * MINUTE), BEGAN + 30 * MINUTE);
};

describe('an overshoot', () => {
  it('is counted from the first Wh that rounding does not explain', () => {
    expect(delivered(10_003, 10_000).overshootWh).toBe(3);
    expect(delivered(10_099, 10_000).overshootWh).toBe(99);
    expect(delivered(10_001, 10_000).overshootWh).toBeUndefined();
    expect(delivered(9_000, 10_000).overshootWh).toBeUndefined();
  });

  it('of more than 100 Wh, or more than a twentieth of the order, is a discrepancy', () => {
    const kinds = (energyWh: number, limitWh: number) =>
      delivered(energyWh, limitWh).discrepancies.map(({ kind }) => kind);
    expect(kinds(10_101, 10_000)).toEqual(['overshoot']);
    expect(kinds(10_060, 10_000)).toEqual([]);
    expect(kinds(360, 300)).toEqual(['overshoot']);
    expect(kinds(310, 300)).toEqual([]);
  });
});
