/** Caches records by subscriber and key id, and stores them so that they survive a restart. */
import { createBoundedCache } from '../../observe/bounded-cache.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { decodeEntry, encodeEntry, entryKey, storageName, storagePrefix, type StoredEntry } from './key-storage.js';
import type { RegistryRecord } from './registry.js';

export interface CacheEntry {
  readonly records: readonly RegistryRecord[];
  readonly fetchedAt: number;
  /** Epoch ms after which the registry is queried again. */
  freshUntil: number;
  /** Monotonic ms until which a busy registry is not queried for this entry again. */
  busyUntil?: number;
}

export interface KeyCacheDeps {
  readonly values: ValueStore;
  readonly clock: Clock;
  readonly events?: Events;
  /** Name of the network that the registry belongs to. */
  readonly network: string;
}

/** More than the number of buyer apps in a network. */
export const MAX_ENTRIES = 5_000;

export class KeyCache {
  readonly #deps: KeyCacheDeps;
  readonly #ttlMs: number;
  readonly #prefix: string;
  readonly #entries = createBoundedCache<CacheEntry>(MAX_ENTRIES);
  /** The cache key of each subscriber's most recently cached entry. */
  readonly #newestKeys = createBoundedCache<string>(MAX_ENTRIES);

  constructor(deps: KeyCacheDeps, ttlMs: number) {
    this.#deps = deps;
    this.#ttlMs = ttlMs;
    this.#prefix = storagePrefix(deps.network);
  }

  /** Loads the records that were stored before the restart. */
  async load(): Promise<void> {
    for (const { value } of await this.#deps.values.values(this.#prefix)) {
      const stored = decodeEntry(value);
      if (stored) this.add(stored);
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): CacheEntry | undefined {
    return this.#entries.get(key);
  }

  newestKey(subscriberId: string): string | undefined {
    return this.#newestKeys.get(subscriberId);
  }

  /** Checks whether an entry may be used without a lookup. One from the future may not: the clock has been set back. */
  isFresh(entry: CacheEntry | undefined): boolean {
    const now = this.#deps.clock.now();
    return entry !== undefined && now < entry.freshUntil && now >= entry.fetchedAt;
  }

  add({ subscriberId, keyId, records, fetchedAt }: StoredEntry): CacheEntry {
    const key = entryKey(subscriberId, keyId);
    const ends = records.map(({ validUntil = Infinity }) => validUntil).filter((end) => end > fetchedAt);
    const freshMs = Math.min(this.#ttlMs, ...records.map((record) => record.freshMs ?? Infinity));
    const entry = { records, fetchedAt, freshUntil: Math.min(fetchedAt + freshMs, ...ends) };
    this.#entries.set(key, entry);
    this.#newestKeys.set(subscriberId, key);
    return entry;
  }

  /** Adds a key from the list of its subscriber's keys. @returns `undefined` unless a fresh list has the key. */
  addFromList(subscriberId: string, keyId: string | undefined): CacheEntry | undefined {
    const list = this.#entries.get(entryKey(subscriberId, undefined));
    if (!list || keyId === undefined || !this.isFresh(list)) return undefined;
    const records = list.records.filter((record) => record.keyId === keyId);
    return records.length > 0 ? this.add({ subscriberId, keyId, records, fetchedAt: list.fetchedAt }) : undefined;
  }

  /**
   * Removes a key that the registry does not have, and the list of its subscriber's keys if the list contains it. Empty
   * entries are saved in their place, so that a revoked key does not come back after a restart.
   */
  removeRevoked(subscriberId: string, keyId: string | undefined, fetchedAt: number): void {
    for (const id of [keyId, undefined]) {
      const entry = this.#entries.get(entryKey(subscriberId, id));
      if (!entry?.records.some((record) => keyId === undefined || record.keyId === keyId)) continue;
      this.save({ subscriberId, keyId: id, records: [], fetchedAt });
      this.evict(subscriberId, id);
    }
  }

  evict(subscriberId: string, keyId: string | undefined): void {
    const key = entryKey(subscriberId, keyId);
    this.#entries.delete(key);
    if (this.#newestKeys.get(subscriberId) === key) this.#newestKeys.delete(subscriberId);
  }

  save(entry: StoredEntry): void {
    const { values, events } = this.#deps;
    const name = storageName(this.#prefix, entryKey(entry.subscriberId, entry.keyId));
    values.putValue(name, encodeEntry(entry)).catch((error: unknown) => {
      events?.emit('store.failed', { subject: 'registry keys', reason: String(error) });
    });
  }
}
