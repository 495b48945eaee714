/** Decides which log lines are written for events that strangers or a faulty charger can cause without limit. */
import { createBoundedCache } from './bounded-cache.js';
import type { Clock } from '../ports/runtime.js';

const WINDOW_MS = 60_000;
/** The maximum number of lines of one kind per window. Further lines are counted but not written. */
const LINES_PER_WINDOW = 20;
const MAX_KINDS = 2_000;

interface Window {
  readonly startedAt: number;
  lines: number;
  suppressed: number;
}

export class LineSampler {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #windows = createBoundedCache<Window>(MAX_KINDS);

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /**
   * Counts a line of this kind.
   * @returns How many lines of this kind were omitted since the last one written; `undefined` if this line is omitted.
   */
  next(kind: string): number | undefined {
    const now = this.#clock.now();
    const window = this.#windows.get(kind);
    if (!window || now < window.startedAt || now >= window.startedAt + WINDOW_MS) {
      this.#windows.set(kind, { startedAt: now, lines: 1, suppressed: 0 });
      return window?.suppressed ?? 0;
    }
    if (window.lines < LINES_PER_WINDOW) {
      window.lines += 1;
      return 0;
    }
    window.suppressed += 1;
    return undefined;
  }
}
