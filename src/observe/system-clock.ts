/** The `Clock` port on the machine's own time: the one place that reads it. */
import type { Cancel, Clock } from '../ports/runtime.js';

/** Node fires a longer timeout at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, work) {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      const step = Math.min(left, LONGEST_TIMEOUT_MS);
      timer = setTimeout(() => (left > step ? arm(left - step) : work()), step);
      timer.unref();
    };
    arm(Math.max(0, ms));
    return () => clearTimeout(timer);
  },
  soon(work) {
    setImmediate(work);
  },
};

/**
 * Keeps the process alive until it is let go: no timer of the clock does, so that without a listener (at start and
 * in a shutdown) a process that waits for one would end in the middle of its work.
 */
export function holdProcess(): Cancel {
  const timer = setInterval(() => undefined, LONGEST_TIMEOUT_MS);
  return () => clearInterval(timer);
}
