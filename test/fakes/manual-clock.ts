import type { Clock } from '../../src/ports/runtime.js';

/** A clock that moves only when the test advances it. */
export interface ManualClock extends Clock {
  /** Advances time and runs due timers in order. Promises and sockets settle after each one. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock forward or back. Timers and `monotonic` are not affected. */
  step(ms: number): void;
  /** The number of timers that have neither run nor been cancelled. */
  pending(): number;
}

/** Waits for microtasks and a few turns of the event loop, without a real delay. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

export function createManualClock(start = Date.UTC(2026, 0, 15, 10, 0, 0)): ManualClock {
  let now = start;
  let steppedMs = 0;
  let order = 0;
  const timers = new Map<number, { readonly at: number; readonly work: () => void }>();

  const due = (limit: number): number | undefined => {
    let first: number | undefined;
    for (const [id, timer] of timers) {
      if (timer.at <= limit && (first === undefined || timer.at < (timers.get(first)?.at ?? Infinity))) first = id;
    }
    return first;
  };

  return {
    now: () => now + steppedMs,
    monotonic: () => now - start,
    callLater(ms, work) {
      const id = (order += 1);
      timers.set(id, { at: now + Math.max(0, ms), work });
      return () => void timers.delete(id);
    },
    // This uses real turns, because the commit window of a store must pass without an advance of the clock.
    callSoon: (work) => void setImmediate(work),
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let id = due(end); id !== undefined; id = due(end)) {
        const timer = timers.get(id);
        timers.delete(id);
        if (timer) {
          now = Math.max(now, timer.at);
          timer.work();
        }
        await settle();
      }
      now = end;
      await settle();
    },
    step(ms) {
      steppedMs += ms;
    },
    pending: () => timers.size,
  };
}
