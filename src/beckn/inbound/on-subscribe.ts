/**
 * `on_subscribe` and what leads to it. The answer to a challenge is a decryption: it is given only while we have asked
 * for a subscription, or to the registry itself, and then only when it looks like a challenge.
 */
import type { KeyObject } from 'node:crypto';
import type { Events } from '../../ports/events.js';
import type { SubscribeRequest, SubscribeResult } from '../../ports/networks.js';
import type { Clock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { parseJson } from '../../schema/json-guard.js';
import { solveChallenge } from '../signing/challenge.js';
import type { InboundRequest } from './request-pipeline.js';
import { createRateLimit } from './rate-limit.js';
import { jsonResponse, nackResponse, type WireResponse, type NackCode } from '../protocol/nack-codes.js';
import { isObject } from '../registry/registry.js';
import { digest, parseSignatureHeader, verifySignature } from '../signing/signature.js';
import { submitSubscription, type SubscribeDeps } from '../registry/subscribe.js';
import { timeProblem } from '../registry/verify.js';

export interface SubscriptionDeps extends SubscribeDeps {
  readonly network: string;
  /** Ours, X25519; any of them may be meant. */
  readonly encryptionKeys: readonly KeyObject[];
  readonly registryEncryptionKeys: readonly KeyObject[];
  /** The registry's own, Ed25519, 32 raw bytes each. */
  readonly registrySigningKeys: readonly Uint8Array[];
  readonly values: ValueStore;
  readonly clock: Clock;
  readonly events: Events;
  readonly skewS: number;
  readonly maxAgeS: number;
}

export interface Subscription {
  /** A subscription that was asked for before the restart is still asked for. */
  start(): Promise<void>;
  /** @errors StoreFault when it could not be kept that we asked. */
  subscribe(wish: SubscribeRequest): Promise<SubscribeResult>;
  /** `POST /on_subscribe`. Never rejects. */
  answerChallenge(arrival: Pick<InboundRequest, 'rawBody' | 'headers'>): WireResponse;
  /** Epoch ms; `undefined` while nothing is pending. */
  pendingUntil(): number | undefined;
}

/** A registry calls within minutes; a person who approves takes longer. */
const PENDING_MS = 24 * 3_600_000;
const MAX_CALLS_PER_MINUTE = 10;
const JSON_LIMITS = { maxDepth: 8, maxKeys: 50 };

export function createSubscription(deps: SubscriptionDeps): Subscription {
  const { clock, events, values } = deps;
  const name = `subscription/${deps.network}`;
  // Apart, so that a flood of strangers does not shut the registry out.
  const mayAsk = createRateLimit(clock, MAX_CALLS_PER_MINUTE);
  let until = 0;

  function refuse(code: NackCode, detail?: string): WireResponse {
    events.emit('registry.challenge-refused', { reason: code, network: deps.network });
    return nackResponse(code, detail === undefined ? {} : { detail });
  }

  function unsolvable(): string | undefined {
    if (deps.encryptionKeys.length === 0)
      return 'A challenge cannot be solved: subscriber.encryptionKeyFiles is empty.';
    if (deps.registryEncryptionKeys.length > 0) return undefined;
    return 'A challenge cannot be solved: registry.encryptionKeys is empty.';
  }

  /** @source The published registry API: this call is signed by the registry. Some send `Signature` beside it. */
  function isRegistry({ rawBody, headers }: Pick<InboundRequest, 'rawBody' | 'headers'>): boolean {
    if (deps.registrySigningKeys.length === 0) return false;
    return [headers.authorization, headers.signature].some((header) => {
      const parsed = header === undefined ? undefined : parseSignatureHeader(header, { xed25519: true });
      if (parsed === undefined || 'problem' in parsed) return false;
      if (timeProblem(parsed, clock.now(), deps.skewS, deps.maxAgeS) !== undefined) return false;
      const bodyDigest = digest(rawBody);
      return deps.registrySigningKeys.some((key) => verifySignature(parsed, bodyDigest, key));
    });
  }

  return {
    async start() {
      const kept = await values.value(name);
      until = typeof kept === 'number' ? kept : 0;
    },
    async subscribe(wish) {
      // Open before the call: a registry may challenge while it is still being asked.
      const before = until;
      until = clock.now() + PENDING_MS;
      const result = await submitSubscription(deps, wish);
      if ('refused' in result) {
        until = before;
        return result;
      }
      await values.putValue(name, until);
      events.emit('registry.subscribed', { step: 'asked', network: deps.network });
      const hint = unsolvable();
      return { ...result, pendingUntil: until, ...(hint !== undefined && { hint }) };
    },
    answerChallenge(arrival) {
      const signed = isRegistry(arrival);
      if (!signed && clock.now() >= until) return refuse('no-pending-subscription');
      if (!mayAsk(signed ? 'registry' : 'anyone')) return refuse('rate-limited');
      const parsed = parseJson(arrival.rawBody.toString('utf8'), JSON_LIMITS);
      const body = parsed.ok ? parsed.value : undefined;
      if (!isObject(body)) return refuse('json-syntax');
      const { subscriber_id: subscriberId, challenge } = body;
      if (subscriberId !== undefined && subscriberId !== deps.signer.subscriberId) {
        return refuse('subscriber-id-mismatch', `This is ${deps.signer.subscriberId}.`);
      }
      if (typeof challenge !== 'string') return refuse('challenge-invalid', 'challenge is no text.');
      const answer = solveChallenge(challenge, deps.encryptionKeys, deps.registryEncryptionKeys);
      if (answer === undefined) return refuse('challenge-invalid');
      events.emit('registry.subscribed', { step: 'answered', network: deps.network });
      return jsonResponse(200, { answer });
    },
    pendingUntil: () => (clock.now() < until ? until : undefined),
  };
}
