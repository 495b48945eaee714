import { describe, expect, it } from 'vitest';
import { createScaledClock } from '../../../../src/sandbox/runtime/scaled-clock.js';
import { createManualClock } from '../../../fakes/manual-clock.js';

const MINUTE = 60_000;

describe('a scaled clock', () => {
  it('starts behind and runs faster', async () => {
    const base = createManualClock();
    const clock = createScaledClock({ base, speed: 40, behindMs: 60 * MINUTE });
    expect(clock.now()).toBe(base.now() - 60 * MINUTE);
    const start = clock.now();
    await base.advance(1_500);
    expect(clock.now() - start).toBe(MINUTE);
  });

  it('scales timers, and cancels them', async () => {
    const base = createManualClock();
    const clock = createScaledClock({ base, speed: 40, behindMs: 60 * MINUTE });
    const rung: number[] = [];
    const begun = clock.now();
    clock.callLater(20_000, () => rung.push(clock.now() - begun));
    clock.callLater(20_000, () => rung.push(-1))();
    await base.advance(499);
    expect(rung).toEqual([]);
    await base.advance(1);
    expect(rung).toEqual([20_000]);
  });

  it('never overtakes the world: it meets real time and keeps its pace', async () => {
    const base = createManualClock();
    const clock = createScaledClock({ base, speed: 11, behindMs: 10_000 });
    const rung: number[] = [];
    // Due after the meeting, one second from now in both times.
    clock.callLater(14_000, () => rung.push(clock.now()));
    const due = clock.now() + 14_000;
    await base.advance(1_000);
    expect(clock.now()).toBe(base.now());
    expect(clock.behindMs()).toBe(0);
    await base.advance(2_999);
    expect(rung).toEqual([]);
    await base.advance(1);
    expect(rung).toEqual([due]);
    expect(clock.now()).toBe(base.now());
  });

  it('settles by jumping forward, calling what became due, and never goes back', async () => {
    const base = createManualClock();
    const clock = createScaledClock({ base, speed: 2, behindMs: 60 * MINUTE });
    const rung: string[] = [];
    clock.callLater(30 * MINUTE, () => rung.push('soon'));
    clock.callLater(61 * MINUTE, () => rung.push('later'));
    clock.jumpToRealTime();
    expect(clock.now()).toBe(base.now());
    await base.advance(0);
    expect(rung).toEqual(['soon']);
    await base.advance(MINUTE);
    expect(rung).toEqual(['soon', 'later']);
    clock.jumpToRealTime();
    expect(clock.now()).toBe(base.now());
  });
});
