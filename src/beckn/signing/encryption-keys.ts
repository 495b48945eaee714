/** Reads and encodes X25519 keys, which registries use to encrypt their challenges. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { KeyFault } from './key-material.js';

const RAW_KEY_BYTES = 32;
/** DER prefixes that turn 32 raw bytes into a PKCS#8 or SPKI key. @source RFC 8410 §4, §7 */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/**
 * @shape  base64 of 32 raw bytes or of PKCS#8 DER; or PEM text. @errors KeyFault; the message never contains the key.
 */
export function readEncryptionKey(text: string): KeyObject {
  const trimmed = text.trim();
  if (trimmed.startsWith('-----')) return requireX25519('private', () => createPrivateKey(trimmed));
  const bytes = Buffer.from(trimmed, 'base64');
  const key = bytes.length === RAW_KEY_BYTES ? Buffer.concat([PKCS8_PREFIX, bytes]) : bytes;
  return requireX25519('private', () => createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}

/** @shape base64 of 32 raw bytes or of SPKI DER (44 bytes); or PEM text. @errors KeyFault */
export function readEncryptionPublicKey(text: string): KeyObject {
  const trimmed = text.trim();
  // `createPublicKey` would accept the PEM text of a private key and derive the public key from it.
  if (trimmed.startsWith('-----') && !trimmed.startsWith('-----BEGIN PUBLIC KEY')) {
    throw new KeyFault('the PEM text is not a public key');
  }
  if (trimmed.startsWith('-----')) return requireX25519('public', () => createPublicKey(trimmed));
  const bytes = Buffer.from(trimmed, 'base64');
  const key = bytes.length === RAW_KEY_BYTES ? Buffer.concat([SPKI_PREFIX, bytes]) : bytes;
  return requireX25519('public', () => createPublicKey({ key, format: 'der', type: 'spki' }));
}

/** Derives the public key from a private key and encodes it as registries expect: base64 of SPKI DER. */
export function encodeEncryptionPublicKey(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
}

function requireX25519(kind: 'private' | 'public', read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new KeyFault(`the ${kind} encryption key is not readable as base64, DER or PEM`);
  }
  if (key.asymmetricKeyType !== 'x25519') {
    throw new KeyFault(`the ${kind} encryption key is ${key.asymmetricKeyType ?? 'of an unknown kind'}, not x25519`);
  }
  return key;
}
