/** Defines network participants and converts them to and from the records of deployed registries. */
import { textOf, type Json } from './runtime/json.js';

export interface SandboxSubscriber {
  readonly subscriberId: string;
  readonly url: string;
  readonly type: 'BAP' | 'BPP' | 'BG';
  readonly keyId: string;
  /** base64 of 32 raw bytes. */
  readonly signingPublicKey: string;
  readonly domain?: string;
  readonly city?: string;
  /** `SUBSCRIBED` by default. */
  readonly status?: string;
  /** Epoch ms; one day before the lookup by default. */
  readonly validFrom?: number;
  /** Epoch ms; 365 days after the lookup by default. */
  readonly validUntil?: number;
}

const DAY_MS = 86_400_000;

/**
 * Builds the record that a lookup at `now` (epoch ms) returns, with the key id under both names that deployments use.
 */
export function toWireRecord(subscriber: SandboxSubscriber, now: number): { readonly [name: string]: string | null } {
  return {
    subscriber_id: subscriber.subscriberId,
    subscriber_url: subscriber.url,
    type: subscriber.type,
    domain: subscriber.domain ?? null,
    city: subscriber.city ?? null,
    country: 'IND',
    status: subscriber.status ?? 'SUBSCRIBED',
    unique_key_id: subscriber.keyId,
    pub_key_id: subscriber.keyId,
    signing_public_key: subscriber.signingPublicKey,
    valid_from: new Date(subscriber.validFrom ?? now - DAY_MS).toISOString(),
    valid_until: new Date(subscriber.validUntil ?? now + 365 * DAY_MS).toISOString(),
  };
}

/**
 * Reads the provider (BPP) that a subscribe request describes.
 * @returns `undefined` if the subscriber id, URL, key id or signing key is missing, or a time is unreadable.
 */
export function readSubscribeRequest(body: Json): SandboxSubscriber | undefined {
  const subscriberId = textOf(body.subscriber_id);
  const url = textOf(body.subscriber_url);
  const keyId = textOf(body.unique_key_id);
  const signingPublicKey = textOf(body.signing_public_key);
  if ([subscriberId, url, keyId, signingPublicKey].includes('')) return undefined;
  const [validFrom, validUntil] = [readTime(body.valid_from), readTime(body.valid_until)];
  if (Number.isNaN(validFrom) || Number.isNaN(validUntil)) return undefined;
  const domain = textOf(body.domain);
  return {
    subscriberId,
    url,
    type: 'BPP',
    keyId,
    signingPublicKey,
    ...(domain !== '' && { domain }),
    ...(validFrom !== undefined && { validFrom }),
    ...(validUntil !== undefined && { validUntil }),
  };
}

/** @returns Epoch ms; `undefined` without a time, NaN for an unreadable one. */
function readTime(value: Json[string]): number | undefined {
  return value === undefined || value === null || value === '' ? undefined : Date.parse(textOf(value));
}
