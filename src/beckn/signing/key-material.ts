/** Reads, generates and encodes Ed25519 signing keys. Await `loadSodium` first. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { base64 } from './signature.js';

export interface KeyPair {
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array;
  /** libsodium's 64-byte form: the seed followed by the public key. */
  readonly secretKey: Uint8Array;
}

/** A key that cannot be used. The message says why and never contains the key. */
export class KeyFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeyFault';
  }
}

/** @shape base64 of a 32-byte seed, of libsodium's 64-byte form or of PKCS#8 DER; or PEM text. @errors KeyFault */
export function readSecretKey(text: string): KeyPair {
  const trimmed = text.trim();
  if (trimmed.startsWith('-----')) return keyPairFromPrivateKey(() => createPrivateKey(trimmed));
  const bytes = decodeKeyText(trimmed, 'private');
  if (bytes.length === 32) return keyPairFromSeed(bytes);
  if (bytes.length === 64) {
    const pair = keyPairFromSeed(bytes.subarray(0, 32));
    if (!Buffer.from(pair.publicKey).equals(bytes.subarray(32))) {
      throw new KeyFault(
        'the private key is 64 bytes long, but its second half is not the public key of its first half',
      );
    }
    return pair;
  }
  if (bytes[0] !== DER_SEQUENCE) {
    throw new KeyFault(
      `the private key decodes to ${bytes.length} bytes; expected 32 (seed), 64 (libsodium) or PKCS#8 DER`,
    );
  }
  return keyPairFromPrivateKey(() => createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }));
}

/**
 * Reads a public key as 32 raw bytes. Refuses points of small order, because forged signatures would verify under them.
 * @shape  base64 of 32 raw bytes or of SPKI DER (44 bytes); or PEM text.
 * @errors KeyFault
 */
export function readPublicKey(text: string): Uint8Array {
  const trimmed = text.trim();
  if (trimmed.startsWith('-----')) {
    // `createPublicKey` would also accept a private key; a registry that publishes one has made a mistake.
    if (!trimmed.startsWith('-----BEGIN PUBLIC KEY')) throw new KeyFault('the PEM text is not a public key');
    return rawPublicKey(() => createPublicKey(trimmed));
  }
  const bytes = decodeKeyText(trimmed, 'public');
  if (bytes.length === 32) return requireValidPoint(bytes);
  if (bytes[0] !== DER_SEQUENCE) {
    throw new KeyFault(`the public key decodes to ${bytes.length} bytes; expected 32 (raw) or 44 (SPKI DER)`);
  }
  return rawPublicKey(() => createPublicKey({ key: bytes, format: 'der', type: 'spki' }));
}

export function generateKeyPair(): KeyPair {
  const { publicKey, privateKey } = sodium.crypto_sign_keypair();
  return { publicKey, secretKey: privateKey };
}

/** Derives a key pair from a 32-byte seed. */
export function keyPairFromSeed(seed: Uint8Array): KeyPair {
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  return { publicKey, secretKey: privateKey };
}

/** Encodes a key pair for key files and registries: base64 of libsodium's 64-byte secret key and of the public key. */
export function encodeKeyPair(pair: KeyPair): { readonly secretKey: string; readonly publicKey: string } {
  return { secretKey: base64(pair.secretKey), publicKey: base64(pair.publicKey) };
}

const DER_SEQUENCE = 0x30;

function decodeKeyText(text: string, kind: 'private' | 'public'): Buffer {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text.replace(/\s+/g, ''))) {
    throw new KeyFault(`the ${kind} key is neither base64 nor PEM text`);
  }
  return Buffer.from(text, 'base64');
}

function keyPairFromPrivateKey(read: () => KeyObject): KeyPair {
  const { d } = exportJwk(read, 'private');
  if (d === undefined) throw new KeyFault('the private key contains no seed');
  return keyPairFromSeed(Buffer.from(d, 'base64url'));
}

function rawPublicKey(read: () => KeyObject): Uint8Array {
  return requireValidPoint(Buffer.from(exportJwk(read, 'public').x ?? '', 'base64url'));
}

function exportJwk(read: () => KeyObject, kind: 'private' | 'public'): { readonly d?: string; readonly x?: string } {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new KeyFault(`the ${kind} key is not readable as DER or PEM`);
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new KeyFault(`the ${kind} key is ${key.asymmetricKeyType ?? 'of an unknown kind'}; signing needs ed25519`);
  }
  return key.export({ format: 'jwk' });
}

/** Refuses points of small order or outside the prime-order subgroup. @errors KeyFault */
function requireValidPoint(publicKey: Uint8Array): Uint8Array {
  try {
    sodium.crypto_sign_ed25519_pk_to_curve25519(publicKey);
  } catch {
    throw new KeyFault('the public key is not a sound Ed25519 point (wrong length or small order)');
  }
  return publicKey;
}
