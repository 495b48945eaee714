/**
 * The clock of orders. It starts with the wall time and continues with the monotonic clock. A step of the host's clock
 * changes no deadline, duration or bill; the new time takes effect once nothing depends on the old time.
 */
import type { Events } from '../ports/events.js';
import type { Cancel, Clock } from '../ports/runtime.js';

/** The largest difference that counts as an ordinary correction of the host's clock, ms. */
const STEP_MS = 2000;
/** How often to check whether the new time may take effect, ms. */
const RECHECK_MS = 1000;

/** The parts that depend on the current time. */
export interface ClockDependents {
  isBusy(): boolean;
  /** Called after the time has jumped, so that timers are set again. */
  timeChanged(): void;
}

const INDEPENDENT: ClockDependents = { isBusy: () => false, timeChanged: () => undefined };

export class SteadyClock implements Clock {
  readonly #base: Clock;
  readonly #events: Events;
  #dependents = INDEPENDENT;
  /** Our time is the monotonic time plus this offset. */
  #offsetMs: number;
  /** The sum of the reported steps of the host's clock that have not taken effect, ms; 0 if there are none. */
  #stepMs = 0;
  #recheckAt = -Infinity;
  #latest = -Infinity;

  constructor(base: Clock, events: Events) {
    this.#base = base;
    this.#events = events;
    this.#offsetMs = base.now() - base.monotonic();
  }

  /** Returns the given clock if it is already a SteadyClock; otherwise wraps it. */
  static of(clock: Clock, events: Events): SteadyClock {
    return clock instanceof SteadyClock ? clock : new SteadyClock(clock, events);
  }

  setDependents(dependents: ClockDependents): void {
    this.#dependents = dependents;
  }

  now(): number {
    const monotonic = this.#base.monotonic();
    const differenceMs = this.#base.now() - monotonic - this.#offsetMs;
    if (differenceMs !== 0 || this.#stepMs !== 0) this.#follow(differenceMs, monotonic);
    this.#latest = Math.max(this.#latest, Math.round(monotonic + this.#offsetMs));
    return this.#latest;
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  callLater(ms: number, work: () => void): Cancel {
    return this.#base.callLater(ms, work);
  }

  callSoon(work: () => void): void {
    this.#base.callSoon(work);
  }

  /**
   * Continues from the time of the last save. If the wall clock is well behind that time, it was set back while no
   * process ran.
   * @param savedAt Epoch ms.
   * @returns How far the clock was set back, ms; 0 for no more than an ordinary correction.
   */
  continueFrom(savedAt: number): number {
    const backMs = savedAt - this.now();
    if (backMs <= STEP_MS) return 0;
    this.#offsetMs += backMs;
    this.#noteStep(-backMs);
    return backMs;
  }

  /** Follows an ordinary correction at once, and a step once nothing depends on the time before it. */
  #follow(differenceMs: number, monotonic: number): void {
    const changeMs = differenceMs - this.#stepMs;
    if (Math.abs(changeMs) <= STEP_MS) this.#offsetMs += changeMs;
    else this.#noteStep(changeMs);
    if (Math.abs(this.#stepMs) <= STEP_MS) {
      // If a step was pending, the host's clock has returned to our time.
      this.#offsetMs += this.#stepMs;
      this.#stepMs = 0;
      return;
    }
    if (monotonic < this.#recheckAt) return;
    this.#recheckAt = monotonic + RECHECK_MS;
    if (!this.#dependents.isBusy()) this.#takeOver();
  }

  #noteStep(ms: number): void {
    this.#stepMs += ms;
    this.#events.emit('clock.stepped', { ms: Math.round(ms), direction: ms > 0 ? 'ahead' : 'back' });
  }

  #takeOver(): void {
    this.#offsetMs += this.#stepMs;
    this.#stepMs = 0;
    this.#latest = -Infinity;
    this.#base.callSoon(() => this.#dependents.timeChanged());
  }
}
