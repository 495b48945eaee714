/** Defines registry records, which describe one participant's key in the same form for all registries. */
import { isObject } from '../protocol/json-reading.js';
import { parseDateTime } from '../protocol/ttl.js';
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

/** A record that cannot be trusted, because a part of it is missing or cannot be read. */
interface UnusableRecord {
  /** Absent if the record does not name its participant. It then belongs to no query. */
  readonly subscriberId?: string;
  /** Absent if the record does not name its key. */
  readonly keyId?: string | undefined;
  /** What is wrong with the record, including its participant if that is known. */
  readonly problem: string;
}

export type LookupRow = RegistryRecord | UnusableRecord;

export interface RegistryQuery {
  readonly subscriberId: string;
  readonly keyId?: string;
}

export interface RegistrySource {
  /**
   * Looks up the records of a participant, or of one of its keys. The result is empty only if the registry says that
   * there are none, or if the source requires a key id and the query has none. It may also contain other records.
   * @errors RegistryFault
   */
  lookup(query: RegistryQuery): Promise<readonly LookupRow[]>;
  /** Upper limit for caching a result, ms, set by sources that are cheap to query again. */
  readonly maxAgeMs?: number;
  /** Set if the source answers only lookups that name a key. */
  readonly requiresKeyId?: boolean;
}

/** Checks whether a row belongs to the participant, and to the key if both the query and the row name one. */
export function isAskedFor(row: LookupRow, { subscriberId, keyId }: RegistryQuery): boolean {
  const isOfKey = keyId === undefined || row.keyId === undefined || row.keyId === keyId;
  return row.subscriberId === subscriberId && isOfKey;
}

export function isUsable(row: LookupRow): row is RegistryRecord {
  return !('problem' in row);
}

/** A lookup failed: the registry is unreachable, refuses, or sends something other than the result of a lookup. */
export class RegistryFault extends Error {
  /**
   * `busy`: the registry rejects lookups as too frequent. `timeout`: it is unreachable, or overloaded by our own
   * lookups. `away`: any other failure.
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
 * `pub_key_id`, ONDC's `ukId` and participant types, and the camel case in which the key directory stores records.
 * @unit   Times in: ISO text, or epoch seconds or milliseconds as number or text. Out: epoch ms.
 */
export function readRecord(raw: unknown): LookupRow {
  if (!isObject(raw)) return { problem: 'a record is not an object' };
  const subscriberId = readSubscriberId(raw);
  if (subscriberId === undefined) return { problem: 'a record has no subscriber_id' };
  const keyId = firstText(raw, 'unique_key_id', 'pub_key_id', 'key_id', 'ukId', 'uk_id', 'keyId');
  if (keyId === undefined) return { subscriberId, problem: `the record of ${subscriberId} has no key id` };
  const unusable = (problem: string): UnusableRecord => ({ subscriberId, keyId, problem });
  const what = `the record of ${subscriberId}, key ${keyId}`;
  const publicKey = firstText(raw, 'signing_public_key', 'signingPublicKey');
  if (publicKey === undefined) return unusable(`the record of ${subscriberId} has no signing_public_key`);
  let signingPublicKey: string;
  try {
    signingPublicKey = Buffer.from(readPublicKey(publicKey)).toString('base64');
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error;
    return unusable(`${what}: ${error.message}`);
  }
  // A record without a type or domain is valid for any, so an unreadable one must not count as absent.
  const unread = ['type', 'domain'].find((name) => !['string', 'undefined'].includes(typeof (raw[name] ?? undefined)));
  if (unread !== undefined) return unusable(`${what}: ${unread} is not a text`);
  const validity = readValidity(raw);
  if ('problem' in validity) return unusable(`${what}: ${validity.problem}`);
  const status = (firstText(raw, 'status') ?? '').toUpperCase();
  return { subscriberId, keyId, signingPublicKey, status, ...readOptionalFields(raw), ...validity };
}

/** Returns the participant that the record names; `undefined` if it names none. */
export function readSubscriberId(raw: unknown): string | undefined {
  return isObject(raw) ? firstText(raw, 'subscriber_id', 'subscriberId') : undefined;
}

function readOptionalFields(
  raw: JsonObject,
): Omit<RegistryRecord, 'subscriberId' | 'keyId' | 'signingPublicKey' | 'status' | 'validFrom' | 'validUntil'> {
  const url = firstText(raw, 'subscriber_url', 'url', 'subscriberUrl');
  const type = readParticipantType(firstText(raw, 'type'));
  const domain = dropWildcard(firstText(raw, 'domain'));
  const { location, freshMs } = raw;
  const city = dropWildcard(
    firstText(raw, 'city') ?? (isObject(location) ? readCityCode(location['city']) : undefined),
  );
  return {
    ...(url !== undefined && { url }),
    ...(type !== undefined && { type }),
    ...(domain !== undefined && { domain }),
    ...(city !== undefined && { city }),
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

/**
 * Reads the key's period of validity. A bound that is absent, null or blank is open. An unreadable one makes the record
 * unusable, because the key may have expired.
 */
function readValidity(
  raw: JsonObject,
): Pick<RegistryRecord, 'validFrom' | 'validUntil'> | { readonly problem: string } {
  const validity: { validFrom?: number; validUntil?: number } = {};
  for (const [name, wireName] of [
    ['validFrom', 'valid_from'],
    ['validUntil', 'valid_until'],
  ] as const) {
    const value = raw[wireName] ?? raw[name] ?? '';
    if (typeof value === 'string' && value.trim() === '') continue;
    const at = readEpochMs(value);
    if (at === undefined) return { problem: `${wireName} ${JSON.stringify(value)?.slice(0, MAX_SHOWN)} is not a time` };
    validity[name] = at;
  }
  return validity;
}

const MAX_SHOWN = 60;
/** A later time must be in another unit, such as microseconds. */
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** A lower number is a year or a date without separators, not an epoch time. The exception is 0. */
const LEAST_EPOCH = 1e8;

function readEpochMs(value: unknown): number | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  const number = /^\d+$/.test(text) ? Number(text) : value;
  if (typeof number !== 'number') return parseDateTime(text);
  if (number !== 0 && number < LEAST_EPOCH) return undefined;
  // A number below 10^11 can only be seconds: as milliseconds it would lie before 1973-03-03.
  const ms = number < 1e11 ? number * 1000 : number;
  return ms <= LAST_TIME ? ms : undefined;
}
