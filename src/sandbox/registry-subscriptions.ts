/**
 * Handles subscriptions at the registry: checks the request, sends a challenge, and adds the record once the challenge
 * is solved. A request to `/register` is only checked and answered.
 */
import { createCipheriv, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { authorizationHeader, digest, parseSignatureHeader, verifySignature } from '../beckn/signing/signature.js';
import type { Clock } from '../ports/runtime.js';
import { readSubscribeRequest, type SandboxSubscriber } from './registry-record.js';
import { isJson, parseJson, textOf, type Json } from './runtime/json.js';
import type { SandboxKeys } from './runtime/keys.js';

export const SUBSCRIBE_PATHS: ReadonlySet<string> = new Set([
  '/subscribe',
  '/subscribers/subscribe',
  '/subscribers/register',
]);

const REGISTRY_ID = 'registry.sandbox.example';
const KEY_ID = 'registry-key-1';
const OTP_DIGITS = 32;
const SIGNATURE_TTL_S = 60;
const CHALLENGE_TIMEOUT_MS = 5_000;

/** The registry's public keys and the outcomes of its challenges. */
export interface RegistrySubscriptions {
  /** The key that verifies the registry's challenges: base64 of 32 raw bytes. */
  readonly signingPublicKey: string;
  /** The registry's X25519 key, with which subscribers decrypt challenges: base64 of its SPKI DER. */
  readonly encryptionPublicKey: string;
  /** Oldest first. `status` is the HTTP status of the answer; 0 if the challenge failed or got no JSON answer. */
  readonly challenges: readonly { readonly subscriberId: string; readonly status: number; readonly solved: boolean }[];
}

interface SubscriptionHandlerDeps {
  readonly clock: Clock;
  readonly signingKeys: SandboxKeys;
  addRecord(record: SandboxSubscriber): void;
  /** Returns a registered signing key as base64 of 32 raw bytes. */
  findPublicKey(subscriberId: string, keyId: string): string | undefined;
}

export class SubscriptionHandler implements RegistrySubscriptions {
  readonly challenges: RegistrySubscriptions['challenges'][number][] = [];
  readonly #deps: SubscriptionHandlerDeps;
  readonly #encryption = generateKeyPairSync('x25519');

  constructor(deps: SubscriptionHandlerDeps) {
    this.#deps = deps;
  }

  get signingPublicKey(): string {
    return this.#deps.signingKeys.publicKeyBase64;
  }

  get encryptionPublicKey(): string {
    return this.#encryption.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  }

  /** Answers one subscribe request. The challenge, if any, is sent after the answer. */
  handle(
    path: string,
    body: Buffer,
    authorization: string | undefined,
  ): { readonly status: number; readonly value: Json } {
    const request = parseJson(body.toString('utf8'));
    const record = isJson(request) ? readSubscribeRequest(request) : undefined;
    if (!isJson(request) || !record)
      return {
        status: 400,
        value: { error: 'the record lacks a subscriber id, URL, key id or signing key, or has an unreadable time' },
      };
    if (!this.#isSigned(body, authorization, record))
      return { status: 401, value: { error: "the request is not signed with the subscriber's key" } };
    if (path.endsWith('/register')) return { status: 200, value: { status: 'INITIATED' } };
    const encryptionKey = textOf(request.encr_public_key);
    if (encryptionKey === '') return { status: 400, value: { error: 'the record lacks encr_public_key' } };
    this.#deps.clock.callSoon(() => {
      this.#challenge(record, encryptionKey).catch(() =>
        this.challenges.push({ subscriberId: record.subscriberId, status: 0, solved: false }),
      );
    });
    return { status: 200, value: { status: 'UNDER_SUBSCRIPTION' } };
  }

  /** Checks that a request is signed with the key that it announces or with a registered key of its subscriber. */
  #isSigned(body: Buffer, authorization: string | undefined, record: SandboxSubscriber): boolean {
    const signature = authorization === undefined ? undefined : parseSignatureHeader(authorization);
    if (signature === undefined || 'problem' in signature || signature.subscriberId !== record.subscriberId)
      return false;
    const key =
      signature.keyId === record.keyId
        ? record.signingPublicKey
        : this.#deps.findPublicKey(record.subscriberId, signature.keyId);
    return key !== undefined && verifySignature(signature, digest(body), Buffer.from(key, 'base64'));
  }

  /** Posts a challenge to `on_subscribe`, and adds the record if the answer contains the one-time password. */
  async #challenge(record: SandboxSubscriber, encryptionKey: string): Promise<void> {
    const otp = [...sodium.randombytes_buf(OTP_DIGITS)].map((byte) => byte % 10).join('');
    const { subscriberId, keyId } = record;
    const body = JSON.stringify({
      subscriber_id: subscriberId,
      pub_key_id: keyId,
      challenge: this.#encrypt(otp, encryptionKey),
    });
    const created = Math.floor(this.#deps.clock.now() / 1_000);
    const authorization = authorizationHeader({
      subscriberId: REGISTRY_ID,
      keyId: KEY_ID,
      secretKey: this.#deps.signingKeys.secretKey,
      body: Buffer.from(body),
      created,
      expires: created + SIGNATURE_TTL_S,
    });
    const response = await fetch(`${record.url.replace(/\/$/, '')}/on_subscribe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body,
      signal: AbortSignal.timeout(CHALLENGE_TIMEOUT_MS),
    });
    const answer: unknown = await response.json();
    const solved = isJson(answer) && answer.answer === otp;
    this.challenges.push({ subscriberId, status: response.status, solved });
    if (solved) this.#deps.addRecord({ ...record, status: 'SUBSCRIBED' });
  }

  /**
   * Encrypts the one-time password with AES-256-ECB under the raw X25519 shared secret.
   * @param encryptionKey The subscriber's X25519 key: base64 of its SPKI DER.
   * @returns base64.
   * @source The deployed v1 registry.
   */
  #encrypt(otp: string, encryptionKey: string): string {
    const publicKey = createPublicKey({ key: Buffer.from(encryptionKey, 'base64'), format: 'der', type: 'spki' });
    const secret = diffieHellman({ privateKey: this.#encryption.privateKey, publicKey });
    const cipher = createCipheriv('aes-256-ecb', secret, null);
    return Buffer.concat([cipher.update(otp), cipher.final()]).toString('base64');
  }
}
