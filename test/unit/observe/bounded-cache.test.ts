import { describe, expect, it } from 'vitest';
import { createBoundedCache } from '../../../src/observe/bounded-cache.js';

describe('a bounded cache', () => {
  it('evicts the entry that was not used for longest when it is full', () => {
    const cache = createBoundedCache<number>(2);
    cache.set('a', 1).set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect([...cache.keys()].toSorted()).toEqual(['a', 'c']);
  });

  it('forgets an entry after its time to live', () => {
    let now = 1;
    const cache = createBoundedCache<number>(2, { ttl: 1000, ttlResolution: 0, perf: { now: () => now } });
    cache.set('a', 1);
    now = 1000;
    expect(cache.has('a')).toBe(true);
    now = 1002;
    expect(cache.has('a')).toBe(false);
  });

  it('takes no memory for entries that it does not have', () => {
    const cache = createBoundedCache<number>(10_000_000);
    cache.set('a', 1);
    expect(cache.dump()).toHaveLength(1);
    expect(cache.max).toBe(0);
  });
});
