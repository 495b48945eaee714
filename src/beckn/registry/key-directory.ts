/**
 * Caches peers' registry records. The cache keeps lookups rare, lets known peers be verified during an outage of the
 * registry, and limits the lookups that forged signatures can cause.
 */
import { hostOf } from '../../config/trusted-proxy.js';
import { FailedLookups, REGISTRY_BUSY, REGISTRY_UNAVAILABLE } from './failed-lookups.js';
import { KeyCache, MAX_ENTRIES, type KeyCacheDeps } from './key-cache.js';
import { entryKey, keyIdOfEntry } from './key-storage.js';
import { LookupQueue } from './lookup-queue.js';
import { noRecord, selectRecord, type RecordFound, type LookupFailure, type SubscriberRole } from './select-record.js';
import { isAskedFor, isUsable, RegistryFault, type RegistrySource } from './registry.js';
import { createBoundedCache } from '../../observe/bounded-cache.js';

export type LookupResult = RecordFound | LookupFailure;

export interface KeyQuery {
  readonly subscriberId: string;
  readonly keyId: string;
  readonly role: SubscriberRole;
  /** The address that the request came from; lookups are shared fairly among sources. */
  readonly source?: string | undefined;
}

interface Lookup {
  readonly subscriberId: string;
  readonly keyId: string | undefined;
  readonly role: SubscriberRole;
  /** The address whose lookups are limited, as `hostOf` returns it; empty for our own lookups. */
  readonly source: string;
}

export interface KeyDirectoryDeps extends KeyCacheDeps {
  readonly source: RegistrySource;
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

/** How long an outage is remembered. It is short, so that a new peer is accepted soon after the registry recovers. */
const UNAVAILABLE_TTL_MS = 5000;

export class KeyDirectory {
  readonly #deps: KeyDirectoryDeps;
  readonly #negativeTtlMs: number;
  readonly #staleTtlMs: number;
  readonly #cache: KeyCache;
  /** A separate cache, so that a flood of invented names evicts no known peer. */
  readonly #failures: FailedLookups;
  readonly #queue: LookupQueue;
  /** Monotonic ms of the last lookup of each key. */
  readonly #lookedUpAt = createBoundedCache<number>(MAX_ENTRIES);
  readonly #runningLookups = new Map<string, Promise<LookupFailure | undefined>>();
  /** Running lookups of keys that are not in the cache, by subscriber. */
  readonly #runningOfSubscriber = new Map<string, Promise<LookupFailure | undefined>>();
  #answers = 0;
  #lastResponseAt: number | undefined;
  #lastFault: string | undefined;

  constructor(deps: KeyDirectoryDeps) {
    this.#deps = deps;
    const { maxAgeMs = Infinity } = deps.source;
    this.#cache = new KeyCache(deps, Math.min(deps.positiveTtlMs ?? 600_000, maxAgeMs));
    this.#negativeTtlMs = Math.min(deps.negativeTtlMs ?? 30_000, maxAgeMs);
    this.#staleTtlMs = deps.staleTtlMs ?? 86_400_000;
    this.#failures = new FailedLookups(deps.clock);
    this.#queue = new LookupQueue(deps.clock, deps.maxLookups ?? 64);
  }

  /** Loads the records that were stored before the restart. */
  start(): Promise<void> {
    return this.#cache.load();
  }

  /** Finds the record of a key. Returns a plain value if no lookup is needed. Never rejects. */
  findKey(query: KeyQuery): LookupResult | Promise<LookupResult> {
    return this.#lookUp({ ...query, source: hostOf(query.source ?? '') });
  }

  /** Finds a valid record of a participant, whatever its key, to learn the participant's URL. Never rejects. */
  findRecord(subscriberId: string, role: SubscriberRole = 'BAP'): LookupResult | Promise<LookupResult> {
    const key = this.#cache.newestKey(subscriberId);
    if (key !== undefined && this.#cache.isFresh(this.#cache.get(key))) {
      const result = this.#selectFromCache(key, role);
      if (!('problem' in result)) return result;
    }
    return this.#lookUp({ subscriberId, keyId: this.#newestKeyId(subscriberId), role, source: '' });
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
    const before = this.#cache.get(key);
    const failure = await this.#fetchRecords({ subscriberId, keyId, source: '' });
    return failure === undefined && this.#cache.get(key) !== before;
  }

  /** Returns the state of the cache and of the last lookups, for health pages. */
  status(): { readonly cachedKeys: number; readonly lastResponseAt?: number; readonly lastFault?: string } {
    return {
      cachedKeys: this.#cache.size,
      ...(this.#lastResponseAt !== undefined && { lastResponseAt: this.#lastResponseAt }),
      ...(this.#lastFault !== undefined && { lastFault: this.#lastFault }),
    };
  }

  #lookUp(query: Lookup): LookupResult | Promise<LookupResult> {
    const { subscriberId, keyId, role } = query;
    const key = entryKey(subscriberId, keyId);
    const entry = this.#cache.get(key) ?? this.#cache.addFromList(subscriberId, keyId);
    if (this.#cache.isFresh(entry)) return this.#selectFromCache(key, role);
    if (entry && this.#deps.clock.monotonic() < (entry.busyUntil ?? -Infinity)) return REGISTRY_BUSY;
    const failure = entry ? undefined : this.#failures.find(query);
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

  /** Looks up a key that is not in the cache. If a lookup of its subscriber has failed, first requests all its keys. */
  async #fetchUnknown(query: Lookup): Promise<LookupFailure | undefined> {
    const { subscriberId, keyId } = query;
    const mayList = keyId !== undefined && !this.#deps.source.requiresKeyId;
    if (!mayList || !this.#failures.shouldListKeys(subscriberId)) return this.#fetchRecords(query);
    const failure = await this.#fetchRecords({ ...query, keyId: undefined });
    if (failure?.problem === 'unavailable') return failure;
    this.#failures.keysListed(subscriberId, failure);
    if (failure) return failure;
    return this.#cache.addFromList(subscriberId, keyId) ? undefined : this.#fetchRecords(query);
  }

  #selectFromCache(key: string, role: SubscriberRole): LookupResult {
    const entry = this.#cache.get(key);
    if (!entry) return REGISTRY_UNAVAILABLE;
    return selectRecord(entry.records, role, this.#deps.clock.now(), this.#deps.domains);
  }

  /** Shares one lookup among all callers waiting for a key. @returns The failure; `undefined` if records are cached. */
  #fetchRecords(query: Omit<Lookup, 'role'>): Promise<LookupFailure | undefined> {
    const { subscriberId, keyId, source } = query;
    const key = entryKey(subscriberId, keyId);
    const running = this.#runningLookups.get(key);
    if (running) return running;
    const caller = { isKnown: this.#cache.get(key) !== undefined, source };
    const lookup = this.#queue
      .run(caller, async () => ({ failure: await this.#queryRegistry(key, query) }))
      // A sender that has waited in vain has to retry. An expired record does not become usable because we are busy.
      .then((done) => (done ? done.failure : REGISTRY_BUSY))
      .finally(() => this.#runningLookups.delete(key));
    this.#runningLookups.set(key, lookup);
    return lookup;
  }

  async #queryRegistry(key: string, lookup: Omit<Lookup, 'role'>): Promise<LookupFailure | undefined> {
    const { subscriberId, keyId } = lookup;
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
      if (records.length > 0) {
        const entry = { subscriberId, keyId, records, fetchedAt };
        this.#cache.add(entry);
        this.#cache.save(entry);
        this.#failures.remove(subscriberId, keyId);
        return undefined;
      }
      this.#cache.removeRevoked(subscriberId, keyId, fetchedAt);
      const failure = noRecord(query, rows);
      this.#failures.add({ ...lookup, isWhole: false }, failure, this.#negativeTtlMs);
      return failure;
    } catch (error) {
      this.#lastFault = error instanceof Error ? error.message : String(error);
      events?.emit('registry.failed', { subscriberId, reason: this.#lastFault });
      // A registry that rejects lookups as too frequent, or has answered others meanwhile, is reachable but busy.
      const isBusy = error instanceof RegistryFault && error.saysBusy(this.#answers > answersBefore);
      return isBusy ? this.#waitForRegistry(key) : this.#useStale(key, lookup);
    }
  }

  #waitForRegistry(key: string): LookupFailure {
    const entry = this.#cache.get(key);
    if (entry) entry.busyUntil = this.#deps.clock.monotonic() + UNAVAILABLE_TTL_MS;
    return REGISTRY_BUSY;
  }

  /** While the registry is unreachable, cached records stay usable for a while and unknown peers have to retry. */
  #useStale(key: string, lookup: Omit<Lookup, 'role'>): LookupFailure | undefined {
    const { subscriberId, keyId } = lookup;
    const { clock, events } = this.#deps;
    const now = clock.now();
    const entry = this.#cache.get(key);
    if (entry && now < entry.fetchedAt + this.#staleTtlMs) {
      entry.freshUntil = Math.min(now + this.#negativeTtlMs, entry.fetchedAt + this.#staleTtlMs);
      events?.emit('registry.stale', { subscriberId, ageS: Math.round((now - entry.fetchedAt) / 1000) });
      return undefined;
    }
    if (entry) this.#cache.evict(subscriberId, keyId);
    this.#failures.add({ ...lookup, isWhole: true }, REGISTRY_UNAVAILABLE, UNAVAILABLE_TTL_MS);
    return REGISTRY_UNAVAILABLE;
  }

  /** Returns the subscriber's most recently cached key id, for lookups without one at registries that require one. */
  #newestKeyId(subscriberId: string): string | undefined {
    const key = this.#deps.source.requiresKeyId ? this.#cache.newestKey(subscriberId) : undefined;
    return key === undefined ? undefined : keyIdOfEntry(key);
  }
}
