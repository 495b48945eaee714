/** Keeps one timer per order. The deadline follows from the order, so no deadline exists only in memory. */
import type { Cancel, Clock } from '../../ports/runtime.js';

/** The longest single timer, ms; a later deadline takes several. Node.js timers overflow at 2^31 ms. */
const MAX_TIMER_MS = 24 * 3_600_000;

interface OrderTimer {
  /** The order's next deadline, epoch ms. */
  dueAt: number;
  /** When the timer fires, epoch ms. If `dueAt` is later than that, the timer is then set again. */
  readonly firesAt: number;
  readonly cancel: Cancel;
}

export class OrderTimers {
  readonly #clock: Clock;
  readonly #timers = new Map<string, OrderTimer>();
  #onDue: (orderId: string) => void = () => undefined;
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sets the listener. It is called with the id of each order whose deadline has come. */
  onDue(listener: (orderId: string) => void): void {
    this.#onDue = listener;
  }

  /** Sets the order's next deadline. @param dueAt Epoch ms; `undefined` clears the timer. */
  set(orderId: string, dueAt: number | undefined): void {
    const current = this.#timers.get(orderId);
    if (current && dueAt !== undefined && dueAt >= current.firesAt) {
      // Each sample moves the predicted end a little, mostly later; a new timer each time would be expensive.
      current.dueAt = dueAt;
      return;
    }
    current?.cancel();
    this.#timers.delete(orderId);
    if (dueAt === undefined || this.#stopped) return;
    const now = this.#clock.now();
    const wait = Math.min(Math.max(0, dueAt - now), MAX_TIMER_MS);
    const timer: OrderTimer = {
      dueAt,
      firesAt: now + wait,
      cancel: this.#clock.callLater(wait, () => this.#timerFired(orderId, timer)),
    };
    this.#timers.set(orderId, timer);
  }

  #timerFired(orderId: string, timer: OrderTimer): void {
    this.#timers.delete(orderId);
    if (timer.dueAt > this.#clock.now()) this.set(orderId, timer.dueAt);
    else this.#onDue(orderId);
  }

  /** Sets all timers again after a jump of the clock. */
  rearm(): void {
    for (const [orderId, { dueAt, cancel }] of [...this.#timers]) {
      cancel();
      this.#timers.delete(orderId);
      this.set(orderId, dueAt);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
