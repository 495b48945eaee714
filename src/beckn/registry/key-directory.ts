/** Peers' keys, kept: few lookups, known peers verifiable while the registry is away, forged traffic bounded. */
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

export interface KeyDirectory {
  /** Loads what was known before the restart. */
  start(): Promise<void>;
  /** A plain value when the cache can tell. Never rejects. */
  findKey(query: KeyQuery): LookupResult | Promise<LookupResult>;
  /** Any sound record of a participant: where its callbacks go. Never rejects. */
  findRecord(subscriberId: string, role?: SubscriberRole): LookupResult | Promise<LookupResult>;
  /**
   * Asks the registry again because the cached answer seems outdated; at most once per key and `refreshGapMs`, so
   * that forged signatures buy no lookups. True when a fresh answer came.
   */
  refresh(subscriberId: string, keyId?: string): Promise<boolean>;
  /** For health pages. */
  status(): { readonly cachedKeys: number; readonly lastResponseAt?: number; readonly lastFault?: string };
}

export interface KeyDirectoryOptions {
  readonly source: RegistrySource;
  readonly values: ValueStore;
  readonly clock: Clock;
  readonly events?: Events;
  /** Whose registry it is; absent for the first network. */
  readonly network?: string;
  /** When given, a record of another domain does not count. */
  readonly domains?: readonly string[];
  readonly positiveTtlMs?: number;
  readonly negativeTtlMs?: number;
  /** How long an answer outlives a registry that is away. */
  readonly staleTtlMs?: number;
  readonly minRefreshIntervalMs?: number;
  /** Lookups under way at once; a flood of unknown names waits for its repeat instead. */
  readonly maxLookups?: number;
}

interface CacheEntry {
  readonly records: readonly RegistryRecord[];
  readonly fetchedAt: number;
  /** Ask the registry again from here on. */
  freshUntil: number;
}

/** More subscribers than a network has buyer apps; their places are taken in advance, which costs the start. */
const MAX_ENTRIES = 5_000;
const REGISTRY_UNAVAILABLE: LookupFailure = {
  problem: 'unavailable',
  detail: 'the registry cannot be asked at the moment',
};
/** Short: a newcomer should not wait long after the registry has come back. */
const UNAVAILABLE_TTL_MS = 5000;

export function createKeyDirectory(options: KeyDirectoryOptions): KeyDirectory {
  const { source, values, clock, events } = options;
  const positiveMs = Math.min(options.positiveTtlMs ?? 600_000, source.maxAgeMs ?? Infinity);
  const negativeMs = Math.min(options.negativeTtlMs ?? 30_000, source.maxAgeMs ?? Infinity);
  const staleMs = options.staleTtlMs ?? 86_400_000;
  const refreshGapMs = options.minRefreshIntervalMs ?? 30_000;
  const maxLookups = options.maxLookups ?? 64;
  const prefix = storagePrefix(options.network);

  const entries = new LRUCache<string, CacheEntry>({ max: MAX_ENTRIES });
  /** Apart from the entries, so that a flood of invented names pushes no known peer out. */
  const misses = new LRUCache<string, { readonly until: number; readonly verdict: LookupFailure }>({
    max: MAX_ENTRIES,
  });
  const askedAt = new LRUCache<string, number>({ max: MAX_ENTRIES });
  const newest = new LRUCache<string, string>({ max: MAX_ENTRIES });
  const underWay = new Map<string, Promise<LookupFailure | undefined>>();
  let lastAnswerAt: number | undefined;
  let lastFault: string | undefined;

  function cacheRecords(
    key: string,
    subscriberId: string,
    records: readonly RegistryRecord[],
    fetchedAt: number,
  ): void {
    const ends = records.map((record) => record.validUntil ?? Infinity).filter((end) => end > fetchedAt);
    const freshMs = Math.min(positiveMs, ...records.map((record) => record.freshMs ?? Infinity));
    entries.set(key, { records, fetchedAt, freshUntil: Math.min(fetchedAt + freshMs, ...ends) });
    newest.set(subscriberId, key);
    misses.delete(key);
  }

  function evict(key: string, subscriberId: string): void {
    entries.delete(key);
    if (newest.get(subscriberId) === key) newest.delete(subscriberId);
  }

  function persistEntry(key: string, entry: StoredEntry): void {
    values.putValue(storageName(prefix, key), encodeEntry(entry)).catch((error: unknown) => {
      events?.emit('store.failed', { subject: 'registry keys', reason: String(error) });
    });
  }

  function cacheFailure(key: string, verdict: LookupFailure, ms: number): LookupFailure {
    misses.set(key, { until: clock.now() + ms, verdict });
    return verdict;
  }

  /** Asks the registry once for all who wait. Resolves to the verdict when there is nothing to choose from. */
  function fetchRecords(subscriberId: string, keyId: string | undefined): Promise<LookupFailure | undefined> {
    const key = entryKey(subscriberId, keyId);
    const running = underWay.get(key);
    if (running) return running;
    if (underWay.size >= maxLookups)
      return Promise.resolve(isUsableWithoutRegistry(entries.get(key)) ? undefined : REGISTRY_UNAVAILABLE);
    const work = queryRegistry(key, subscriberId, keyId).finally(() => underWay.delete(key));
    underWay.set(key, work);
    return work;
  }

  async function queryRegistry(
    key: string,
    subscriberId: string,
    keyId: string | undefined,
  ): Promise<LookupFailure | undefined> {
    askedAt.set(key, clock.now());
    try {
      const all = await source.lookup(keyId === undefined ? { subscriberId } : { subscriberId, keyId });
      const now = clock.now();
      lastAnswerAt = now;
      lastFault = undefined;
      const records = all.filter(
        (record) => record.subscriberId === subscriberId && (keyId === undefined || record.keyId === keyId),
      );
      if (records.length > 0) {
        cacheRecords(key, subscriberId, records, now);
        persistEntry(key, { subscriberId, keyId, records, fetchedAt: now });
        return undefined;
      }
      // A key that was revoked must not come back with the next restart.
      if (entries.has(key)) persistEntry(key, { subscriberId, keyId, records: [], fetchedAt: now });
      evict(key, subscriberId);
      const what = keyId === undefined ? '' : ` with the key id ${keyId}`;
      return cacheFailure(
        key,
        { problem: 'unknown', detail: `the registry knows no ${subscriberId}${what}` },
        negativeMs,
      );
    } catch (error) {
      lastFault = error instanceof Error ? error.message : String(error);
      events?.emit('registry.failed', { subscriberId, reason: lastFault });
      return serveStale(key, subscriberId);
    }
  }

  /** The registry is away: what was known serves on for a while, an unknown signer has to come again. */
  function serveStale(key: string, subscriberId: string): LookupFailure | undefined {
    const now = clock.now();
    const entry = entries.get(key);
    if (entry && isUsableWithoutRegistry(entry)) {
      entry.freshUntil = Math.min(now + negativeMs, entry.fetchedAt + staleMs);
      events?.emit('registry.stale', { subscriberId, ageS: Math.round((now - entry.fetchedAt) / 1000) });
      return undefined;
    }
    if (entry) evict(key, subscriberId);
    return cacheFailure(key, REGISTRY_UNAVAILABLE, UNAVAILABLE_TTL_MS);
  }

  function isUsableWithoutRegistry(entry: CacheEntry | undefined): boolean {
    return entry !== undefined && clock.now() < entry.fetchedAt + staleMs;
  }

  function selectFromCache(key: string, role: SubscriberRole): LookupResult {
    const entry = entries.get(key);
    if (!entry) return REGISTRY_UNAVAILABLE;
    return selectRecord(entry.records, role, clock.now(), options.domains);
  }

  function lookUp(
    subscriberId: string,
    keyId: string | undefined,
    role: SubscriberRole,
  ): LookupResult | Promise<LookupResult> {
    const key = entryKey(subscriberId, keyId);
    const now = clock.now();
    const entry = entries.get(key);
    // An answer from the future (the clock was set back) is as good as none.
    if (entry && now < entry.freshUntil && now >= entry.fetchedAt) return selectFromCache(key, role);
    const known = misses.get(key);
    if (!entry && known && now < known.until) return known.verdict;
    return fetchRecords(subscriberId, keyId).then((verdict) => verdict ?? selectFromCache(key, role));
  }

  /** The key that a participant is asked for by when nobody has named one. */
  function lastKnownKeyId(subscriberId: string): string | undefined {
    const key = source.requiresKeyId ? newest.get(subscriberId) : undefined;
    return key === undefined ? undefined : keyIdOfEntry(key);
  }

  return {
    async start() {
      for (const { value } of await values.values(prefix)) {
        const stored = decodeEntry(value);
        if (!stored) continue;
        const { subscriberId, keyId } = stored;
        cacheRecords(entryKey(subscriberId, keyId), subscriberId, stored.records, stored.fetchedAt);
      }
    },
    findKey: ({ subscriberId, keyId, role }) => lookUp(subscriberId, keyId, role),
    findRecord(subscriberId, role = 'BAP') {
      const key = newest.get(subscriberId);
      const entry = key === undefined ? undefined : entries.get(key);
      if (key !== undefined && entry && clock.now() < entry.freshUntil && clock.now() >= entry.fetchedAt) {
        const choice = selectFromCache(key, role);
        if (!('problem' in choice)) return choice;
      }
      return lookUp(subscriberId, lastKnownKeyId(subscriberId), role);
    },
    async refresh(subscriberId, named) {
      const keyId = named ?? lastKnownKeyId(subscriberId);
      const key = entryKey(subscriberId, keyId);
      const last = askedAt.get(key);
      if (last !== undefined && clock.now() - last < refreshGapMs) return false;
      const before = entries.get(key);
      const verdict = await fetchRecords(subscriberId, keyId);
      return verdict === undefined && entries.get(key) !== before;
    },
    status: () => ({
      cachedKeys: entries.size,
      ...(lastAnswerAt === undefined ? {} : { lastResponseAt: lastAnswerAt }),
      ...(lastFault === undefined ? {} : { lastFault }),
    }),
  };
}

/** A JSON pair, so that no name can imitate another's key. */
function entryKey(subscriberId: string, keyId: string | undefined): string {
  return JSON.stringify([subscriberId, keyId ?? null]);
}

function keyIdOfEntry(entryKey: string): string | undefined {
  const [, keyId] = JSON.parse(entryKey) as readonly [string, string | null];
  return keyId ?? undefined;
}
