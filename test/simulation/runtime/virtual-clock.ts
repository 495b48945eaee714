/**
 * One clock for the whole simulation. Time passes only from event to event, so the speed of the machine does not
 * matter.
 */
import type { Cancel, Clock } from '../../../src/ports/runtime.js';

interface Event {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
  cancelled: boolean;
}

/** No process has so much to do at one moment. More events than this show that it would never come to an end. */
const MOST_AT_ONCE = 100_000;

export class VirtualTime {
  /** The number of events so far. */
  ran = 0;
  #now: number;
  #order = 0;
  readonly #heap: Event[] = [];

  /** @param start The first time, epoch ms. */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, work: () => void): Cancel {
    const event: Event = { at: this.#now + Math.max(0, ms), order: this.#order++, work, cancelled: false };
    this.#push(event);
    return () => {
      event.cancelled = true;
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /**
   * Creates the clock of one process. Its timers stop with the process.
   * @param offsetMs Returns the offset of the host's clock.
   */
  clock(alive: () => boolean, offsetMs: () => number = () => 0): Clock {
    const guarded = (work: () => void) => (): void => {
      if (alive()) work();
    };
    return {
      now: () => this.#now + offsetMs(),
      monotonic: () => this.#now,
      callLater: (ms, work) => this.after(ms, guarded(work)),
      callSoon: (work) => void this.after(0, guarded(work)),
    };
  }

  /**
   * Runs events up to `end`, or until `done` returns true. After each one it waits until all promises have settled.
   * @errors Throws if the events of one moment do not come to an end.
   */
  async runUntil(end: number, done: () => boolean = () => false): Promise<void> {
    await drained();
    let atOnce = 0;
    for (let next = this.#heap[0]; next && next.at <= end && !done(); next = this.#heap[0]) {
      this.#pop();
      if (next.cancelled) continue;
      atOnce = next.at > this.#now ? 0 : atOnce + 1;
      if (atOnce > MOST_AT_ONCE) throw new Error(`no end of events at ${new Date(this.#now).toISOString()}`);
      this.#now = Math.max(this.#now, next.at);
      this.ran += 1;
      next.work();
      await drained();
    }
    if (!done()) this.#now = Math.max(this.#now, end);
  }

  #before(a: Event, b: Event): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!this.#before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

/**
 * Waits until every promise that does not depend on virtual time has settled. That takes less than one turn of the event
 * loop, because nothing here waits for real I/O.
 */
function drained(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
