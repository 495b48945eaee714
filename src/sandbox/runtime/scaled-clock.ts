/** Provides a clock that starts behind real time, runs faster and never overtakes it. */
import type { Cancel, Clock } from '../../ports/runtime.js';

export interface ScaledClock extends Clock {
  /** Jumps to real time and follows it from then on. Timers skipped by the jump fire at once. */
  jumpToRealTime(): void;
  /** How far the clock is behind real time; 0 once it has caught up. */
  behindMs(): number;
}

export interface ScaledClockOptions {
  /** Seconds of this clock per real second; 1 or more. */
  readonly speed: number;
  /** How far behind real time the clock starts. */
  readonly behindMs: number;
  /** The clock to scale; the machine's by default. */
  readonly base?: Clock;
}

/** Longer host timers overflow a signed 32-bit integer and fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** The machine's clock. Its timers do not keep the process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
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
  /** The time, in epoch ms, from which both clocks agree. */
  let meetAt = speed > 1 ? realStart + behindMs / (speed - 1) : behindMs === 0 ? realStart : Infinity;
  let latest = start;
  const timers = new Set<Timer>();

  function now(): number {
    const real = base.now();
    const scaled = real >= meetAt ? real : Math.floor(start + (real - realStart) * speed);
    // Time never goes back, not even if the base clock is set back.
    latest = Math.max(latest, scaled);
    return latest;
  }

  /** Returns the real time at which this clock shows `at`. */
  const realTimeOf = (at: number): number => (at >= meetAt ? at : Math.min(meetAt, realStart + (at - start) / speed));

  function arm(timer: Timer): void {
    timer.cancel = base.callLater(Math.max(0, Math.ceil(realTimeOf(timer.dueAt) - base.now())), () => {
      // Host timers may fire a fraction of a millisecond early, and very long waits take several of them.
      if (now() < timer.dueAt) return arm(timer);
      timers.delete(timer);
      timer.work();
    });
  }

  return {
    now,
    // `now` never goes back, and timers are measured by it.
    monotonic: now,
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
