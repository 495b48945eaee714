/**
 * Subscribes us to a registry and answers its `on_subscribe` challenge. An answer reveals decrypted text, so we answer
 * only if a subscription is pending or the registry signed the call, and only if the text looks like a challenge.
 */
import type { KeyObject } from 'node:crypto';
import type { Events } from '../../ports/events.js';
import type { SubscribeRequest, SubscribeResult } from '../../ports/networks.js';
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { parseJson } from '../../schema/json-guard.js';
import { isObject } from '../protocol/json-reading.js';
import { jsonResponse, nackResponse, type WireResponse, type NackCode } from '../protocol/nack-codes.js';
import { submitSubscription, type SubscribeDeps } from '../registry/subscribe.js';
import { timeProblem } from '../registry/verify.js';
import { solveChallenge } from '../signing/challenge.js';
import { digest, parseSignatureHeader, verifySignature } from '../signing/signature.js';
import type { InboundRequest, RequestProcessor } from './inbound-request.js';
import { RateLimiter } from './rate-limit.js';

export interface SubscriptionDeps extends SubscribeDeps {
  readonly network: string;
  /** Our X25519 private keys. A challenge does not say for which of them it was encrypted. */
  readonly encryptionKeys: readonly KeyObject[];
  readonly registryEncryptionKeys: readonly KeyObject[];
  /** The registry's Ed25519 keys, 32 raw bytes each. */
  readonly registrySigningKeys: readonly Uint8Array[];
  readonly values: ValueStore;
  readonly clock: Clock;
  readonly events: Events;
  /** How far the registry's clock may be ahead of ours, s. */
  readonly skewS: number;
  /** The longest lifetime that a signature may claim, s. */
  readonly maxAgeS: number;
}

/** A registry sends its challenge within minutes, but a person who approves the subscription may take a day. */
const PENDING_MS = 24 * 3_600_000;
const MAX_CALLS_PER_MINUTE = 10;
const JSON_LIMITS = { maxDepth: 8, maxKeys: 50 };

type ChallengeRequest = Pick<InboundRequest, 'rawBody' | 'headers'>;

export class Subscription implements RequestProcessor {
  readonly #deps: SubscriptionDeps;
  readonly #storageName: string;
  readonly #rateLimiter: RateLimiter;
  /** Epoch ms until which an unsigned challenge is answered. */
  #pendingUntil = 0;

  constructor(deps: SubscriptionDeps) {
    this.#deps = deps;
    this.#storageName = `subscription/${deps.network}`;
    this.#rateLimiter = new RateLimiter(deps.clock, MAX_CALLS_PER_MINUTE);
  }

  /** Restores a subscription that was pending before the restart. */
  async start(): Promise<void> {
    const stored = await this.#deps.values.value(this.#storageName);
    this.#pendingUntil = typeof stored === 'number' ? stored : 0;
  }

  /** @errors StoreFault if the pending subscription cannot be saved. */
  async subscribe(request: SubscribeRequest): Promise<SubscribeResult> {
    const { clock, values, events, network } = this.#deps;
    // Set before the call, because a registry may send its challenge before it responds.
    const before = this.#pendingUntil;
    this.#pendingUntil = clock.now() + PENDING_MS;
    const result = await submitSubscription(this.#deps, request);
    if ('refused' in result) {
      this.#pendingUntil = before;
      return result;
    }
    await values.putValue(this.#storageName, this.#pendingUntil);
    events.emit('registry.subscribed', { step: 'asked', network });
    const hint = this.#missingKeyHint();
    return { ...result, pendingUntil: this.#pendingUntil, ...(hint !== undefined && { hint }) };
  }

  /** Answers a challenge, `POST /on_subscribe`. */
  process(request: ChallengeRequest): WireResponse {
    const { clock, signer, encryptionKeys, registryEncryptionKeys, events, network } = this.#deps;
    const isSigned = this.#isSignedByRegistry(request);
    if (!isSigned && clock.now() >= this.#pendingUntil) return this.#reject('no-pending-subscription');
    const parsed = parseJson(request.rawBody.toString('utf8'), JSON_LIMITS);
    const body = parsed.ok ? parsed.value : undefined;
    if (!isObject(body)) return this.#rejectBad('json-syntax');
    const { subscriber_id: subscriberId, challenge } = body;
    if (subscriberId !== undefined && subscriberId !== signer.subscriberId) {
      return this.#rejectBad('subscriber-id-mismatch', `This is ${signer.subscriberId}.`);
    }
    if (typeof challenge !== 'string') return this.#rejectBad('challenge-invalid', 'challenge is not a string.');
    const answer = solveChallenge(challenge, encryptionKeys, registryEncryptionKeys);
    if (answer === undefined) return this.#rejectBad('challenge-invalid');
    // Signed and unsigned challenges have separate buckets: a stranger may repeat an unsigned one of the registry.
    if (!this.#rateLimiter.admit(isSigned ? 'registry' : 'anyone')) return this.#reject('rate-limited');
    events.emit('registry.subscribed', { step: 'answered', network });
    return jsonResponse(200, { answer });
  }

  /** Epoch ms; `undefined` if no subscription is pending. */
  pendingUntil(): number | undefined {
    return this.#deps.clock.now() < this.#pendingUntil ? this.#pendingUntil : undefined;
  }

  /** Invalid calls have their own rate limit, so that they do not shut out a registry that does not sign. */
  #rejectBad(code: NackCode, detail?: string): WireResponse {
    return this.#rateLimiter.admit('bad') ? this.#reject(code, detail) : this.#reject('rate-limited');
  }

  #reject(code: NackCode, detail?: string): WireResponse {
    this.#deps.events.emit('registry.challenge-refused', { reason: code, network: this.#deps.network });
    return nackResponse(code, detail === undefined ? {} : { detail });
  }

  #missingKeyHint(): string | undefined {
    if (this.#deps.encryptionKeys.length === 0)
      return 'A challenge could not be solved: subscriber.encryptionKeyFiles is empty. Make a key with: keys generate encryption.key --encryption';
    if (this.#deps.registryEncryptionKeys.length > 0) return undefined;
    return 'A challenge could not be solved: registry.encryptionKeys is empty. If this registry sends one, put its public key there and repeat this.';
  }

  /** @source The published registry API: the registry signs this call. Some registries use a `Signature` header. */
  #isSignedByRegistry({ rawBody, headers }: ChallengeRequest): boolean {
    const { clock, registrySigningKeys, skewS, maxAgeS } = this.#deps;
    if (registrySigningKeys.length === 0) return false;
    return [headers.authorization, headers.signature].some((header) => {
      const parsed = header === undefined ? undefined : parseSignatureHeader(header, { xed25519: true });
      if (parsed === undefined || 'problem' in parsed) return false;
      if (timeProblem(parsed, clock.now(), skewS, maxAgeS) !== undefined) return false;
      const bodyDigest = digest(rawBody);
      return registrySigningKeys.some((key) => verifySignature(parsed, bodyDigest, key));
    });
  }
}
