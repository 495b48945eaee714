/** Ed25519 verification on the process's thread pool: it is the dearest step of a request, and none of the loop's business. */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import {
  type AcknowledgedMessage,
  namesAcknowledgedMessage,
  signingStringOf,
  type ParsedSignature,
} from './signature.js';

/** Whether `publicKey` (32 raw bytes, sound) signed this digest with these times, and what it answers. Never rejects. */
export type VerifySignature = (
  parsed: ParsedSignature,
  bodyDigest: string,
  publicKey: Uint8Array,
  answered?: AcknowledgedMessage,
) => boolean | Promise<boolean>;

const MAX_CACHED_KEYS = 1000;

/**
 * The verdicts of `verifySignature`, given that keys were read by `readPublicKey`: it refuses the points of small
 * order that this engine would take.
 * @source RFC 8032 §5.1.7
 */
export function createPooledVerify(): VerifySignature {
  const keys = new LRUCache<string, KeyObject>({ max: MAX_CACHED_KEYS });

  function keyOf(publicKey: Uint8Array): KeyObject {
    const x = Buffer.from(publicKey).toString('base64url');
    const known = keys.get(x);
    if (known) return known;
    const made = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    keys.set(x, made);
    return made;
  }

  return (parsed, bodyDigest, publicKey, answered) => {
    if (!namesAcknowledgedMessage(parsed, answered)) return false;
    let key: KeyObject;
    try {
      key = keyOf(publicKey);
    } catch {
      return false; // a key of the wrong length
    }
    const text = Buffer.from(signingStringOf(parsed, bodyDigest, answered));
    return new Promise((resolve) => {
      verify(null, text, key, parsed.signature, (error, valid) => resolve(error === null && valid));
    });
  };
}
