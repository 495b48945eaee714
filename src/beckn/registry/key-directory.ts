/**
 * Caches peers' registry records. The cache keeps lookups rare, lets known peers be verified during an outage of the
 * registry, and limits the lookups that forged signatures can cause.
 */
import { LRUCache } from 'lru-cache';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { decodeEntry, storageName, storagePrefix, encodeEntry, type StoredEntry } from './key-storage.js';
import { selectRecord, type RecordFound, type LookupFailure, type SubscriberRole } from './select-record.js';
import type { RegistryRecord, RegistrySource } from './registry.js';

export type LookupResult = RecordFound | LookupFailure;

export interface KeyQuery {
  readonly subscriberId: string;
  readonly keyId: string;
  readonly role: SubscriberRole;
}

export interface KeyDirectoryDeps {
  readonly source: RegistrySource;
  readonly values: ValueStore;
  readonly clock: Clock;
  readonly events?: Events;
  /** Name of the network that the registry belongs to. */
  readonly network: string;
  /** Records of other domains are refused; an empty or absent list accepts every domain. */
  readonly domains?: readonly string[];
  readonly positiveTtlMs?: number;
  readonly negativeTtlMs?: number;
  /** How long after it was fetched a record may be used during an outage of the registry. */
  readonly staleTtlMs?: number;
  readonly minRefreshIntervalMs?: number;
  /** Maximum number of lookups at once. Beyond it, a peer without a usable record gets a failure and has to retry. */
  readonly maxLookups?: number;
}

interface CacheEntry {
  readonly records: readonly RegistryRecord[];
  readonly fetchedAt: number;
  /** Epoch ms after which the registry is asked again. */
  freshUntil: number;
}

/** More than a network has buyer apps. Each cache allocates all its slots at the start, so the number is not larger. */
const MAX_ENTRIES = 5_000;
const REGISTRY_UNAVAILABLE: LookupFailure = {
  problem: 'unavailable',
  detail: 'the registry cannot be asked at the moment',
};
/** Short, so that a new peer is accepted soon after the registry has come back. */
const UNAVAILABLE_TTL_MS = 5000;

export class KeyDirectory {
  readonly #deps: KeyDirectoryDeps;
  readonly #positiveTtlMs: number;
  readonly #negativeTtlMs: number;
  readonly #staleTtlMs: number;
  readonly #prefix: string;
  readonly #entries = new LRUCache<string, CacheEntry>({ max: MAX_ENTRIES });
  /** Separate from `#entries`, so that a flood of invented names evicts no known peer. */
  readonly #failures = new LRUCache<string, { readonly until: number; readonly failure: LookupFailure }>({
    max: MAX_ENTRIES,
  });
  /** Epoch ms of the last lookup of each key. */
  readonly #lookedUpAt = new LRUCache<string, number>({ max: MAX_ENTRIES });
  /** The key of each subscriber's most recently cached entry. */
  readonly #newestKeys = new LRUCache<string, string>({ max: MAX_ENTRIES });
  readonly #runningLookups = new Map<string, Promise<LookupFailure | undefined>>();
  #lastResponseAt: number | undefined;
  #lastFault: string | undefined;

  constructor(deps: KeyDirectoryDeps) {
    this.#deps = deps;
    const { maxAgeMs = Infinity } = deps.source;
    this.#positiveTtlMs = Math.min(deps.positiveTtlMs ?? 600_000, maxAgeMs);
    this.#negativeTtlMs = Math.min(deps.negativeTtlMs ?? 30_000, maxAgeMs);
    this.#staleTtlMs = deps.staleTtlMs ?? 86_400_000;
    this.#prefix = storagePrefix(deps.network);
  }

  /** Loads the records that were stored before the restart. */
  async start(): Promise<void> {
    for (const { value } of await this.#deps.values.values(this.#prefix)) {
      const stored = decodeEntry(value);
      if (stored) this.#cacheRecords(entryKey(stored.subscriberId, stored.keyId), stored);
    }
  }

  /** Finds the record of a key; returns it without a promise if it is cached. Never rejects. */
  findKey({ subscriberId, keyId, role }: KeyQuery): LookupResult | Promise<LookupResult> {
    return this.#lookUp(subscriberId, keyId, role);
  }

  /** Finds any valid record of a participant, for the address of its callbacks. Never rejects. */
  findRecord(subscriberId: string, role: SubscriberRole = 'BAP'): LookupResult | Promise<LookupResult> {
    const key = this.#newestKeys.get(subscriberId);
    if (key !== undefined && this.#isFresh(this.#entries.get(key))) {
      const result = this.#selectFromCache(key, role);
      if (!('problem' in result)) return result;
    }
    return this.#lookUp(subscriberId, this.#newestKeyId(subscriberId), role);
  }

  /**
   * Asks the registry again because the cached records seem outdated; for each key at most once per
   * `minRefreshIntervalMs`, so that forged signatures cause few lookups.
   * @returns True if the registry returned records.
   */
  async refresh(subscriberId: string, keyId = this.#newestKeyId(subscriberId)): Promise<boolean> {
    const { clock, minRefreshIntervalMs = 30_000 } = this.#deps;
    const key = entryKey(subscriberId, keyId);
    const last = this.#lookedUpAt.get(key);
    if (last !== undefined && clock.now() - last < minRefreshIntervalMs) return false;
    const before = this.#entries.get(key);
    const failure = await this.#fetchRecords(subscriberId, keyId);
    return failure === undefined && this.#entries.get(key) !== before;
  }

  /** State of the cache and of the last lookups, for health pages. */
  status(): { readonly cachedKeys: number; readonly lastResponseAt?: number; readonly lastFault?: string } {
    return {
      cachedKeys: this.#entries.size,
      ...(this.#lastResponseAt !== undefined && { lastResponseAt: this.#lastResponseAt }),
      ...(this.#lastFault !== undefined && { lastFault: this.#lastFault }),
    };
  }

  #lookUp(subscriberId: string, keyId: string | undefined, role: SubscriberRole): LookupResult | Promise<LookupResult> {
    const key = entryKey(subscriberId, keyId);
    const entry = this.#entries.get(key);
    if (this.#isFresh(entry)) return this.#selectFromCache(key, role);
    const recent = this.#failures.get(key);
    if (!entry && recent && this.#deps.clock.now() < recent.until) return recent.failure;
    return this.#fetchRecords(subscriberId, keyId).then((failure) => failure ?? this.#selectFromCache(key, role));
  }

  /** An entry from the future is not fresh, because the clock has been set back since. */
  #isFresh(entry: CacheEntry | undefined): boolean {
    const now = this.#deps.clock.now();
    return entry !== undefined && now < entry.freshUntil && now >= entry.fetchedAt;
  }

  #isUsableWithoutRegistry(entry: CacheEntry | undefined): boolean {
    return entry !== undefined && this.#deps.clock.now() < entry.fetchedAt + this.#staleTtlMs;
  }

  #selectFromCache(key: string, role: SubscriberRole): LookupResult {
    const entry = this.#entries.get(key);
    if (!entry) return REGISTRY_UNAVAILABLE;
    return selectRecord(entry.records, role, this.#deps.clock.now(), this.#deps.domains);
  }

  /**
   * Starts a lookup, or joins one that is running for the same key.
   * @returns Why there are no usable records; `undefined` if there are.
   */
  #fetchRecords(subscriberId: string, keyId: string | undefined): Promise<LookupFailure | undefined> {
    const key = entryKey(subscriberId, keyId);
    const running = this.#runningLookups.get(key);
    if (running) return running;
    if (this.#runningLookups.size >= (this.#deps.maxLookups ?? 64)) {
      const isUsable = this.#isUsableWithoutRegistry(this.#entries.get(key));
      return Promise.resolve(isUsable ? undefined : REGISTRY_UNAVAILABLE);
    }
    const lookup = this.#queryRegistry(key, subscriberId, keyId).finally(() => this.#runningLookups.delete(key));
    this.#runningLookups.set(key, lookup);
    return lookup;
  }

  async #queryRegistry(
    key: string,
    subscriberId: string,
    keyId: string | undefined,
  ): Promise<LookupFailure | undefined> {
    const { source, clock, events } = this.#deps;
    this.#lookedUpAt.set(key, clock.now());
    try {
      const all = await source.lookup(keyId === undefined ? { subscriberId } : { subscriberId, keyId });
      const fetchedAt = clock.now();
      this.#lastResponseAt = fetchedAt;
      this.#lastFault = undefined;
      const records = all.filter(
        (record) => record.subscriberId === subscriberId && (keyId === undefined || record.keyId === keyId),
      );
      const entry = { subscriberId, keyId, records, fetchedAt };
      if (records.length > 0) {
        this.#cacheRecords(key, entry);
        this.#saveEntry(key, entry);
        return undefined;
      }
      // The empty entry is saved, so that a revoked key does not come back after a restart.
      if (this.#entries.has(key)) this.#saveEntry(key, entry);
      this.#evict(key, subscriberId);
      const suffix = keyId === undefined ? '' : ` with the key id ${keyId}`;
      const detail = `the registry has no record of ${subscriberId}${suffix}`;
      return this.#cacheFailure(key, { problem: 'unknown', detail }, this.#negativeTtlMs);
    } catch (error) {
      this.#lastFault = error instanceof Error ? error.message : String(error);
      events?.emit('registry.failed', { subscriberId, reason: this.#lastFault });
      return this.#useStale(key, subscriberId);
    }
  }

  /** During an outage of the registry, known records stay usable for `staleTtlMs`, and unknown peers have to retry. */
  #useStale(key: string, subscriberId: string): LookupFailure | undefined {
    const { clock, events } = this.#deps;
    const now = clock.now();
    const entry = this.#entries.get(key);
    if (entry && this.#isUsableWithoutRegistry(entry)) {
      entry.freshUntil = Math.min(now + this.#negativeTtlMs, entry.fetchedAt + this.#staleTtlMs);
      events?.emit('registry.stale', { subscriberId, ageS: Math.round((now - entry.fetchedAt) / 1000) });
      return undefined;
    }
    if (entry) this.#evict(key, subscriberId);
    return this.#cacheFailure(key, REGISTRY_UNAVAILABLE, UNAVAILABLE_TTL_MS);
  }

  #cacheRecords(key: string, { subscriberId, records, fetchedAt }: StoredEntry): void {
    const ends = records.map(({ validUntil = Infinity }) => validUntil).filter((end) => end > fetchedAt);
    const freshMs = Math.min(this.#positiveTtlMs, ...records.map((record) => record.freshMs ?? Infinity));
    this.#entries.set(key, { records, fetchedAt, freshUntil: Math.min(fetchedAt + freshMs, ...ends) });
    this.#newestKeys.set(subscriberId, key);
    this.#failures.delete(key);
  }

  #cacheFailure(key: string, failure: LookupFailure, ms: number): LookupFailure {
    this.#failures.set(key, { until: this.#deps.clock.now() + ms, failure });
    return failure;
  }

  #evict(key: string, subscriberId: string): void {
    this.#entries.delete(key);
    if (this.#newestKeys.get(subscriberId) === key) this.#newestKeys.delete(subscriberId);
  }

  #saveEntry(key: string, entry: StoredEntry): void {
    const { values, events } = this.#deps;
    values.putValue(storageName(this.#prefix, key), encodeEntry(entry)).catch((error: unknown) => {
      events?.emit('store.failed', { subject: 'registry keys', reason: String(error) });
    });
  }

  /** Returns the key id for lookups without one, if the registry requires a key id. */
  #newestKeyId(subscriberId: string): string | undefined {
    const key = this.#deps.source.requiresKeyId ? this.#newestKeys.get(subscriberId) : undefined;
    return key === undefined ? undefined : keyIdOfEntry(key);
  }
}

/** Builds a key as a JSON pair, so that no subscriber id can imitate the key of another entry. */
function entryKey(subscriberId: string, keyId: string | undefined): string {
  return JSON.stringify([subscriberId, keyId ?? null]);
}

function keyIdOfEntry(key: string): string | undefined {
  const [, keyId] = JSON.parse(key) as readonly [string, string | null];
  return keyId ?? undefined;
}
