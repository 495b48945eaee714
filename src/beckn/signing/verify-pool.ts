/** Verifies Ed25519 signatures on Node's thread pool, because this is the most expensive step of a request. */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { createBoundedCache } from '../../observe/bounded-cache.js';
import {
  type AcknowledgedMessage,
  namesAcknowledgedMessage,
  signingStringOf,
  type ParsedSignature,
} from './signature.js';

/**
 * Checks with `publicKey` (32 raw bytes of a valid point) that the signature covers this digest, the times in `parsed`
 * and the acknowledged message. Never rejects.
 */
export type VerifySignature = (
  parsed: ParsedSignature,
  bodyDigest: string,
  publicKey: Uint8Array,
  acknowledgedMessage?: AcknowledgedMessage,
) => boolean | Promise<boolean>;

const MAX_CACHED_KEYS = 1000;

/**
 * Creates a verifier that gives the same results as `verifySignature` for keys read by `readPublicKey`, which refuses
 * the points of small order that Node's own verification would accept.
 * @source RFC 8032 §5.1.7
 */
export function createPooledVerify(): VerifySignature {
  const keys = createBoundedCache<KeyObject>(MAX_CACHED_KEYS);

  function keyOf(publicKey: Uint8Array): KeyObject {
    const x = Buffer.from(publicKey).toString('base64url');
    const cached = keys.get(x);
    if (cached) return cached;
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    keys.set(x, key);
    return key;
  }

  return (parsed, bodyDigest, publicKey, acknowledgedMessage) => {
    if (!namesAcknowledgedMessage(parsed, acknowledgedMessage)) return false;
    let key: KeyObject;
    try {
      key = keyOf(publicKey);
    } catch {
      return false; // a key of the wrong length
    }
    const text = Buffer.from(signingStringOf(parsed, bodyDigest, acknowledgedMessage));
    return new Promise((resolve) => {
      verify(null, text, key, parsed.signature, (error, valid) => resolve(error === null && valid));
    });
  };
}
