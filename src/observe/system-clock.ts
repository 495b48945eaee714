/** Implements the `Clock` port with the system's clock. */
import type { Cancel, Clock } from '../ports/runtime.js';

/** The longest timeout, ms. Node.js fires a longer timeout at once, so longer ones are split. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  callLater(ms, work) {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      const step = Math.min(left, MAX_TIMEOUT_MS);
      timer = setTimeout(() => (left > step ? arm(left - step) : work()), step);
      timer.unref();
    };
    arm(Math.max(0, ms));
    return () => clearTimeout(timer);
  },
  callSoon(work) {
    setImmediate(work);
  },
};

/**
 * Keeps the process alive until cancelled. The clock's timers do not keep it alive, so without a listener (during
 * startup and shutdown) Node.js might exit in the middle of the work.
 */
export function keepProcessAlive(): Cancel {
  const timer = setInterval(() => undefined, MAX_TIMEOUT_MS);
  return () => clearInterval(timer);
}
