/** Limits the requests of each subscriber or address with a token bucket: a burst passes, a lasting flood does not. */
import type { Clock } from '../../ports/runtime.js';
import { createBoundedCache } from '../../observe/bounded-cache.js';

/** Maximum number of buckets in memory. A subscriber whose bucket is evicted gets a full one again. */
const MAX_BUCKETS = 10_000;

interface Bucket {
  tokens: number;
  /** Epoch ms of the last refill. */
  refilledAt: number;
}

export class RateLimiter {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #limitPerMinute: () => number;
  readonly #buckets = createBoundedCache<Bucket>(MAX_BUCKETS);

  /**
   * @param perMinute Requests allowed per minute to each subscriber or address, or a function that returns the number; 0
   *                  means no limit.
   */
  constructor(clock: Pick<Clock, 'now'>, perMinute: number | (() => number)) {
    this.#clock = clock;
    this.#limitPerMinute = typeof perMinute === 'number' ? () => perMinute : perMinute;
  }

  get #perMinute(): number {
    return this.#limitPerMinute();
  }

  /** Takes one token from the subscriber's bucket; false if the bucket is empty. */
  admit(subscriberId: string): boolean {
    if (this.#perMinute <= 0) return true;
    const bucket = this.#refilled(subscriberId);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Whether the next request would be refused; takes no token. */
  isExhausted(subscriberId: string): boolean {
    return this.#perMinute > 0 && this.#buckets.has(subscriberId) && this.#refilled(subscriberId).tokens < 1;
  }

  /** Gives back the token of a request that turned out to be a repeat. */
  refund(subscriberId: string): void {
    const bucket = this.#buckets.peek(subscriberId);
    if (bucket) bucket.tokens = Math.min(this.#perMinute, bucket.tokens + 1);
  }

  #refilled(subscriberId: string): Bucket {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(subscriberId) ?? { tokens: this.#perMinute, refilledAt: now };
    const refill = (Math.max(0, now - bucket.refilledAt) * this.#perMinute) / 60_000;
    bucket.tokens = Math.min(this.#perMinute, bucket.tokens + refill);
    bucket.refilledAt = now;
    this.#buckets.set(subscriberId, bucket);
    return bucket;
  }
}
