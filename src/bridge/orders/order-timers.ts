/** One wake-up per order, recomputed from the saved order: nothing that matters waits only in memory. */
import type { Cancel, Clock } from '../../ports/runtime.js';

/** The longest single timer; a later wake is reached in steps. Node's timers end at 2^31 ms. */
const LONGEST_MS = 24 * 3_600_000;

interface Alarm {
  /** When to ring, epoch ms. */
  at: number;
  /** When its timer fires, which may be earlier: it is then set anew. */
  readonly firesAt: number;
  readonly cancel: Cancel;
}

export class Alarms {
  readonly #clock: Clock;
  readonly #ring: (orderId: string) => void;
  readonly #set = new Map<string, Alarm>();
  #stopped = false;

  constructor(clock: Clock, ring: (orderId: string) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** `undefined` clears. */
  set(orderId: string, at: number | undefined): void {
    const before = this.#set.get(orderId);
    if (before && at !== undefined && at >= before.firesAt) {
      // Every sample moves the predicted end a little: mostly later, and a timer each time would cost more than the sample.
      before.at = at;
      return;
    }
    before?.cancel();
    this.#set.delete(orderId);
    if (at === undefined || this.#stopped) return;
    const now = this.#clock.now();
    const wait = Math.min(Math.max(0, at - now), LONGEST_MS);
    const alarm: Alarm = {
      at,
      firesAt: now + wait,
      cancel: this.#clock.after(wait, () => this.#fired(orderId, alarm)),
    };
    this.#set.set(orderId, alarm);
  }

  #fired(orderId: string, alarm: Alarm): void {
    this.#set.delete(orderId);
    if (alarm.at > this.#clock.now()) this.set(orderId, alarm.at);
    else this.#ring(orderId);
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#set.values()) cancel();
    this.#set.clear();
  }
}
