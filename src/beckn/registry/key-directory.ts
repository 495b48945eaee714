/** Peers' keys, kept: few lookups, known peers verifiable while the registry is away, forged traffic bounded. */
import { LRUCache } from 'lru-cache';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { readStored, storedName, storedPrefix, storedValue, type StoredEntry } from './key-storage.js';
import { chooseRecord, type Found, type Unfound, type Role } from './select-record.js';
import type { RegistryRecord, RegistrySource } from './registry.js';

export type Lookup = Found | Unfound;

export interface KeyQuery {
  readonly subscriberId: string;
  readonly keyId: string;
  readonly role: Role;
}

export interface KeyDirectory {
  /** Loads what was known before the restart. */
  start(): Promise<void>;
  /** A plain value when the cache can tell. Never rejects. */
  find(query: KeyQuery): Lookup | Promise<Lookup>;
  /** Any sound record of a participant: where its callbacks go. Never rejects. */
  record(subscriberId: string, role?: Role): Lookup | Promise<Lookup>;
  /**
   * Asks the registry again because the cached answer seems outdated; at most once per key and `refreshGapMs`, so
   * that forged signatures buy no lookups. True when a fresh answer came.
   */
  refresh(subscriberId: string, keyId?: string): Promise<boolean>;
  /** For health pages. */
  status(): { readonly known: number; readonly lastAnswerAt?: number; readonly lastFault?: string };
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
  readonly positiveMs?: number;
  readonly negativeMs?: number;
  /** How long an answer outlives a registry that is away. */
  readonly staleMs?: number;
  readonly refreshGapMs?: number;
  /** Lookups under way at once; a flood of unknown names waits for its repeat instead. */
  readonly maxLookups?: number;
}

interface Entry {
  readonly records: readonly RegistryRecord[];
  readonly fetchedAt: number;
  /** Ask the registry again from here on. */
  staleFrom: number;
}

/** More subscribers than a network has buyer apps; their places are taken in advance, which costs the start. */
const CAPACITY = 5_000;
const AWAY: Unfound = { problem: 'unavailable', detail: 'the registry cannot be asked at the moment' };
/** Short: a newcomer should not wait long after the registry has come back. */
const AWAY_MS = 5000;

export function createKeyDirectory(options: KeyDirectoryOptions): KeyDirectory {
  const { source, values, clock, events } = options;
  const positiveMs = Math.min(options.positiveMs ?? 600_000, source.maxAgeMs ?? Infinity);
  const negativeMs = Math.min(options.negativeMs ?? 30_000, source.maxAgeMs ?? Infinity);
  const staleMs = options.staleMs ?? 86_400_000;
  const refreshGapMs = options.refreshGapMs ?? 30_000;
  const maxLookups = options.maxLookups ?? 64;
  const prefix = storedPrefix(options.network);

  const entries = new LRUCache<string, Entry>({ max: CAPACITY });
  /** Apart from the entries, so that a flood of invented names pushes no known peer out. */
  const misses = new LRUCache<string, { readonly until: number; readonly verdict: Unfound }>({ max: CAPACITY });
  const askedAt = new LRUCache<string, number>({ max: CAPACITY });
  const newest = new LRUCache<string, string>({ max: CAPACITY });
  const underWay = new Map<string, Promise<Unfound | undefined>>();
  let lastAnswerAt: number | undefined;
  let lastFault: string | undefined;

  function keep(key: string, subscriberId: string, records: readonly RegistryRecord[], fetchedAt: number): void {
    const ends = records.map((record) => record.validUntil ?? Infinity).filter((end) => end > fetchedAt);
    const freshMs = Math.min(positiveMs, ...records.map((record) => record.freshMs ?? Infinity));
    entries.set(key, { records, fetchedAt, staleFrom: Math.min(fetchedAt + freshMs, ...ends) });
    newest.set(subscriberId, key);
    misses.delete(key);
  }

  function forget(key: string, subscriberId: string): void {
    entries.delete(key);
    if (newest.get(subscriberId) === key) newest.delete(subscriberId);
  }

  function save(key: string, entry: StoredEntry): void {
    values.putValue(storedName(prefix, key), storedValue(entry)).catch((error: unknown) => {
      events?.emit('store.failed', { what: 'registry keys', reason: String(error) });
    });
  }

  function miss(key: string, verdict: Unfound, ms: number): Unfound {
    misses.set(key, { until: clock.now() + ms, verdict });
    return verdict;
  }

  /** Asks the registry once for all who wait. Resolves to the verdict when there is nothing to choose from. */
  function fetch(subscriberId: string, keyId: string | undefined): Promise<Unfound | undefined> {
    const key = entryKey(subscriberId, keyId);
    const running = underWay.get(key);
    if (running) return running;
    if (underWay.size >= maxLookups) return Promise.resolve(usableWhileAway(entries.get(key)) ? undefined : AWAY);
    const work = ask(key, subscriberId, keyId).finally(() => underWay.delete(key));
    underWay.set(key, work);
    return work;
  }

  async function ask(key: string, subscriberId: string, keyId: string | undefined): Promise<Unfound | undefined> {
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
        keep(key, subscriberId, records, now);
        save(key, { subscriberId, keyId, records, fetchedAt: now });
        return undefined;
      }
      // A key that was revoked must not come back with the next restart.
      if (entries.has(key)) save(key, { subscriberId, keyId, records: [], fetchedAt: now });
      forget(key, subscriberId);
      const what = keyId === undefined ? '' : ` with the key id ${keyId}`;
      return miss(key, { problem: 'unknown', detail: `the registry knows no ${subscriberId}${what}` }, negativeMs);
    } catch (error) {
      lastFault = error instanceof Error ? error.message : String(error);
      events?.emit('registry.failed', { subscriberId, reason: lastFault });
      return standIn(key, subscriberId);
    }
  }

  /** The registry is away: what was known serves on for a while, an unknown signer has to come again. */
  function standIn(key: string, subscriberId: string): Unfound | undefined {
    const now = clock.now();
    const entry = entries.get(key);
    if (entry && usableWhileAway(entry)) {
      entry.staleFrom = Math.min(now + negativeMs, entry.fetchedAt + staleMs);
      events?.emit('registry.stale', { subscriberId, ageS: Math.round((now - entry.fetchedAt) / 1000) });
      return undefined;
    }
    if (entry) forget(key, subscriberId);
    return miss(key, AWAY, AWAY_MS);
  }

  function usableWhileAway(entry: Entry | undefined): boolean {
    return entry !== undefined && clock.now() < entry.fetchedAt + staleMs;
  }

  function judge(key: string, role: Role): Lookup {
    const entry = entries.get(key);
    if (!entry) return AWAY;
    return chooseRecord(entry.records, role, clock.now(), options.domains);
  }

  function resolve(subscriberId: string, keyId: string | undefined, role: Role): Lookup | Promise<Lookup> {
    const key = entryKey(subscriberId, keyId);
    const now = clock.now();
    const entry = entries.get(key);
    // An answer from the future (the clock was set back) is as good as none.
    if (entry && now < entry.staleFrom && now >= entry.fetchedAt) return judge(key, role);
    const known = misses.get(key);
    if (!entry && known && now < known.until) return known.verdict;
    return fetch(subscriberId, keyId).then((verdict) => verdict ?? judge(key, role));
  }

  /** The key that a participant is asked for by when nobody has named one. */
  function askedWith(subscriberId: string): string | undefined {
    const key = source.needsKey ? newest.get(subscriberId) : undefined;
    return key === undefined ? undefined : keyIdIn(key);
  }

  return {
    async start() {
      for (const { value } of await values.values(prefix)) {
        const stored = readStored(value);
        if (!stored) continue;
        const { subscriberId, keyId } = stored;
        keep(entryKey(subscriberId, keyId), subscriberId, stored.records, stored.fetchedAt);
      }
    },
    find: ({ subscriberId, keyId, role }) => resolve(subscriberId, keyId, role),
    record(subscriberId, role = 'BAP') {
      const key = newest.get(subscriberId);
      const entry = key === undefined ? undefined : entries.get(key);
      if (key !== undefined && entry && clock.now() < entry.staleFrom && clock.now() >= entry.fetchedAt) {
        const choice = judge(key, role);
        if (!('problem' in choice)) return choice;
      }
      return resolve(subscriberId, askedWith(subscriberId), role);
    },
    async refresh(subscriberId, named) {
      const keyId = named ?? askedWith(subscriberId);
      const key = entryKey(subscriberId, keyId);
      const last = askedAt.get(key);
      if (last !== undefined && clock.now() - last < refreshGapMs) return false;
      const before = entries.get(key);
      const verdict = await fetch(subscriberId, keyId);
      return verdict === undefined && entries.get(key) !== before;
    },
    status: () => ({
      known: entries.size,
      ...(lastAnswerAt === undefined ? {} : { lastAnswerAt }),
      ...(lastFault === undefined ? {} : { lastFault }),
    }),
  };
}

/** A JSON pair, so that no name can imitate another's key. */
function entryKey(subscriberId: string, keyId: string | undefined): string {
  return JSON.stringify([subscriberId, keyId ?? null]);
}

function keyIdIn(entryKey: string): string | undefined {
  const [, keyId] = JSON.parse(entryKey) as readonly [string, string | null];
  return keyId ?? undefined;
}
