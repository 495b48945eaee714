/** Waits for a condition with a deadline, and provides a clock with shorter waits for charge points. */
import type { Clock } from '../../src/ports/runtime.js';
import { realClock } from '../../src/sandbox/runtime/scaled-clock.js';

/**
 * Polls until `look` returns a value other than undefined, null or false, and resolves with it.
 * @errors Throws with `what` after the deadline.
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

/** Creates a clock whose waits are `times` shorter. Its time is the system's, so energy and timestamps stay correct. */
export function hurried(times: number): Clock {
  return {
    now: () => realClock.now(),
    monotonic: () => realClock.monotonic(),
    callLater: (ms, work) => realClock.callLater(ms / times, work),
    callSoon: (work) => realClock.callSoon(work),
  };
}
