/**
 * Limits the concurrent lookups at a registry. Known peers come first and have reserved places. Strangers, whose keys
 * are not in the cache, wait in one line per source address, and the lines are served in turn.
 */
import type { Cancel, Clock } from '../../ports/runtime.js';

export interface LookupCaller {
  /** Whether the key is in the cache and only has to be renewed. */
  readonly isKnown: boolean;
  /** The address that the request came from. */
  readonly source: string;
}

interface Waiting {
  readonly start: () => void;
  readonly cancel: Cancel;
}

/** How many strangers of one source, and of all sources, may wait for a place. */
const MAX_WAITING_PER_SOURCE = 32;
const MAX_WAITING_STRANGERS = 512;
const MAX_WAITING_KNOWN = 5_000;
/** Maximum wait for a place: longer than a lookup takes, but shorter than a sender waits. */
const MAX_WAIT_MS = 8_000;

export class LookupQueue {
  readonly #clock: Pick<Clock, 'callLater'>;
  readonly #places: number;
  readonly #strangerPlaces: number;
  readonly #known = new Set<Waiting>();
  /** Strangers by source, in the order in which the sources are served. */
  readonly #strangers = new Map<string, Set<Waiting>>();
  #waitingStrangers = 0;
  #running = 0;
  #runningStrangers = 0;

  /** @param places Maximum number of lookups at once; strangers get up to three quarters of them, but at least one. */
  constructor(clock: Pick<Clock, 'callLater'>, places: number) {
    this.#clock = clock;
    this.#places = places;
    this.#strangerPlaces = Math.max(1, Math.floor((places * 3) / 4));
  }

  /** Resolves with the result of `work`; with `undefined` if the line is full or no place became free in time. */
  async run<T>(caller: LookupCaller, work: () => Promise<T>): Promise<T | undefined> {
    const { isKnown } = caller;
    if (this.#hasPlace(isKnown)) this.#count(isKnown, 1);
    else if (!(await this.#wait(caller))) return undefined;
    try {
      return await work();
    } finally {
      this.#count(isKnown, -1);
      this.#startNext();
    }
  }

  #count(isKnown: boolean, change: 1 | -1): void {
    this.#running += change;
    if (!isKnown) this.#runningStrangers += change;
  }

  #hasPlace(isKnown: boolean): boolean {
    return this.#running < this.#places && (isKnown || this.#runningStrangers < this.#strangerPlaces);
  }

  /** @returns False if the line is full, or the wait was too long. */
  #wait({ isKnown, source }: LookupCaller): Promise<boolean> {
    const line = isKnown ? this.#known : (this.#strangers.get(source) ?? new Set<Waiting>());
    const isFull = isKnown
      ? line.size >= MAX_WAITING_KNOWN
      : line.size >= MAX_WAITING_PER_SOURCE || this.#waitingStrangers >= MAX_WAITING_STRANGERS;
    if (isFull) return Promise.resolve(false);
    if (!isKnown) {
      this.#strangers.set(source, line);
      this.#waitingStrangers += 1;
    }
    return new Promise((resolve) => {
      const leave = (hasPlace: boolean): void => {
        waiting.cancel();
        line.delete(waiting);
        if (!isKnown) {
          this.#waitingStrangers -= 1;
          if (line.size === 0 && this.#strangers.get(source) === line) this.#strangers.delete(source);
        }
        // The place is counted at once, so that it is not given away twice.
        if (hasPlace) this.#count(isKnown, 1);
        resolve(hasPlace);
      };
      const waiting: Waiting = {
        start: () => leave(true),
        cancel: this.#clock.callLater(MAX_WAIT_MS, () => leave(false)),
      };
      line.add(waiting);
    });
  }

  #startNext(): void {
    const next = this.#hasPlace(true) ? first(this.#known) : undefined;
    if (next) return next.start();
    const source = this.#hasPlace(false) ? first(this.#strangers.keys()) : undefined;
    const line = source === undefined ? undefined : this.#strangers.get(source);
    if (source === undefined || !line) return;
    // The source goes to the end of the line of sources.
    this.#strangers.delete(source);
    this.#strangers.set(source, line);
    first(line)?.start();
  }
}

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
