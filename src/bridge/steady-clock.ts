/**
 * The clock of orders: wall time at the start, carried on by a clock that nobody can set. A step of the host's clock
 * moves no deadline, no duration and no bill; the new time counts when nothing depends on the old one any longer.
 */
import type { Events } from '../ports/events.js';
import type { Cancel, Clock } from '../ports/runtime.js';

/** A smaller difference is the ordinary correction of a clock. */
const STEP_MS = 2000;
/** How often to look whether the new time may count. */
const RECHECK_MS = 1000;

/** What depends on the time so far. */
export interface ClockDependents {
  isBusy(): boolean;
  /** The time has jumped: timers must be set again. */
  timeChanged(): void;
}

const INDEPENDENT: ClockDependents = { isBusy: () => false, timeChanged: () => undefined };

export class SteadyClock implements Clock {
  readonly #base: Clock;
  readonly #events: Events;
  #dependents = INDEPENDENT;
  /** Our time is that of the monotonic clock plus this. */
  #offsetMs: number;
  /** The difference that was noticed last. */
  #stepMs = 0;
  #recheckAt = -Infinity;
  #latest = -Infinity;

  constructor(base: Clock, events: Events) {
    this.#base = base;
    this.#events = events;
    this.#offsetMs = base.now() - base.monotonic();
  }

  /** The clock itself if it is steady already. */
  static of(clock: Clock, events: Events): SteadyClock {
    return clock instanceof SteadyClock ? clock : new SteadyClock(clock, events);
  }

  setDependents(dependents: ClockDependents): void {
    this.#dependents = dependents;
  }

  now(): number {
    const monotonic = this.#base.monotonic();
    const differenceMs = this.#base.now() - monotonic - this.#offsetMs;
    if (differenceMs !== 0) this.#follow(differenceMs, monotonic);
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
   * Continues after what was saved last. A wall clock behind it was set back while no process ran.
   * @param savedAt Epoch ms.
   * @returns How far it was set back, ms; 0 if it was not.
   */
  continueFrom(savedAt: number): number {
    const backMs = savedAt - this.now();
    if (backMs <= STEP_MS) return 0;
    this.#offsetMs += backMs;
    this.#noteStep(-backMs);
    return backMs;
  }

  #follow(differenceMs: number, monotonic: number): void {
    if (Math.abs(differenceMs) <= STEP_MS && this.#stepMs === 0) {
      this.#offsetMs += differenceMs;
      return;
    }
    if (Math.abs(differenceMs - this.#stepMs) > STEP_MS) this.#noteStep(differenceMs);
    if (monotonic < this.#recheckAt) return;
    this.#recheckAt = monotonic + RECHECK_MS;
    if (!this.#dependents.isBusy()) this.#takeOver(differenceMs);
  }

  #noteStep(ms: number): void {
    this.#stepMs = ms;
    this.#events.emit('clock.stepped', { ms: Math.round(ms), direction: ms > 0 ? 'ahead' : 'back' });
  }

  #takeOver(differenceMs: number): void {
    this.#offsetMs += differenceMs;
    this.#stepMs = 0;
    this.#latest = -Infinity;
    this.#base.callSoon(() => this.#dependents.timeChanged());
  }
}
