/** Creates caches with a bounded number of entries. */
import { LRUCache } from 'lru-cache';

/**
 * Creates a cache that evicts its least recently used entry when it would have more than `maxEntries`. It sets
 * `maxSize`, because with `max` the cache would allocate its internal arrays in advance.
 */
export function createBoundedCache<V extends NonNullable<unknown>>(
  maxEntries: number,
  options: Pick<
    LRUCache.Options<string, V, unknown>,
    'ttl' | 'ttlResolution' | 'noUpdateTTL' | 'perf' | 'dispose'
  > = {},
): LRUCache<string, V> {
  return new LRUCache<string, V>({ ...options, maxSize: maxEntries, sizeCalculation: () => 1 });
}
