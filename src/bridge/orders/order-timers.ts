/** One wake-up per order, recomputed from the saved order: nothing that matters waits only in memory. */
import type { Cancel, Clock } from '../../ports/runtime.js';

/** The longest single timer; a later wake is reached in steps. Node's timers end at 2^31 ms. */
const MAX_TIMER_MS = 24 * 3_600_000;

interface OrderTimer {
  /** When to ring, epoch ms. */
  dueAt: number;
  /** When its timer fires, which may be earlier: it is then set anew. */
  readonly firesAt: number;
  readonly cancel: Cancel;
}

export class OrderTimers {
  readonly #clock: Clock;
  readonly #onDue: (orderId: string) => void;
  readonly #timers = new Map<string, OrderTimer>();
  #stopped = false;

  constructor(clock: Clock, ring: (orderId: string) => void) {
    this.#clock = clock;
    this.#onDue = ring;
  }

  /** `undefined` clears. */
  set(orderId: string, at: number | undefined): void {
    const before = this.#timers.get(orderId);
    if (before && at !== undefined && at >= before.firesAt) {
      // Every sample moves the predicted end a little: mostly later, and a timer each time would cost more than the sample.
      before.dueAt = at;
      return;
    }
    before?.cancel();
    this.#timers.delete(orderId);
    if (at === undefined || this.#stopped) return;
    const now = this.#clock.now();
    const wait = Math.min(Math.max(0, at - now), MAX_TIMER_MS);
    const alarm: OrderTimer = {
      dueAt: at,
      firesAt: now + wait,
      cancel: this.#clock.callLater(wait, () => this.#timerFired(orderId, alarm)),
    };
    this.#timers.set(orderId, alarm);
  }

  #timerFired(orderId: string, alarm: OrderTimer): void {
    this.#timers.delete(orderId);
    if (alarm.dueAt > this.#clock.now()) this.set(orderId, alarm.dueAt);
    else this.#onDue(orderId);
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
