/** Who may speak on the network, and with which key: the shape of a registry's answer, whatever registry it is. */
import { KeyFault, readPublicKey } from '../signing/key-material.js';

export interface RegistryRecord {
  readonly subscriberId: string;
  /** Where this participant takes messages; some registries keep that elsewhere. */
  readonly url?: string;
  /** `BAP`, `BPP`, `BG` or a registry's own word, upper case. Absent stands for any. */
  readonly type?: string;
  /** Absent stands for any. */
  readonly domain?: string;
  readonly city?: string;
  readonly keyId: string;
  /** base64 of 32 raw bytes, a sound Ed25519 point. */
  readonly signingPublicKey: string;
  /** Epoch ms. */
  readonly validFrom?: number;
  /** Epoch ms. */
  readonly validUntil?: number;
  /** How long this very record may be used before it is asked for again, ms; absent leaves it to the cache. */
  readonly freshMs?: number;
  /** `SUBSCRIBED` is the only one that is trusted; empty when the registry did not say. */
  readonly status: string;
}

export interface RegistrySource {
  /**
   * All records of a participant, or of one of its keys; none when it is unknown. May answer with more than was asked.
   * @errors RegistryFault
   */
  lookup(query: { readonly subscriberId: string; readonly keyId?: string }): Promise<RegistryRecord[]>;
  /** How long an answer may be kept, ms, where the source is cheap to ask again. */
  readonly maxAgeMs?: number;
  /** It answers only who names a key. */
  readonly requiresKeyId?: boolean;
}

/** No usable answer: unreachable, refused, unreadable. */
export class RegistryFault extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RegistryFault';
  }
}

/**
 * One record in any of the published spellings: core's `url` and `key_id`, the deployed `subscriber_url`,
 * `unique_key_id` and `pub_key_id`, ONDC's `ukId` and participant types.
 * @unit   Times out in epoch ms; in as ISO text or as epoch seconds or milliseconds, number or text.
 * @errors `problem` is a sentence that names the participant.
 */
export function readRecord(raw: unknown): RegistryRecord | { readonly problem: string } {
  if (!isObject(raw)) return { problem: 'a record is no object' };
  const subscriberId = readText(raw, 'subscriber_id', 'subscriberId');
  if (subscriberId === undefined) return { problem: 'a record has no subscriber_id' };
  const keyId = readText(raw, 'unique_key_id', 'pub_key_id', 'key_id', 'ukId', 'uk_id', 'keyId');
  if (keyId === undefined) return { problem: `the record of ${subscriberId} has no key id` };
  const publicKey = readText(raw, 'signing_public_key', 'signingPublicKey');
  if (publicKey === undefined) return { problem: `the record of ${subscriberId} has no signing_public_key` };
  let signingPublicKey: string;
  try {
    signingPublicKey = Buffer.from(readPublicKey(publicKey)).toString('base64');
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error;
    return { problem: `the record of ${subscriberId}, key ${keyId}: ${error.message}` };
  }

  const url = readText(raw, 'subscriber_url', 'url', 'subscriberUrl');
  const type = readParticipantType(readText(raw, 'type'));
  const domain = dropWildcard(readText(raw, 'domain'));
  const location = raw['location'];
  const city = dropWildcard(readText(raw, 'city') ?? (isObject(location) ? readCityCode(location['city']) : undefined));
  const validFrom = readEpochMs(raw['valid_from'] ?? raw['validFrom']);
  const validUntil = readEpochMs(raw['valid_until'] ?? raw['validUntil']);
  return {
    subscriberId,
    keyId,
    signingPublicKey,
    status: (readText(raw, 'status') ?? '').toUpperCase(),
    ...(url === undefined ? {} : { url }),
    ...(type === undefined ? {} : { type }),
    ...(domain === undefined ? {} : { domain }),
    ...(city === undefined ? {} : { city }),
    ...(validFrom === undefined ? {} : { validFrom }),
    ...(validUntil === undefined ? {} : { validUntil }),
    ...(typeof raw['freshMs'] === 'number' && { freshMs: raw['freshMs'] }),
  };
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readText(raw: { readonly [key: string]: unknown }, ...names: readonly string[]): string | undefined {
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
  return isObject(city) ? readText(city, 'code', 'name') : undefined;
}

const TYPE_SPELLINGS: { readonly [spelling: string]: string } = { BUYERAPP: 'BAP', SELLERAPP: 'BPP', GATEWAY: 'BG' };

function readParticipantType(type: string | undefined): string | undefined {
  const upper = dropWildcard(type)?.toUpperCase();
  return upper === undefined ? undefined : (TYPE_SPELLINGS[upper] ?? upper);
}

function readEpochMs(value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
  // Below 10^11 it can only be seconds: as milliseconds that is before 1973-03-03.
  if (Number.isFinite(number)) return number < 1e11 ? number * 1000 : number;
  const parsed = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}
