/** Failed handshakes per key in a sliding minute: guessing gets slow, and forgetting is automatic. */
import { LRUCache } from 'lru-cache';
import ipaddr from 'ipaddr.js';
import type { Clock } from '../../ports/runtime.js';

const WINDOW_MS = 60_000;

interface WindowCount {
  /** Epoch ms. */
  readonly startedAt: number;
  readonly failures: number;
  readonly previousFailures: number;
}

export class FailureThrottle {
  private readonly counts = new LRUCache<string, WindowCount>({ max: 10_000 });

  constructor(private readonly clock: Clock) {}

  /** True when `key` failed at least `limit` times in the last minute. */
  isExceeded(key: string, limit: number): boolean {
    const now = this.clock.now();
    const count = this.currentWindow(key, now);
    // The minute before still counts for the part of it that the window covers.
    const share = 1 - (now - count.startedAt) / WINDOW_MS;
    return count.failures + count.previousFailures * share >= limit;
  }

  recordFailure(key: string): void {
    const count = this.currentWindow(key, this.clock.now());
    this.counts.set(key, { ...count, failures: count.failures + 1 });
  }

  private currentWindow(key: string, now: number): WindowCount {
    const count = this.counts.get(key);
    if (!count || now - count.startedAt >= 2 * WINDOW_MS) return { startedAt: now, failures: 0, previousFailures: 0 };
    if (now - count.startedAt < WINDOW_MS) return count;
    return { startedAt: count.startedAt + WINDOW_MS, failures: 0, previousFailures: count.failures };
  }
}

/** The network an address is counted by: /24 of IPv4, /64 of IPv6. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed
    .toByteArray()
    .slice(0, parsed.kind() === 'ipv4' ? 3 : 8)
    .join('.');
}
