/** How the sandbox registry takes subscriptions: a signed record in, a challenge out, and trust for who solves it. */
import { createCipheriv, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import {
  authorizationHeader,
  digest,
  loadSodium,
  parseSignatureHeader,
  verifySignature,
} from '../beckn/signing/signature.js';
import type { Clock } from '../ports/runtime.js';
import { isJson, textOf, type Json } from './buyer-app/buyer-options.js';
import { makeKeys } from './runtime/keys.js';
import type { SandboxSubscriber } from './registry.js';

export const SUBSCRIBE_PATHS = new Set(['/subscribe', '/subscribers/subscribe', '/subscribers/register']);

const REGISTRY_ID = 'registry.sandbox.example';
const KEY_ID = 'registry-key-1';
const OTP_DIGITS = 32;

export interface SubscriptionHandler {
  /** base64 of the 32 raw bytes: signs its calls. */
  readonly signingPublicKey: string;
  /** base64 of SPKI DER: makes its challenges. */
  readonly encryptionPublicKey: string;
  /** What became of each challenge, oldest first: its HTTP status, and whether the answer was right. */
  readonly challenges: readonly { readonly subscriberId: string; readonly status: number; readonly solved: boolean }[];
  /** Takes one call; the challenge goes out after its answer. */
  handle(
    path: string,
    body: Buffer,
    authorization: string | undefined,
  ): { readonly status: number; readonly value: Json };
}

export async function createSubscriptionHandler(
  clock: Clock,
  records: {
    add(record: SandboxSubscriber): void;
    /** base64 of 32 raw bytes. */
    publicKey(subscriberId: string, keyId: string): string | undefined;
  },
): Promise<SubscriptionHandler> {
  await loadSodium();
  const signing = await makeKeys();
  const encryption = generateKeyPairSync('x25519');
  const challenges: SubscriptionHandler['challenges'][number][] = [];

  /** @source The deployed v1 registry: AES-256-ECB under the raw shared secret. */
  function challengeFor(encrPublicKey: string, otp: string): string {
    const publicKey = createPublicKey({ key: Buffer.from(encrPublicKey, 'base64'), format: 'der', type: 'spki' });
    const secret = diffieHellman({ privateKey: encryption.privateKey, publicKey });
    const cipher = createCipheriv('aes-256-ecb', secret, null);
    return Buffer.concat([cipher.update(otp), cipher.final()]).toString('base64');
  }

  async function challenge(record: SandboxSubscriber, encrPublicKey: string): Promise<void> {
    const otp = [...sodium.randombytes_buf(OTP_DIGITS)].map((byte) => byte % 10).join('');
    const { subscriberId, keyId } = record;
    const body = JSON.stringify({
      subscriber_id: subscriberId,
      pub_key_id: keyId,
      challenge: challengeFor(encrPublicKey, otp),
    });
    const created = Math.floor(clock.now() / 1000);
    const authorization = authorizationHeader({
      subscriberId: REGISTRY_ID,
      keyId: KEY_ID,
      secretKey: signing.secretKey,
      body: Buffer.from(body),
      created,
      expires: created + 60,
    });
    const response = await fetch(`${record.url.replace(/\/$/, '')}/on_subscribe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body,
      signal: AbortSignal.timeout(5_000),
    });
    const said: unknown = await response.json();
    const solved = isJson(said) && said.answer === otp;
    challenges.push({ subscriberId, status: response.status, solved });
    if (solved) records.add({ ...record, status: 'SUBSCRIBED' });
  }

  return {
    signingPublicKey: signing.publicKeyBase64,
    encryptionPublicKey: encryption.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    challenges,
    handle(path, body, authorization) {
      const wire = readJson(body);
      const record = wire && readRecord(wire);
      if (!wire || !record) return { status: 400, value: { error: 'the record has no name, address or key' } };
      const known = (keyId: string): string | undefined => records.publicKey(record.subscriberId, keyId);
      if (!isSigned(body, authorization, record, known))
        return { status: 401, value: { error: 'it is not signed with its key' } };
      if (path.endsWith('/register')) return { status: 200, value: { status: 'INITIATED' } };
      const encrPublicKey = textOf(wire.encr_public_key);
      if (encrPublicKey === '') return { status: 400, value: { error: 'the record has no encr_public_key' } };
      clock.callSoon(() => {
        challenge(record, encrPublicKey).catch(() =>
          challenges.push({ subscriberId: record.subscriberId, status: 0, solved: false }),
        );
      });
      return { status: 200, value: { status: 'UNDER_SUBSCRIPTION' } };
    },
  };
}

/** Signed with the key that is announced, or with an older one of the same subscriber. */
function isSigned(
  body: Buffer,
  authorization: string | undefined,
  record: SandboxSubscriber,
  known: (keyId: string) => string | undefined,
): boolean {
  const parsed = authorization === undefined ? undefined : parseSignatureHeader(authorization);
  if (parsed === undefined || 'problem' in parsed || parsed.subscriberId !== record.subscriberId) return false;
  const key = parsed.keyId === record.keyId ? record.signingPublicKey : known(parsed.keyId);
  return key !== undefined && verifySignature(parsed, digest(body), Buffer.from(key, 'base64'));
}

function readRecord(wire: Json): SandboxSubscriber | undefined {
  const [subscriberId, url, keyId, signingPublicKey] = [
    textOf(wire.subscriber_id),
    textOf(wire.subscriber_url),
    textOf(wire.unique_key_id),
    textOf(wire.signing_public_key),
  ];
  if ([subscriberId, url, keyId, signingPublicKey].includes('')) return undefined;
  const domain = textOf(wire.domain);
  return {
    subscriberId,
    url,
    type: 'BPP',
    keyId,
    signingPublicKey,
    ...(domain !== '' && { domain }),
    validFrom: Date.parse(textOf(wire.valid_from)),
    validUntil: Date.parse(textOf(wire.valid_until)),
  };
}

function readJson(body: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
