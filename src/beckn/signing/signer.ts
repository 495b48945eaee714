/** Signs messages as one subscriber and selects the key that is valid now. */
import type { Clock } from '../../ports/runtime.js';
import { type AcknowledgedRequest, authorizationHeader } from './signature.js';

export interface SigningKey {
  readonly keyId: string;
  /** libsodium's 64 bytes. */
  readonly secretKey: Uint8Array;
  /** Epoch ms; absent: no start. */
  readonly validFrom?: number | undefined;
  /** Epoch ms, exclusive; absent: no end. */
  readonly validUntil?: number | undefined;
}

export interface Signer {
  readonly subscriberId: string;
  readonly keys: readonly SigningKey[];
  /** The key that signs now. */
  currentKey(): SigningKey;
  /**
   * The value of a signature header over these bytes.
   * @param options.lifetimeS Least lifetime, s; never below `MIN_LIFETIME_S`.
   * @param options.requestSignature base64 signature of the acknowledged request; the signature covers four lines.
   * @param options.receiptFor The request that a counter-signature acknowledges; the signature covers five lines.
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

/** Seconds by which `created` is set back, for receivers whose clock is behind ours. */
const BACKDATED_S = 5;
export const MIN_LIFETIME_S = 300;

/** @source BECKN-006: `expires` is at least the message's ttl away. */
export function createSigner(options: {
  readonly subscriberId: string;
  readonly keys: readonly [SigningKey, ...SigningKey[]];
  readonly clock: Pick<Clock, 'now'>;
}): Signer {
  const { subscriberId, keys, clock } = options;
  const current = (): SigningKey => signingKeyAt(keys, clock.now());
  return {
    subscriberId,
    keys,
    currentKey: current,
    signatureHeader(body, { lifetimeS = 0, requestSignature, receiptFor } = {}) {
      const { keyId, secretKey } = current();
      const created = Math.floor(clock.now() / 1000) - BACKDATED_S;
      const expires = created + Math.max(lifetimeS, MIN_LIFETIME_S);
      const message = { body, created, expires, requestSignature, receiptFor };
      return authorizationHeader({ subscriberId, keyId, secretKey, ...message });
    },
  };
}

/**
 * The newest valid key; of two keys with the same start the later one in the list. If no key is valid, the key that
 * expired last, because a peer may still accept it while an unsigned message is always refused.
 * @unit `now` in epoch ms.
 */
export function signingKeyAt(keys: readonly [SigningKey, ...SigningKey[]], now: number): SigningKey {
  const valid = keys.filter((key) => isValidAt(key, now));
  if (valid.length > 0) return valid.reduce((best, key) => (validityStart(key) >= validityStart(best) ? key : best));
  return keys.reduce((best, key) => ((key.validUntil ?? 0) > (best.validUntil ?? 0) ? key : best), keys[0]);
}

export function isValidAt(key: SigningKey, now: number): boolean {
  return validityStart(key) <= now && now < (key.validUntil ?? Infinity);
}

function validityStart(key: SigningKey): number {
  return key.validFrom ?? -Infinity;
}
