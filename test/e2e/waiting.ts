/** Waits for something to be so, with a deadline; and the clock of charge points that hurry. */
import type { Clock } from '../../src/ports/runtime.js';
import { realClock } from '../../src/sandbox/runtime/scaled-clock.js';

/**
 * The first value that is not undefined, null or false.
 * @errors Names what was waited for.
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  withinMs = 20_000,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (performance.now() > until) throw new Error(`never so within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Its waits are so many times shorter, its time is the system's: energy and timestamps stay true. */
export function hurried(times: number): Clock {
  return {
    now: () => realClock.now(),
    monotonic: () => realClock.monotonic(),
    callLater: (ms, work) => realClock.callLater(ms / times, work),
    callSoon: (work) => realClock.callSoon(work),
  };
}
