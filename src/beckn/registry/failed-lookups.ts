/** Lookups that found nothing, by subscriber: however many key ids are invented for it, few lookups follow. */
import type { Clock } from '../../ports/runtime.js';
import type { LookupFailure } from './select-record.js';
import { createBoundedCache } from '../protocol/bounded-cache.js';

/** Key ids of one subscriber that may be looked up in vain before all others count as unknown for a while. */
const MAX_KEY_IDS = 4;
const MAX_SUBSCRIBERS = 5_000;

export const REGISTRY_UNAVAILABLE: LookupFailure = {
  problem: 'unavailable',
  detail: 'the registry cannot be asked at the moment',
};
/** The registry is there, but it does not answer us now. What has expired stays unusable. */
export const REGISTRY_BUSY: LookupFailure = {
  problem: 'unavailable',
  detail: 'too many keys are being looked up at the moment',
};

export interface FailedLookup {
  readonly subscriberId: string;
  readonly keyId: string | undefined;
  /** The failure says nothing about the key id: it holds for the whole subscriber. */
  readonly isWhole: boolean;
}

interface FailuresOfSubscriber {
  /** Epoch ms. */
  until: number;
  readonly byKeyId: Map<string | undefined, LookupFailure>;
  /** What every other key id gets. */
  wholeSubscriber?: LookupFailure;
  /** All keys of the subscriber were asked for. */
  hasListedKeys: boolean;
}

export class FailedLookups {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bySubscriber = createBoundedCache<FailuresOfSubscriber>(MAX_SUBSCRIBERS);

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** The failure that a lookup of this key would repeat; `undefined` if the registry has to be asked. */
  find(subscriberId: string, keyId: string | undefined): LookupFailure | undefined {
    const failures = this.#current(subscriberId);
    return failures && (failures.byKeyId.get(keyId) ?? failures.wholeSubscriber);
  }

  /** Whether all keys of the subscriber should be asked for: a key id was unknown, and they were not yet listed. */
  shouldListKeys(subscriberId: string): boolean {
    const failures = this.#current(subscriberId);
    return failures !== undefined && !failures.hasListedKeys;
  }

  /** All keys of the subscriber were asked for. @param failure Set if it has none. */
  keysListed(subscriberId: string, failure: LookupFailure | undefined): void {
    const failures = this.#current(subscriberId);
    if (!failures) return;
    failures.hasListedKeys = true;
    if (failure) failures.wholeSubscriber = failure;
  }

  add(query: FailedLookup, failure: LookupFailure, ms: number): void {
    const { subscriberId, keyId, isWhole } = query;
    const failures = this.#current(subscriberId) ?? {
      until: this.#clock.now() + ms,
      byKeyId: new Map<string | undefined, LookupFailure>(),
      hasListedKeys: false,
    };
    failures.byKeyId.set(keyId, failure);
    if (isWhole || failures.byKeyId.size >= MAX_KEY_IDS) failures.wholeSubscriber ??= failure;
    this.#bySubscriber.set(subscriberId, failures);
  }

  /** A record of this key was found. */
  remove(subscriberId: string, keyId: string | undefined): void {
    this.#bySubscriber.peek(subscriberId)?.byKeyId.delete(keyId);
  }

  #current(subscriberId: string): FailuresOfSubscriber | undefined {
    const failures = this.#bySubscriber.get(subscriberId);
    return failures && this.#clock.now() < failures.until ? failures : undefined;
  }
}
