/** Subscribes to a registry: builds the record that describes us and sends it in signed calls. */
import type { Clock, Random } from '../../ports/runtime.js';
import type { SubscribeRequest, SubscribeResult } from '../../ports/networks.js';
import type { RegistrySettings, SubscriberSettings } from '../../config/config.js';
import type { JsonObject } from '../protocol/wire.js';
import { callRegistry, readStatusText, saysError } from './registry-call.js';
import { registryKind } from './registry-open.js';
import { RegistryFault } from './registry.js';
import { base64 } from '../signing/signature.js';
import { newestKey, type Signer, type SigningKey } from '../signing/signer.js';

/** Paths of the calls to each kind of registry, in order. @source Published registry API; the deployed v1 registry. */
const SUBSCRIBE_PATHS: Readonly<Record<ReturnType<typeof registryKind>, readonly string[]>> = {
  succinct: ['/subscribers/register', '/subscribers/subscribe'],
  beckn: ['/subscribe'],
  // Operators subscribe to ONDC in a portal, publish DeDi records elsewhere, and write files by hand.
  ondc: [],
  dedi: [],
  file: [],
};
/** The validity that we state for a key whose end is not configured. */
const DEFAULT_VALIDITY_YEARS = 10;
const YEAR_MS = 365 * 86_400_000;

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
  | Exclude<SubscribeResult, { readonly pendingUntil: number }>
  | Pick<SubscribeSuccess, 'calls' | 'records'>;
type SubscribeSuccess = Extract<SubscribeResult, { readonly pendingUntil: number }>;

/**
 * For each of our domains, or once if none is configured, builds a record of a signing key, by default the newest, and
 * registers it. The current key signs the calls, even if another key is registered. With `send: false`, or a kind of
 * registry without such calls, the records are only returned.
 * @errors A refusal if the key is unknown, or if the registry refuses or is unavailable.
 *         Earlier records stay registered.
 */
export async function submitSubscription(deps: SubscribeDeps, request: SubscribeRequest): Promise<SubscribeOutcome> {
  const { signer, registry } = deps;
  const { keyId, send = true } = request;
  const key = keyId === undefined ? newestKey(signer.keys) : signer.keys.find((one) => one.keyId === keyId);
  if (!key) {
    const keyIds = signer.keys.map((one) => one.keyId).join(', ');
    return { refused: 'unknown-key', message: `No signing key has the id ${keyId ?? ''}; the key ids are ${keyIds}.` };
  }
  const domains = deps.subscriber.domains.length > 0 ? deps.subscriber.domains : [undefined];
  const records = domains.map((domain) => subscriptionRecord(deps, key, domain));
  const paths = send ? SUBSCRIBE_PATHS[registryKind(registry)] : [];
  const calls: SubscribeCall[] = [];
  try {
    for (const record of records) {
      for (const path of paths) {
        const { isAccepted, ...call } = await sendRecord(deps, record, path);
        if (!isAccepted) {
          const reason = call.response === undefined ? '' : `: ${call.response}`;
          return { refused: 'registry-refused', message: `The registry responded ${call.status} at ${path}${reason}.` };
        }
        calls.push(call);
      }
    }
  } catch (error) {
    if (!(error instanceof RegistryFault)) throw error;
    return { refused: 'registry-unavailable', message: `The registry cannot be asked: ${error.message}.` };
  }
  return { calls, records };
}

type SubscribeCall = SubscribeSuccess['calls'][number];

async function sendRecord(
  deps: SubscribeDeps,
  record: JsonObject,
  path: string,
): Promise<SubscribeCall & { readonly isAccepted: boolean }> {
  const { signer, registry, random } = deps;
  const body = JSON.stringify({ ...record, nonce: random.uuid() });
  const { status, json } = await callRegistry({
    method: 'POST',
    url: (registry.url ?? '').replace(/\/+$/, '') + path,
    body,
    headers: { authorization: signer.signatureHeader(Buffer.from(body)) },
    timeoutMs: registry.timeoutMs,
  });
  const response = readStatusText(json);
  const isAccepted = status >= 200 && status <= 299 && !saysError(json);
  return { path, status, isAccepted, ...(response !== undefined && { response }) };
}

/** @shape States the key id, address and location under each name that a version 1 registry may read. */
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

/** Returns base64 of the public key's 32 raw bytes, which follow the seed in libsodium's secret key. */
export function publicKeyOf({ secretKey }: SigningKey): string {
  return base64(secretKey.subarray(32));
}
