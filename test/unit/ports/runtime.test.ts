import { describe, expect, it } from 'vitest';
import { atOnce, type Steps } from '../../../src/domain/model/object.js';
import { inTurns } from '../../../src/ports/runtime.js';

/** Adds up the numbers of ten steps. */
function* sum(onStep: (step: number) => void = () => undefined): Steps<number> {
  let total = 0;
  for (let step = 0; step < 10; step += 1) {
    onStep(step);
    total += step;
    yield;
  }
  return total;
}

describe('work in steps', () => {
  it('has the same result at once and in turns', async () => {
    const clock = { monotonic: () => 0, callSoon: (work: () => void) => void setImmediate(work) };
    expect(atOnce(sum())).toBe(45);
    expect(await inTurns(sum(), clock)).toBe(45);
  });

  it('lets other work run once eight milliseconds have passed, and not before', async () => {
    let now = 0;
    const log: string[] = [];
    const clock = {
      monotonic: () => now,
      callSoon: (work: () => void) => {
        log.push('other work');
        setImmediate(work);
      },
    };
    const steps = sum((step) => {
      log.push(String(step));
      now += 3;
    });
    expect(await inTurns(steps, clock)).toBe(45);
    expect(log.join(' ')).toBe('0 1 2 other work 3 4 5 other work 6 7 8 other work 9');
  });

  it('that fails fails in turns as well', async () => {
    const clock = { monotonic: () => 0, callSoon: (work: () => void) => void setImmediate(work) };
    const steps = sum((step) => {
      if (step === 4) throw new Error('at the fifth step');
    });
    await expect(inTurns(steps, clock)).rejects.toThrow('at the fifth step');
  });
});
