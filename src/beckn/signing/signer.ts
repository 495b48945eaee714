/** Signs messages as one subscriber, with its newest valid key or, if none is valid, the one nearest to validity. */
import type { Clock } from '../../ports/runtime.js';
import { type AcknowledgedRequest, authorizationHeader } from './signature.js';

export interface SigningKey {
  readonly keyId: string;
  /** libsodium's 64-byte form. */
  readonly secretKey: Uint8Array;
  /** Epoch ms; no lower bound if absent. */
  readonly validFrom?: number | undefined;
  /** Epoch ms, exclusive; no upper bound if absent. */
  readonly validUntil?: number | undefined;
}

export interface Signer {
  readonly subscriberId: string;
  readonly keys: readonly [SigningKey, ...SigningKey[]];
  currentKey(): SigningKey;
  /**
   * Builds the value of a signature header over `body`.
   * @param options.lifetimeS Minimum lifetime, s, counted from now. `expires` is also at least `MIN_LIFETIME_S` after
   *        the backdated `created`.
   * @param options.requestSignature base64 signature of the request that is answered, signed as a fourth line.
   * @param options.receiptFor The request that a counter-signature acknowledges, signed as a fourth and fifth line.
   */
  signatureHeader(
    body: Uint8Array,
    options?: {
      readonly lifetimeS?: number;
      readonly requestSignature?: string | undefined;
      readonly receiptFor?: AcknowledgedRequest;
    },
  ): string;
}

/** A signer whose keys a reload may replace. */
export interface ReplaceableSigner extends Signer {
  replaceKeys(keys: readonly [SigningKey, ...SigningKey[]]): void;
}

/** `created` is backdated by this many seconds, for receivers whose clocks are behind ours. */
const BACKDATED_S = 5;
const MIN_LIFETIME_S = 300;

/** @source BECKN-006: `expires` should be at least the message's ttl away; callers can pass the ttl as `lifetimeS`. */
export function createSigner(options: {
  readonly subscriberId: string;
  readonly keys: readonly [SigningKey, ...SigningKey[]];
  readonly clock: Pick<Clock, 'now'>;
}): ReplaceableSigner {
  const { subscriberId, clock } = options;
  let { keys } = options;
  const current = (): SigningKey => signingKeyAt(keys, clock.now());
  return {
    subscriberId,
    get keys() {
      return keys;
    },
    replaceKeys: (next) => void (keys = next),
    currentKey: current,
    signatureHeader(body, { lifetimeS = 0, requestSignature, receiptFor } = {}) {
      const { keyId, secretKey } = current();
      const now = Math.floor(clock.now() / 1000);
      const created = now - BACKDATED_S;
      const expires = Math.max(created + MIN_LIFETIME_S, now + lifetimeS);
      const message = { body, created, expires, requestSignature, receiptFor };
      return authorizationHeader({ subscriberId, keyId, secretKey, ...message });
    },
  };
}

/** Selects the key with the latest start; the later one in the list if two start together. */
export function newestKey(keys: readonly [SigningKey, ...SigningKey[]]): SigningKey {
  return keys.reduce((best, key) => (validityStart(key) >= validityStart(best) ? key : best));
}

/**
 * Selects the newest valid key. If no key is valid, selects the one whose validity is nearest: our clock may be wrong,
 * or a peer may accept the key even so, whereas an unsigned message is always refused.
 * @unit   `now` in epoch ms.
 */
export function signingKeyAt(keys: readonly [SigningKey, ...SigningKey[]], now: number): SigningKey {
  const [first, ...others] = keys.filter((key) => isValidAt(key, now));
  if (first) return newestKey([first, ...others]);
  return keys.reduce((best, key) => (msFromValidity(key, now) < msFromValidity(best, now) ? key : best));
}

/** Returns how long it is until the key becomes valid, or since it expired. */
function msFromValidity(key: SigningKey, now: number): number {
  return Math.max(validityStart(key) - now, now - (key.validUntil ?? Infinity));
}

function isValidAt(key: SigningKey, now: number): boolean {
  return validityStart(key) <= now && now < (key.validUntil ?? Infinity);
}

function validityStart(key: SigningKey): number {
  return key.validFrom ?? -Infinity;
}
