/** Random numbers from one seed, with an independent stream per name: an extra draw in one stream changes no other. */
import type { Random } from '../../../src/ports/runtime.js';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export class SeededRandom {
  #state: number;

  /** @param seedOfExtras The seed, which also seeds further streams. */
  constructor(
    readonly seedOfExtras: number,
    name = '',
  ) {
    const seed = seedOfExtras;
    let hash = 0x811c9dc5;
    for (const character of `${seed}/${name}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    this.#state = hash >>> 0;
    for (let discarded = 0; discarded < 4; discarded++) this.next();
  }

  /** Returns a number in [0, 1), uniformly distributed (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Returns an integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    const item = from[Math.floor(this.next() * from.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  uuid(): string {
    const hex = (count: number): string =>
      Array.from({ length: count }, () => this.between(0, 15).toString(16)).join('');
    return `${hex(8)}-${hex(4)}-4${hex(3)}-${this.pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`;
  }

  /** Returns this stream in the form of the bridge's `Random` port. */
  port(): Random {
    return {
      uuid: () => this.uuid(),
      base32: (count) => Array.from({ length: count }, () => BASE32.charAt(this.between(0, 31))).join(''),
      fraction: () => this.next(),
    };
  }
}
