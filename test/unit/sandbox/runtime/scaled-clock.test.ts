import { describe, expect, it } from 'vitest';
import { createScaledClock } from '../../../../src/sandbox/runtime/scaled-clock.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const MINUTE = 60_000;

describe('a scaled clock', () => {
  it('starts behind real time and runs faster', async () => {
    const base = createManualClock();
    const clock = createScaledClock({ base, speed: 40, behindMs: 60 * MINUTE });
    expect(clock.now()).toBe(base.now() - 60 * MINUTE);
    const start = clock.now();
    await base.advance(1_500);
    expect(clock.now() - start).toBe(MINUTE);
  });

  it('scales timers and can cancel them', async () => {
    const base = createManualClock();
    const clock = createScaledClock({ base, speed: 40, behindMs: 60 * MINUTE });
    const fired: number[] = [];
    const start = clock.now();
    clock.callLater(20_000, () => fired.push(clock.now() - start));
    clock.callLater(20_000, () => fired.push(-1))();
    await base.advance(499);
    expect(fired).toEqual([]);
    await base.advance(1);
    expect(fired).toEqual([20_000]);
  });

  it('never overtakes real time, and keeps its pace once it has caught up', async () => {
    const base = createManualClock();
    const clock = createScaledClock({ base, speed: 11, behindMs: 10_000 });
    const fired: number[] = [];
    // Due 3 s after the clocks meet: 14 s from now on the scaled clock, 4 s in real time.
    clock.callLater(14_000, () => fired.push(clock.now()));
    const due = clock.now() + 14_000;
    await base.advance(1_000);
    expect(clock.now()).toBe(base.now());
    expect(clock.behindMs()).toBe(0);
    await base.advance(2_999);
    expect(fired).toEqual([]);
    await base.advance(1);
    expect(fired).toEqual([due]);
    expect(clock.now()).toBe(base.now());
  });

  it('jumps to real time, fires the timers it passes, and never goes back', async () => {
    const base = createManualClock();
    const clock = createScaledClock({ base, speed: 2, behindMs: 60 * MINUTE });
    const fired: string[] = [];
    clock.callLater(30 * MINUTE, () => fired.push('soon'));
    clock.callLater(61 * MINUTE, () => fired.push('later'));
    clock.jumpToRealTime();
    expect(clock.now()).toBe(base.now());
    await base.advance(0);
    expect(fired).toEqual(['soon']);
    await base.advance(MINUTE);
    expect(fired).toEqual(['soon', 'later']);
    clock.jumpToRealTime();
    expect(clock.now()).toBe(base.now());
  });
});
