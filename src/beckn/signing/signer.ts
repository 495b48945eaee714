/** Our own signature as one subscriber: which of its keys signs now, and over what. */
import type { Clock } from '../../ports/runtime.js';
import { type AcknowledgedRequest, authorizationHeader } from './signature.js';

export interface SigningKey {
  readonly keyId: string;
  /** libsodium's 64 bytes. */
  readonly secretKey: Uint8Array;
  /** Epoch ms; absent: always was. */
  readonly validFrom?: number | undefined;
  /** Epoch ms, not counted; absent: for ever. */
  readonly validUntil?: number | undefined;
}

export interface Signer {
  readonly subscriberId: string;
  readonly keys: readonly SigningKey[];
  /** The key that signs at this moment. */
  currentKey(): SigningKey;
  /**
   * The value of a signature header over these bytes.
   * @param options.lifetimeS At least so long, s; never below `MIN_LIFETIME_S`.
   * @param options.requestSignature base64, of the request that is answered: signs four lines.
   * @param options.receiptFor The request that is acknowledged: signs five lines.
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

/** A receiver whose clock is behind ours must not find our signature in its future, s. */
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
      const over = { body, created, expires, requestSignature, receiptFor };
      return authorizationHeader({ subscriberId, keyId, secretKey, ...over });
    },
  };
}

/**
 * The newest key that is valid now; of two that began together the later in the list. When none is, the one that
 * ended last: a peer may still take it, and silence is taken by nobody.
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
