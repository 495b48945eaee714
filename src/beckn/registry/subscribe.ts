/** Our subscription at a registry: the record that says who we are, and the signed calls that hand it in. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { SubscribeRequest, SubscribeResult } from '../../ports/networks.js';
import type { RegistrySettings, SubscriberSettings } from '../../config/config.js';
import type { JsonObject } from '../protocol/dialect.js';
import { callRegistry } from './registry-call.js';
import { registryKind } from './registry-open.js';
import { isObject, RegistryFault } from './registry.js';
import { base64 } from '../signing/signature.js';
import type { Signer, SigningKey } from '../signing/signer.js';

/** What each kind of registry is called with, in order. @source Published registry API; the deployed v1 registry. */
const SUBSCRIBE_PATHS: Readonly<Record<ReturnType<typeof registryKind>, readonly string[]>> = {
  succinct: ['/subscribers/register', '/subscribers/subscribe'],
  beckn: ['/subscribe'],
  // Subscribed to in a portal, published in a namespace of one's own, written by hand.
  ondc: [],
  dedi: [],
  file: [],
};
/** Said where a key has no end of its own. */
const DEFAULT_VALIDITY_YEARS = 10;
const YEAR_MS = 365 * 86_400_000;
const MAX_STATUS_LENGTH = 200;

export interface SubscribeDeps {
  readonly subscriber: Pick<SubscriberSettings, 'domains' | 'city' | 'country'>;
  readonly registry: RegistrySettings;
  readonly signer: Signer;
  readonly uri: () => string;
  /** base64 of SPKI DER. */
  readonly encryptionPublicKey: string | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'uuid'>;
}

export type SubscribeOutcome =
  Exclude<SubscribeResult, { readonly pendingUntil: number }> | Pick<SubscribeSuccess, 'calls' | 'records'>;
type SubscribeSuccess = Extract<SubscribeResult, { readonly pendingUntil: number }>;

/**
 * Hands in one record for each of our domains. The calls are signed with the key that signs now, whichever is registered.
 * @errors None; what went wrong is a named refusal.
 */
export async function submitSubscription(deps: SubscribeDeps, wish: SubscribeRequest): Promise<SubscribeOutcome> {
  const { signer, registry } = deps;
  const key = wish.keyId === undefined ? newestKey(signer.keys) : signer.keys.find((one) => one.keyId === wish.keyId);
  if (!key) {
    const known = signer.keys.map((one) => one.keyId).join(', ');
    return { refused: 'unknown-key', message: `No signing key has the id ${wish.keyId ?? ''}; there are ${known}.` };
  }
  const domains = deps.subscriber.domains.length > 0 ? deps.subscriber.domains : [undefined];
  const records = domains.map((domain) => subscriptionRecord(deps, key, domain));
  const paths = wish.send === false ? [] : SUBSCRIBE_PATHS[registryKind(registry)];
  const calls: { path: string; status: number; response?: string }[] = [];
  try {
    for (const record of records) {
      for (const path of paths) {
        const body = JSON.stringify({ ...record, nonce: deps.random.uuid() });
        const url = (registry.url ?? '').replace(/\/+$/, '') + path;
        const headers = { authorization: signer.signatureHeader(Buffer.from(body)) };
        const { status, json } = await callRegistry({
          method: 'POST',
          url,
          body,
          headers,
          timeoutMs: registry.timeoutMs,
        });
        const response = readStatusText(json);
        if (status < 200 || status > 299) {
          const reason = response === undefined ? '' : `: ${response}`;
          return { refused: 'registry-refused', message: `The registry answered ${status} at ${path}${reason}.` };
        }
        calls.push({ path, status, ...(response !== undefined && { response }) });
      }
    }
  } catch (error) {
    if (!(error instanceof RegistryFault)) throw error;
    return { refused: 'registry-unavailable', message: `The registry cannot be asked: ${error.message}.` };
  }
  return { calls, records };
}

/** @shape Every spelling of key id, address and place that a registry of version 1 reads. */
function subscriptionRecord(deps: SubscribeDeps, key: SigningKey, domain: string | undefined): JsonObject {
  const { city, country } = deps.subscriber;
  const now = deps.clock.now();
  const from = key.validFrom ?? now;
  const place = {
    ...(city !== undefined && { city: { code: city } }),
    ...(country !== undefined && { country: { code: country } }),
  };
  return {
    subscriber_id: deps.signer.subscriberId,
    subscriber_url: deps.uri(),
    url: deps.uri(),
    type: 'BPP',
    ...(domain !== undefined && { domain }),
    ...(city !== undefined && { city }),
    ...(country !== undefined && { country }),
    ...(Object.keys(place).length > 0 && { location: place }),
    key_id: key.keyId,
    unique_key_id: key.keyId,
    pub_key_id: key.keyId,
    signing_public_key: publicKeyOf(key),
    ...(deps.encryptionPublicKey !== undefined && { encr_public_key: deps.encryptionPublicKey }),
    valid_from: new Date(from).toISOString(),
    valid_until: new Date(key.validUntil ?? from + DEFAULT_VALIDITY_YEARS * YEAR_MS).toISOString(),
  };
}

/** base64 of the 32 raw bytes, which libsodium keeps behind the seed. */
export function publicKeyOf({ secretKey }: SigningKey): string {
  return base64(secretKey.subarray(32));
}

function newestKey(keys: readonly SigningKey[]): SigningKey | undefined {
  return [...keys].sort((a, b) => (b.validFrom ?? -Infinity) - (a.validFrom ?? -Infinity) || 0)[0];
}

/** One short word of an answer for an operator. */
function readStatusText(json: unknown): string | undefined {
  const body: unknown = Array.isArray(json) ? json[0] : json;
  if (!isObject(body)) return undefined;
  const error = body['error'];
  const said = body['status'] ?? (isObject(error) ? error['message'] : error) ?? body['message'];
  return typeof said === 'string' ? said.replace(/[\p{C}\s]+/gu, ' ').slice(0, MAX_STATUS_LENGTH) : undefined;
}
