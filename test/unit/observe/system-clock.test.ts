import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/observe/system-clock.js';
import { systemRandom } from '../../../src/observe/system-random.js';

describe('systemClock', () => {
  it('tells the machine’s time and calls back', async () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.callLater(-5, () => {
        order.push('after');
        resolve();
      });
      order.push('first');
      // Our timers do not keep the process alive, so the test needs one that does.
      setTimeout(() => undefined, 50);
    });
    expect(order).toEqual(['first', 'after']);
    await new Promise<void>((resolve) => systemClock.callSoon(resolve));
  });

  it('does not call back after a cancel, nor at once for a wait of months', async () => {
    let called = 0;
    const count = (): void => void (called += 1);
    systemClock.callLater(0, count)();
    const cancel = systemClock.callLater(2 ** 32, count);
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
    cancel();
    expect(called).toBe(0);
  });
});

describe('systemRandom', () => {
  it('makes what it promises', () => {
    expect(systemRandom.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const text = systemRandom.base32(2000);
    expect(text).toMatch(/^[A-Z2-7]{2000}$/);
    expect(new Set(text).size).toBe(32);
    expect(systemRandom.fraction()).toBeLessThan(1);
  });
});
