/** Creates caches of a bounded number of entries. */
import { LRUCache } from 'lru-cache';

/**
 * A cache that evicts its least recently used entry when it would have more than `maxEntries`. Its lists grow with it:
 * with the option `max` they would all be allocated at the start.
 */
export function createBoundedCache<V extends NonNullable<unknown>>(
  maxEntries: number,
  options: Pick<LRUCache.Options<string, V, unknown>, 'ttl' | 'ttlResolution' | 'perf'> = {},
): LRUCache<string, V> {
  return new LRUCache<string, V>({ ...options, maxSize: maxEntries, sizeCalculation: () => 1 });
}
