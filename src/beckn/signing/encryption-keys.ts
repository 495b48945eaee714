/** Reads X25519 keys, with which registries encrypt their challenges, in every form that networks use. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { KeyFault } from './key-material.js';

const RAW_KEY_BYTES = 32;
/** The DER bytes before the 32 bytes of the key. @source RFC 8410 §4, §7 */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/** @shape base64 of 32 raw bytes or of PKCS#8 DER; or PKCS#8 PEM text. @errors KeyFault; the message never contains the key. */
export function readEncryptionKey(text: string): KeyObject {
  const trimmed = text.trim();
  if (trimmed.startsWith('-----')) return requireX25519('private', () => createPrivateKey(trimmed));
  const bytes = Buffer.from(trimmed, 'base64');
  const key = bytes.length === RAW_KEY_BYTES ? Buffer.concat([PKCS8_PREFIX, bytes]) : bytes;
  return requireX25519('private', () => createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}

/** @shape base64 of 32 raw bytes or of 44 bytes SPKI DER; or SPKI PEM text. @errors KeyFault */
export function readEncryptionPublicKey(text: string): KeyObject {
  const trimmed = text.trim();
  // Node would derive a public key from a private key.
  if (trimmed.startsWith('-----') && !trimmed.startsWith('-----BEGIN PUBLIC KEY')) {
    throw new KeyFault('the PEM text is not a public key');
  }
  if (trimmed.startsWith('-----')) return requireX25519('public', () => createPublicKey(trimmed));
  const bytes = Buffer.from(trimmed, 'base64');
  const key = bytes.length === RAW_KEY_BYTES ? Buffer.concat([SPKI_PREFIX, bytes]) : bytes;
  return requireX25519('public', () => createPublicKey({ key, format: 'der', type: 'spki' }));
}

/** The public key in the form that registries use: base64 of SPKI DER. */
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
