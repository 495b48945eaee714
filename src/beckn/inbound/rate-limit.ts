/** How many requests one buyer app may send: a bucket each, refilled evenly, so that a burst is free and a flood is not. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../ports/runtime.js';

/** Buckets remembered; the least recently used is forgotten, which is kind to it. */
const MAX_BUCKETS = 10_000;

interface Bucket {
  tokens: number;
  /** Epoch ms of the last refill. */
  refilledAt: number;
}

/** @unit `perMinute`: requests; 0 is no limit. True when this request may pass. */
export function createRateLimit(clock: Clock, perMinute: number): (subscriberId: string) => boolean {
  const buckets = new LRUCache<string, Bucket>({ max: MAX_BUCKETS });
  return (subscriberId) => {
    if (perMinute <= 0) return true;
    const now = clock.now();
    const bucket = buckets.get(subscriberId) ?? { tokens: perMinute, refilledAt: now };
    bucket.tokens = Math.min(perMinute, bucket.tokens + (Math.max(0, now - bucket.refilledAt) * perMinute) / 60_000);
    bucket.refilledAt = now;
    buckets.set(subscriberId, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  };
}
