/** Remembers failed lookups by subscriber, so that invented key ids cause few lookups. */
import type { Clock } from '../../ports/runtime.js';
import type { LookupFailure } from './select-record.js';
import { createBoundedCache } from '../../observe/bounded-cache.js';

/**
 * Maximum number of failed lookups of one subscriber's key ids for one source address. After that, the subscriber's
 * other key ids fail for this address without a lookup, for a while. Other addresses are not affected, so that invented
 * key ids lock out nobody else.
 */
const MAX_KEY_IDS = 4;
const MAX_SUBSCRIBERS = 5_000;
/** Maximum number of key ids, and of addresses, that are remembered for one subscriber. */
const MAX_OF_SUBSCRIBER = 500;

export const REGISTRY_UNAVAILABLE: LookupFailure = {
  problem: 'unavailable',
  detail: 'the registry cannot be asked at the moment',
};
/** The registry is reachable, but does not answer us now. Unlike during an outage, stale cache entries are not used. */
export const REGISTRY_BUSY: LookupFailure = {
  problem: 'unavailable',
  detail: 'too many keys are being looked up at the moment',
};

export interface FailedLookup {
  readonly subscriberId: string;
  readonly keyId: string | undefined;
  /** The address for which the key was looked up. */
  readonly source: string;
  /** Whether the failure applies to the whole subscriber rather than to the key id. */
  readonly isWhole: boolean;
}

interface FailuresOfSubscriber {
  /** Monotonic, ms. */
  until: number;
  readonly byKeyId: Map<string | undefined, LookupFailure>;
  /** By source address: the number of failed lookups, and the last failure. */
  readonly bySource: Map<string, { readonly keyIds: number; readonly failure: LookupFailure }>;
  /** The failure that applies to every other key id. */
  wholeSubscriber?: LookupFailure;
  /** Whether all keys of the subscriber have been requested. */
  hasListedKeys: boolean;
}

export class FailedLookups {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #bySubscriber = createBoundedCache<FailuresOfSubscriber>(MAX_SUBSCRIBERS);

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /**
   * Returns the failure that applies to this key: its own, that of the whole subscriber or, after too many failures for
   * this address, the last of them. `undefined` if the registry has to be queried.
   */
  find({ subscriberId, keyId, source }: Omit<FailedLookup, 'isWhole'>): LookupFailure | undefined {
    const failures = this.#current(subscriberId);
    const own = failures?.byKeyId.get(keyId) ?? failures?.wholeSubscriber;
    if (!failures || own) return own;
    const ofSource = failures.bySource.get(source);
    return ofSource && ofSource.keyIds >= MAX_KEY_IDS ? ofSource.failure : undefined;
  }

  /** Whether to request all keys of the subscriber: a lookup has failed, and the keys have not been listed yet. */
  shouldListKeys(subscriberId: string): boolean {
    const failures = this.#current(subscriberId);
    return failures !== undefined && !failures.hasListedKeys;
  }

  /** Records that all keys of the subscriber were requested. @param failure Set if that lookup failed. */
  keysListed(subscriberId: string, failure: LookupFailure | undefined): void {
    const failures = this.#current(subscriberId);
    if (!failures) return;
    failures.hasListedKeys = true;
    if (failure) failures.wholeSubscriber = failure;
  }

  add(query: FailedLookup, failure: LookupFailure, ms: number): void {
    const { subscriberId, keyId, source, isWhole } = query;
    const failures = this.#current(subscriberId) ?? {
      until: this.#clock.monotonic() + ms,
      byKeyId: new Map<string | undefined, LookupFailure>(),
      bySource: new Map<string, { readonly keyIds: number; readonly failure: LookupFailure }>(),
      hasListedKeys: false,
    };
    setBounded(failures.byKeyId, keyId, failure);
    setBounded(failures.bySource, source, { keyIds: (failures.bySource.get(source)?.keyIds ?? 0) + 1, failure });
    if (isWhole) failures.wholeSubscriber ??= failure;
    this.#bySubscriber.set(subscriberId, failures);
  }

  /** Forgets the failure of a key whose record was found. */
  remove(subscriberId: string, keyId: string | undefined): void {
    this.#bySubscriber.peek(subscriberId)?.byKeyId.delete(keyId);
  }

  #current(subscriberId: string): FailuresOfSubscriber | undefined {
    const failures = this.#bySubscriber.get(subscriberId);
    return failures && this.#clock.monotonic() < failures.until ? failures : undefined;
  }
}

/** Sets an entry; drops the oldest one if there are too many. A dropped one costs a lookup. */
function setBounded<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_OF_SUBSCRIBER && oldest !== undefined) map.delete(oldest);
}
