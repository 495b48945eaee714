/** One wake-up per order, recomputed from the saved order: nothing that matters waits only in memory. */
import type { Cancel, Clock } from './ports/runtime.js';

/** The longest single timer; a later wake is reached in steps. Node's timers end at 2^31 ms. */
const LONGEST_MS = 24 * 3_600_000;

export class Alarms {
  readonly #clock: Clock;
  readonly #ring: (orderId: string) => void;
  readonly #set = new Map<string, { at: number; cancel: Cancel }>();
  #stopped = false;

  constructor(clock: Clock, ring: (orderId: string) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** `undefined` clears. */
  set(orderId: string, at: number | undefined): void {
    const before = this.#set.get(orderId);
    if (before?.at === at) return;
    before?.cancel();
    this.#set.delete(orderId);
    if (at === undefined || this.#stopped) return;
    const wait = Math.min(Math.max(0, at - this.#clock.now()), LONGEST_MS);
    const cancel = this.#clock.after(wait, () => {
      this.#set.delete(orderId);
      if (at > this.#clock.now()) this.set(orderId, at);
      else this.#ring(orderId);
    });
    this.#set.set(orderId, { at, cancel });
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#set.values()) cancel();
    this.#set.clear();
  }
}
