/** Limits the exchanges with one peer to the number of its connections. Further exchanges wait in line. */
import { HttpFault } from '../../ports/http.js';
import type { Clock } from '../../ports/runtime.js';

export interface ConnectionPlacesDeps {
  readonly clock: Pick<Clock, 'callLater'>;
  readonly host: string;
  readonly places: number;
}

export class ConnectionPlaces {
  readonly #deps: ConnectionPlacesDeps;
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(deps: ConnectionPlacesDeps) {
    this.#deps = deps;
    this.#free = deps.places;
  }

  /**
   * Takes a place, which the caller must release once.
   * @returns A promise of the place if none is free now; otherwise `undefined`.
   * @errors HttpFault if no place becomes free within `maxWaitMs`.
   */
  take(maxWaitMs: number): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free -= 1;
      return undefined;
    }
    const { clock, host } = this.#deps;
    return new Promise((resolve, reject) => {
      const start = (): void => {
        cancel();
        resolve();
      };
      const cancel = clock.callLater(maxWaitMs, () => {
        this.#waiting.delete(start);
        reject(new HttpFault('timeout', `no free connection to ${host} within ${maxWaitMs} ms`));
      });
      this.#waiting.add(start);
    });
  }

  /** Gives the place to the exchange that has waited longest, or frees it if none is waiting. */
  release(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
