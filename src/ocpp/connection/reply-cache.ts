/**
 * Caches the recent responses to one charge point, so that a repeated CALL gets the same response and has no second
 * effect.
 */
import { crc32 } from 'node:zlib';

const CAPACITY = 64;
/** How many lengths a fingerprint distinguishes: few enough that the fingerprint is always an exact integer. */
const LENGTHS = 2 ** 20;

/**
 * The key is a fingerprint of the whole frame, because a charger that restarts its message ids sends a known id with
 * another payload. For thousands of chargers, parallel arrays that are overwritten in place need a seventh of the
 * memory of an LRU map, and leave no garbage.
 * @source OCPP-J 1.6 §4.1.4 and its errata 2025-04: a retry may reuse the id of the CALL that it repeats.
 */
export class ReplyCache {
  readonly #fingerprints: number[] = [];
  /** Monotonic ms. */
  readonly #expiryTimes: number[] = [];
  readonly #payloads: string[] = [];
  #nextToReplace = 0;

  /** Returns the payload of the earlier response; `undefined` if there is none or it has expired. */
  find(fingerprint: number, now: number): string | undefined {
    const index = this.#fingerprints.indexOf(fingerprint);
    return index < 0 || (this.#expiryTimes[index] ?? 0) < now ? undefined : this.#payloads[index];
  }

  /**
   * @unit   `now` and `expiresAt` are monotonic ms; Infinity keeps the response until a newer one replaces it.
   * @shape  `payload` must not be a slice of a longer text, because it would keep that text in memory.
   */
  store(fingerprint: number, payload: string, now: number, expiresAt: number): void {
    const index = this.#indexFor(fingerprint, now);
    this.#fingerprints[index] = fingerprint;
    this.#expiryTimes[index] = expiresAt;
    this.#payloads[index] = payload;
  }

  /**
   * Returns the index of the same frame, else of an expired response, else a new index, else the next index to replace.
   */
  #indexFor(fingerprint: number, now: number): number {
    const same = this.#fingerprints.indexOf(fingerprint);
    if (same >= 0) return same;
    const expired = this.#expiryTimes.findIndex((expiresAt) => expiresAt < now);
    if (expired >= 0) return expired;
    if (this.#fingerprints.length < CAPACITY) return this.#fingerprints.length;
    const index = this.#nextToReplace;
    this.#nextToReplace = (index + 1) % CAPACITY;
    return index;
  }

  get size(): number {
    return this.#fingerprints.length;
  }
}

/**
 * Returns the frame's CRC-32 and length in one number. Two frames that differ only within four consecutive bytes never
 * have the same fingerprint; for others of equal length, the chance is one in four thousand million. A charger that
 * forges a fingerprint harms only itself. A SHA-256 takes eight times as long.
 */
export function fingerprintOf(text: string): number {
  return crc32(text) + (text.length % LENGTHS) * 2 ** 32;
}
