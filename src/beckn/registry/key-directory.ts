/**
 * Caches peers' registry records. The cache keeps lookups rare, lets known peers be verified during an outage of the
 * registry, and limits the lookups that forged signatures can cause.
 */
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { FailedLookups, REGISTRY_BUSY, REGISTRY_UNAVAILABLE } from './failed-lookups.js';
import {
  decodeEntry,
  encodeEntry,
  entryKey,
  keyIdOfEntry,
  storageName,
  storagePrefix,
  type StoredEntry,
} from './key-storage.js';
import { LookupQueue } from './lookup-queue.js';
import { noRecord, selectRecord, type RecordFound, type LookupFailure, type SubscriberRole } from './select-record.js';
import { isAskedFor, isUsable, RegistryFault, type RegistryRecord, type RegistrySource } from './registry.js';
import { createBoundedCache } from '../../observe/bounded-cache.js';

export type LookupResult = RecordFound | LookupFailure;

export interface KeyQuery {
  readonly subscriberId: string;
  readonly keyId: string;
  readonly role: SubscriberRole;
  /** The address that the request came from; lookups are shared fairly among sources. */
  readonly source?: string | undefined;
}

type Lookup = Omit<KeyQuery, 'keyId'> & { readonly keyId: string | undefined };

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
  /** Maximum age at which a record may be used during an outage of the registry. */
  readonly staleTtlMs?: number;
  readonly minRefreshIntervalMs?: number;
  /** Maximum number of lookups at once; further ones wait for a place. */
  readonly maxLookups?: number;
}

interface CacheEntry {
  readonly records: readonly RegistryRecord[];
  readonly fetchedAt: number;
  /** Epoch ms after which the registry is queried again. */
  freshUntil: number;
  /** Monotonic ms until which a busy registry is not queried for this entry again. */
  busyUntil?: number;
}

/** More than the number of buyer apps in a network. */
const MAX_ENTRIES = 5_000;
/** How long an outage is remembered. Short, so that a new peer is accepted soon after the registry has recovered. */
const UNAVAILABLE_TTL_MS = 5000;

export class KeyDirectory {
  readonly #deps: KeyDirectoryDeps;
  readonly #positiveTtlMs: number;
  readonly #negativeTtlMs: number;
  readonly #staleTtlMs: number;
  readonly #prefix: string;
  readonly #entries = createBoundedCache<CacheEntry>(MAX_ENTRIES);
  /** A separate cache, so that a flood of invented names evicts no known peer. */
  readonly #failures: FailedLookups;
  readonly #queue: LookupQueue;
  /** Monotonic ms of the last lookup of each key. */
  readonly #lookedUpAt = createBoundedCache<number>(MAX_ENTRIES);
  /** The key of each subscriber's most recently cached entry. */
  readonly #newestKeys = createBoundedCache<string>(MAX_ENTRIES);
  readonly #runningLookups = new Map<string, Promise<LookupFailure | undefined>>();
  /** Running lookups of keys that are not in the cache, by subscriber. */
  readonly #runningOfSubscriber = new Map<string, Promise<LookupFailure | undefined>>();
  #answers = 0;
  #lastResponseAt: number | undefined;
  #lastFault: string | undefined;

  constructor(deps: KeyDirectoryDeps) {
    this.#deps = deps;
    const { maxAgeMs = Infinity } = deps.source;
    this.#positiveTtlMs = Math.min(deps.positiveTtlMs ?? 600_000, maxAgeMs);
    this.#negativeTtlMs = Math.min(deps.negativeTtlMs ?? 30_000, maxAgeMs);
    this.#staleTtlMs = deps.staleTtlMs ?? 86_400_000;
    this.#prefix = storagePrefix(deps.network);
    this.#failures = new FailedLookups(deps.clock);
    this.#queue = new LookupQueue(deps.clock, deps.maxLookups ?? 64);
  }

  /** Loads the records that were stored before the restart. */
  async start(): Promise<void> {
    for (const { value } of await this.#deps.values.values(this.#prefix)) {
      const stored = decodeEntry(value);
      if (stored) this.#cacheRecords(entryKey(stored.subscriberId, stored.keyId), stored);
    }
  }

  /** Finds the record of a key. Returns a plain value if no lookup is needed. Never rejects. */
  findKey(query: KeyQuery): LookupResult | Promise<LookupResult> {
    return this.#lookUp(query);
  }

  /** Finds any valid record of a participant, for the address of its callbacks. Never rejects. */
  findRecord(subscriberId: string, role: SubscriberRole = 'BAP'): LookupResult | Promise<LookupResult> {
    const key = this.#newestKeys.get(subscriberId);
    if (key !== undefined && this.#isFresh(this.#entries.get(key))) {
      const result = this.#selectFromCache(key, role);
      if (!('problem' in result)) return result;
    }
    return this.#lookUp({ subscriberId, keyId: this.#newestKeyId(subscriberId), role });
  }

  /**
   * Queries the registry again, for callers whose cached record seems outdated. Does nothing if the key was looked up
   * within `minRefreshIntervalMs`, so that forged signatures cause few lookups.
   * @returns True if the registry returned records.
   */
  async refresh(subscriberId: string, keyId = this.#newestKeyId(subscriberId)): Promise<boolean> {
    const { clock, minRefreshIntervalMs = 30_000 } = this.#deps;
    const key = entryKey(subscriberId, keyId);
    const last = this.#lookedUpAt.get(key);
    if (last !== undefined && clock.monotonic() - last < minRefreshIntervalMs) return false;
    const before = this.#entries.get(key);
    const failure = await this.#fetchRecords({ subscriberId, keyId });
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

  #lookUp(query: Lookup): LookupResult | Promise<LookupResult> {
    const { subscriberId, keyId, role } = query;
    const key = entryKey(subscriberId, keyId);
    const entry = this.#entries.get(key);
    if (this.#isFresh(entry)) return this.#selectFromCache(key, role);
    if (entry && this.#deps.clock.monotonic() < (entry.busyUntil ?? -Infinity)) return REGISTRY_BUSY;
    const failure = entry ? undefined : this.#failures.find(subscriberId, keyId);
    if (failure) return failure;
    if (entry || this.#runningLookups.has(key)) return this.#fetchRecords(query).then(this.#orCached(key, role));
    // Lookups of further key ids of the same subscriber wait: the first one may answer for all.
    const running = this.#runningOfSubscriber.get(subscriberId);
    if (running) return running.then(() => this.#lookUp(query));
    const first = this.#fetchUnknown(query).finally(() => this.#runningOfSubscriber.delete(subscriberId));
    this.#runningOfSubscriber.set(subscriberId, first);
    return first.then(this.#orCached(key, role));
  }

  #orCached(key: string, role: SubscriberRole): (failure: LookupFailure | undefined) => LookupResult {
    return (failure) => failure ?? this.#selectFromCache(key, role);
  }

  /** Looks up a key that is not in the cache. If another key of its subscriber was unknown, requests all keys first. */
  async #fetchUnknown(query: Lookup): Promise<LookupFailure | undefined> {
    const { subscriberId, keyId } = query;
    const mayList = keyId !== undefined && !this.#deps.source.requiresKeyId;
    if (!mayList || !this.#failures.shouldListKeys(subscriberId)) return this.#fetchRecords(query);
    const failure = await this.#fetchRecords({ ...query, keyId: undefined });
    if (failure?.problem === 'unavailable') return failure;
    this.#failures.keysListed(subscriberId, failure);
    const list = this.#entries.get(entryKey(subscriberId, undefined));
    const records = list?.records.filter((record) => record.keyId === keyId) ?? [];
    if (!failure && list && records.length > 0) {
      this.#cacheRecords(entryKey(subscriberId, keyId), { ...list, subscriberId, keyId, records });
      return undefined;
    }
    return failure ?? this.#fetchRecords(query);
  }

  /** An entry from the future is not fresh: the clock has been set back since it was fetched. */
  #isFresh(entry: CacheEntry | undefined): boolean {
    const now = this.#deps.clock.now();
    return entry !== undefined && now < entry.freshUntil && now >= entry.fetchedAt;
  }

  #selectFromCache(key: string, role: SubscriberRole): LookupResult {
    const entry = this.#entries.get(key);
    if (!entry) return REGISTRY_UNAVAILABLE;
    return selectRecord(entry.records, role, this.#deps.clock.now(), this.#deps.domains);
  }

  /** Shares one lookup among all callers waiting for a key. @returns The failure; `undefined` if records are cached. */
  #fetchRecords({ subscriberId, keyId, source = '' }: Omit<Lookup, 'role'>): Promise<LookupFailure | undefined> {
    const key = entryKey(subscriberId, keyId);
    const running = this.#runningLookups.get(key);
    if (running) return running;
    const caller = { isKnown: this.#entries.has(key), source };
    const lookup = this.#queue
      .run(caller, async () => ({ failure: await this.#queryRegistry(key, subscriberId, keyId) }))
      // A sender that has waited in vain has to retry. An expired record does not become usable because we are busy.
      .then((done) => (done ? done.failure : REGISTRY_BUSY))
      .finally(() => this.#runningLookups.delete(key));
    this.#runningLookups.set(key, lookup);
    return lookup;
  }

  async #queryRegistry(
    key: string,
    subscriberId: string,
    keyId: string | undefined,
  ): Promise<LookupFailure | undefined> {
    const { source, clock, events } = this.#deps;
    this.#lookedUpAt.set(key, clock.monotonic());
    const answersBefore = this.#answers;
    try {
      const query = keyId === undefined ? { subscriberId } : { subscriberId, keyId };
      const rows = (await source.lookup(query)).filter((row) => isAskedFor(row, query));
      const fetchedAt = clock.now();
      this.#lastResponseAt = fetchedAt;
      this.#answers += 1;
      this.#lastFault = undefined;
      const records = rows.filter(isUsable);
      const entry = { subscriberId, keyId, records, fetchedAt };
      if (records.length > 0) {
        this.#cacheRecords(key, entry);
        this.#saveEntry(key, entry);
        return undefined;
      }
      // The empty entry is saved, so that a revoked key does not come back after a restart.
      if (this.#entries.has(key)) this.#saveEntry(key, entry);
      this.#evict(key, subscriberId);
      const failure = noRecord(query, rows);
      this.#failures.add({ subscriberId, keyId, isWhole: false }, failure, this.#negativeTtlMs);
      return failure;
    } catch (error) {
      this.#lastFault = error instanceof Error ? error.message : String(error);
      events?.emit('registry.failed', { subscriberId, reason: this.#lastFault });
      // A registry that rejects lookups as too frequent, or has answered others meanwhile, is reachable but busy.
      const isBusy = error instanceof RegistryFault && error.saysBusy(this.#answers > answersBefore);
      return isBusy ? this.#waitForRegistry(key) : this.#useStale(key, subscriberId, keyId);
    }
  }

  #waitForRegistry(key: string): LookupFailure {
    const entry = this.#entries.get(key);
    if (entry) entry.busyUntil = this.#deps.clock.monotonic() + UNAVAILABLE_TTL_MS;
    return REGISTRY_BUSY;
  }

  /** While the registry is unreachable, known records stay valid for a while and unknown peers have to retry. */
  #useStale(key: string, subscriberId: string, keyId: string | undefined): LookupFailure | undefined {
    const { clock, events } = this.#deps;
    const now = clock.now();
    const entry = this.#entries.get(key);
    if (entry && now < entry.fetchedAt + this.#staleTtlMs) {
      entry.freshUntil = Math.min(now + this.#negativeTtlMs, entry.fetchedAt + this.#staleTtlMs);
      events?.emit('registry.stale', { subscriberId, ageS: Math.round((now - entry.fetchedAt) / 1000) });
      return undefined;
    }
    if (entry) this.#evict(key, subscriberId);
    this.#failures.add({ subscriberId, keyId, isWhole: true }, REGISTRY_UNAVAILABLE, UNAVAILABLE_TTL_MS);
    return REGISTRY_UNAVAILABLE;
  }

  #cacheRecords(key: string, { subscriberId, keyId, records, fetchedAt }: StoredEntry): void {
    const ends = records.map(({ validUntil = Infinity }) => validUntil).filter((end) => end > fetchedAt);
    const freshMs = Math.min(this.#positiveTtlMs, ...records.map((record) => record.freshMs ?? Infinity));
    this.#entries.set(key, { records, fetchedAt, freshUntil: Math.min(fetchedAt + freshMs, ...ends) });
    this.#newestKeys.set(subscriberId, key);
    this.#failures.remove(subscriberId, keyId);
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
