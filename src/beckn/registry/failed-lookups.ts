/** Remembers failed lookups by subscriber, so that invented key ids cause few lookups. */
import type { Clock } from '../../ports/runtime.js';
import type { LookupFailure } from './select-record.js';
import { createBoundedCache } from '../../observe/bounded-cache.js';

/** How many key ids of one subscriber may be looked up in vain before all others count as unknown for a while. */
const MAX_KEY_IDS = 4;
const MAX_SUBSCRIBERS = 5_000;

export const REGISTRY_UNAVAILABLE: LookupFailure = {
  problem: 'unavailable',
  detail: 'the registry cannot be asked at the moment',
};
/** The registry is reachable, but does not answer us now. An expired record therefore stays unusable. */
export const REGISTRY_BUSY: LookupFailure = {
  problem: 'unavailable',
  detail: 'too many keys are being looked up at the moment',
};

export interface FailedLookup {
  readonly subscriberId: string;
  readonly keyId: string | undefined;
  /** Whether the failure applies to the whole subscriber rather than to the key id. */
  readonly isWhole: boolean;
}

interface FailuresOfSubscriber {
  /** Monotonic, ms. */
  until: number;
  readonly byKeyId: Map<string | undefined, LookupFailure>;
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

  /** Returns the failure that a lookup of this key would repeat; `undefined` if the registry has to be queried. */
  find(subscriberId: string, keyId: string | undefined): LookupFailure | undefined {
    const failures = this.#current(subscriberId);
    return failures && (failures.byKeyId.get(keyId) ?? failures.wholeSubscriber);
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
    const { subscriberId, keyId, isWhole } = query;
    const failures = this.#current(subscriberId) ?? {
      until: this.#clock.monotonic() + ms,
      byKeyId: new Map<string | undefined, LookupFailure>(),
      hasListedKeys: false,
    };
    failures.byKeyId.set(keyId, failure);
    if (isWhole || failures.byKeyId.size >= MAX_KEY_IDS) failures.wholeSubscriber ??= failure;
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
