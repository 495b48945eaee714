/** Failed handshakes per key and minute, so that guessing is slow. */
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../ports/runtime.js';

const WINDOW_MS = 60_000;
const MAX_KEYS = 10_000;

export class FailureThrottle {
  readonly #failures: LRUCache<string, number>;

  constructor(clock: Pick<Clock, 'now'>) {
    // A window begins with the first failure of a key. Resolution 0: the cache asks the clock each time.
    this.#failures = new LRUCache({ max: MAX_KEYS, ttl: WINDOW_MS, ttlResolution: 0, noUpdateTTL: true, perf: clock });
  }

  /** Whether `key` has failed at least `limit` times in its current minute. */
  isExceeded(key: string, limit: number): boolean {
    return (this.#failures.get(key) ?? 0) >= limit;
  }

  recordFailure(key: string): void {
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }
}

/** The network that an address is counted under: /24 of IPv4, /64 of IPv6. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed
    .toByteArray()
    .slice(0, parsed.kind() === 'ipv4' ? 3 : 8)
    .join('.');
}
