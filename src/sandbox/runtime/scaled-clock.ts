/** A clock that runs faster than the world, starts behind it, and never overtakes it. */
import type { Cancel, Clock } from '../../ports/runtime.js';

export interface ScaledClock extends Clock {
  /** Jumps to real time and keeps its pace from then on; what became due on the way is called at once. */
  jumpToRealTime(): void;
  /** How far behind the world, ms; 0 once settled or caught up. */
  behindMs(): number;
}

export interface ScaledClockOptions {
  /** Virtual seconds per real second, 1 or more. */
  readonly speed: number;
  /** How long before now to begin. */
  readonly behindMs: number;
  /** The world's time. */
  readonly base?: Clock;
}

const MAX_TIMER_MS = 2_147_483_647;

/** The world's own time. */
export const realClock: Clock = {
  now: () => Date.now(),
  callLater(ms, work): Cancel {
    const timer = setTimeout(work, Math.min(Math.max(0, ms), MAX_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
  callSoon: (work) => {
    setImmediate(work);
  },
};

interface Timer {
  readonly dueAt: number;
  readonly work: () => void;
  cancel: Cancel;
}

export function createScaledClock({ speed, behindMs, base = realClock }: ScaledClockOptions): ScaledClock {
  const realStart = base.now();
  const start = realStart - behindMs;
  /** The moment when both clocks show the same. */
  let meetAt = speed > 1 ? realStart + behindMs / (speed - 1) : behindMs === 0 ? realStart : Infinity;
  let last = start;
  const timers = new Set<Timer>();

  function now(): number {
    const real = base.now();
    const here = real >= meetAt ? real : Math.floor(start + (real - realStart) * speed);
    last = Math.max(last, here);
    return last;
  }

  /** The real moment at which this clock shows `at`. */
  const realTime = (at: number): number => (at >= meetAt ? at : Math.min(meetAt, realStart + (at - start) / speed));

  function arm(timer: Timer): void {
    timer.cancel = base.callLater(Math.max(0, Math.ceil(realTime(timer.dueAt) - base.now())), () => {
      // Timers of the host may fire a fraction early, and the longest ones in stages.
      if (now() < timer.dueAt) return arm(timer);
      timers.delete(timer);
      timer.work();
    });
  }

  return {
    now,
    callLater(ms, work) {
      const timer: Timer = { dueAt: now() + Math.max(0, ms), work, cancel: () => undefined };
      timers.add(timer);
      arm(timer);
      return () => {
        timers.delete(timer);
        timer.cancel();
      };
    },
    callSoon: (work) => base.callSoon(work),
    behindMs: () => Math.max(0, base.now() - now()),
    jumpToRealTime() {
      meetAt = Math.min(meetAt, base.now());
      for (const timer of timers) {
        timer.cancel();
        arm(timer);
      }
    },
  };
}
