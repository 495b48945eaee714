/** Solves a registry's challenge. The answer proves that a subscriber holds the encryption key that it registers. */
import { createDecipheriv, diffieHellman, type KeyObject } from 'node:crypto';

const BLOCK_BYTES = 16;
/** A challenge decrypts to a numeric one-time password or a token. Any other plaintext must not be disclosed. */
const CHALLENGE_FORMAT = /^[0-9A-Za-z_-]{6,64}$/;

/**
 * Decrypts a challenge; `undefined` if decryption fails or the plaintext does not look like a challenge. Both failures
 * give the same result, so that repeated calls cannot be used to decrypt other messages.
 * @shape  base64 of AES-256-ECB ciphertext with PKCS#7 padding; the AES key is the raw X25519 shared secret.
 * @source The deployed v1 registries and ONDC's. Keys rotate, so every combination of our keys and theirs is tried.
 */
export function solveChallenge(
  challenge: string,
  privateKeys: readonly KeyObject[],
  registryKeys: readonly KeyObject[],
): string | undefined {
  const bytes = Buffer.from(challenge, 'base64');
  if (bytes.length === 0 || bytes.length % BLOCK_BYTES !== 0) return undefined;
  for (const privateKey of privateKeys) {
    for (const publicKey of registryKeys) {
      const text = decrypt(bytes, privateKey, publicKey);
      if (text !== undefined && CHALLENGE_FORMAT.test(text)) return text;
    }
  }
  return undefined;
}

function decrypt(bytes: Uint8Array, privateKey: KeyObject, publicKey: KeyObject): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-ecb', diffieHellman({ privateKey, publicKey }), null);
    return Buffer.concat([decipher.update(bytes), decipher.final()]).toString('latin1');
  } catch {
    return undefined;
  }
}
