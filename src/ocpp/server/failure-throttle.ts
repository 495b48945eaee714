/** Counts the failed handshakes per minute of networks and identities, to slow down the guessing of credentials. */
import ipaddr from 'ipaddr.js';
import type { LRUCache } from 'lru-cache';
import { createBoundedCache } from '../../observe/bounded-cache.js';
import type { Clock } from '../../ports/runtime.js';

const WINDOW_MS = 60_000;
const MAX_KEYS = 10_000;

export class FailureThrottle {
  readonly #failures: LRUCache<string, number>;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    // A window begins with a key's first failure. With `ttlResolution: 0`, the cache asks the clock each time.
    // To the cache, a time of 0 means none, so 1 is added.
    this.#failures = createBoundedCache(MAX_KEYS, {
      ttl: WINDOW_MS,
      ttlResolution: 0,
      noUpdateTTL: true,
      perf: { now: () => clock.monotonic() + 1 },
    });
  }

  /** Returns whether at least `limit` failures have been recorded for `key` in its current minute. */
  isExceeded(key: string, limit: number): boolean {
    return (this.#failures.get(key) ?? 0) >= limit;
  }

  recordFailure(key: string): void {
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }
}

/** Returns the network to which an address belongs: /24 for IPv4, /64 for IPv6. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed
    .toByteArray()
    .slice(0, parsed.kind() === 'ipv4' ? 3 : 8)
    .join('.');
}
