/** Defines registry records, which describe one participant's key in the same form for all registries. */
import { isObject } from '../protocol/json-reading.js';
import type { JsonObject } from '../protocol/wire.js';
import { KeyFault, readPublicKey } from '../signing/key-material.js';

export interface RegistryRecord {
  readonly subscriberId: string;
  /** The address for messages to this participant; absent if the registry does not publish it. */
  readonly url?: string;
  /** `BAP`, `BPP`, `BG` or a registry's own term, in upper case. If absent, the record is valid for any type. */
  readonly type?: string;
  /** If absent, the record is valid for any domain. */
  readonly domain?: string;
  readonly city?: string;
  readonly keyId: string;
  /** base64 of 32 raw bytes, a valid Ed25519 point. */
  readonly signingPublicKey: string;
  /** Epoch ms. */
  readonly validFrom?: number;
  /** Epoch ms. */
  readonly validUntil?: number;
  /** How long this record may be used before it is looked up again, ms; if absent, the cache decides. */
  readonly freshMs?: number;
  /** Only `SUBSCRIBED` is trusted; empty if the registry states no status. */
  readonly status: string;
}

export interface RegistrySource {
  /**
   * Returns the records of a participant or of one of its keys, and possibly others; empty if there are none.
   * @errors RegistryFault
   */
  lookup(query: { readonly subscriberId: string; readonly keyId?: string }): Promise<RegistryRecord[]>;
  /** Upper limit for caching a result, ms, set by sources that are cheap to query again. */
  readonly maxAgeMs?: number;
  /** Set if the source answers only lookups that name a key. */
  readonly requiresKeyId?: boolean;
}

/** A lookup without a usable result: the registry is unreachable or refuses, or its response cannot be read. */
export class RegistryFault extends Error {
  /**
   * `busy`: the registry rejects lookups as too frequent. `timeout`: it is unreachable, or overloaded by our own
   * lookups.
   */
  readonly kind: 'away' | 'busy' | 'timeout';

  constructor(message: string, options?: { cause?: unknown; kind?: 'away' | 'busy' | 'timeout' }) {
    super(message, options);
    this.name = 'RegistryFault';
    this.kind = options?.kind ?? 'away';
  }

  /** Whether the registry is reachable but busy. @param answersOthers Whether it answered other lookups meanwhile. */
  saysBusy(answersOthers: boolean): boolean {
    return this.kind === 'busy' || (this.kind === 'timeout' && answersOthers);
  }
}

/**
 * Reads a record in the known spellings: core's `url` and `key_id`, the deployed `subscriber_url`, `unique_key_id` and
 * `pub_key_id`, ONDC's `ukId` and participant types.
 * @unit   Times in: ISO text, or epoch seconds or milliseconds as number or text. Out: epoch ms.
 * @errors `problem` says what is wrong, and with which participant's record if that is known.
 */
export function readRecord(raw: unknown): RegistryRecord | { readonly problem: string } {
  if (!isObject(raw)) return { problem: 'a record is not an object' };
  const subscriberId = firstText(raw, 'subscriber_id', 'subscriberId');
  if (subscriberId === undefined) return { problem: 'a record has no subscriber_id' };
  const keyId = firstText(raw, 'unique_key_id', 'pub_key_id', 'key_id', 'ukId', 'uk_id', 'keyId');
  if (keyId === undefined) return { problem: `the record of ${subscriberId} has no key id` };
  const publicKey = firstText(raw, 'signing_public_key', 'signingPublicKey');
  if (publicKey === undefined) return { problem: `the record of ${subscriberId} has no signing_public_key` };
  let signingPublicKey: string;
  try {
    signingPublicKey = Buffer.from(readPublicKey(publicKey)).toString('base64');
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error;
    return { problem: `the record of ${subscriberId}, key ${keyId}: ${error.message}` };
  }
  const status = (firstText(raw, 'status') ?? '').toUpperCase();
  return { subscriberId, keyId, signingPublicKey, status, ...readOptionalFields(raw) };
}

function readOptionalFields(
  raw: JsonObject,
): Omit<RegistryRecord, 'subscriberId' | 'keyId' | 'signingPublicKey' | 'status'> {
  const url = firstText(raw, 'subscriber_url', 'url', 'subscriberUrl');
  const type = readParticipantType(firstText(raw, 'type'));
  const domain = dropWildcard(firstText(raw, 'domain'));
  const { location, freshMs } = raw;
  const city = dropWildcard(
    firstText(raw, 'city') ?? (isObject(location) ? readCityCode(location['city']) : undefined),
  );
  const validFrom = readEpochMs(raw['valid_from'] ?? raw['validFrom']);
  const validUntil = readEpochMs(raw['valid_until'] ?? raw['validUntil']);
  return {
    ...(url !== undefined && { url }),
    ...(type !== undefined && { type }),
    ...(domain !== undefined && { domain }),
    ...(city !== undefined && { city }),
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
    ...(typeof freshMs === 'number' && { freshMs }),
  };
}

function firstText(raw: JsonObject, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = raw[name];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  return undefined;
}

function dropWildcard(value: string | undefined): string | undefined {
  return value === '*' ? undefined : value;
}

function readCityCode(city: unknown): string | undefined {
  if (typeof city === 'string') return city;
  return isObject(city) ? firstText(city, 'code', 'name') : undefined;
}

const TYPE_SPELLINGS: { readonly [spelling: string]: string } = { BUYERAPP: 'BAP', SELLERAPP: 'BPP', GATEWAY: 'BG' };

function readParticipantType(type: string | undefined): string | undefined {
  const upper = dropWildcard(type)?.toUpperCase();
  return upper === undefined ? undefined : (TYPE_SPELLINGS[upper] ?? upper);
}

function readEpochMs(value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
  // A number below 10^11 can only be seconds: as milliseconds it would lie before 1973-03-03.
  if (Number.isFinite(number)) return number < 1e11 ? number * 1000 : number;
  const parsed = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}
