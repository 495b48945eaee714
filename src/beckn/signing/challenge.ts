/** A registry's challenge: proof that whoever subscribes holds the encryption key that it subscribes with. */
import { createDecipheriv, diffieHellman, type KeyObject } from 'node:crypto';

const BLOCK_BYTES = 16;
/**
 * What a challenge says: a one-time password of digits, or a token. Whatever else comes out was no challenge, and
 * is told to nobody.
 */
const CHALLENGE_FORMAT = /^[0-9A-Za-z_-]{6,64}$/;

/**
 * The plain text of a challenge. `undefined` for whatever is none: wrong padding and wrong words are one answer, so
 * that nobody can find a text out by asking often.
 * @shape  base64 of AES-256-ECB with PKCS#7 padding; the key is the raw X25519 secret, without any derivation.
 * @source The deployed v1 registries and ONDC's; their keys rotate, so every pair is tried.
 */
export function solveChallenge(
  challenge: string,
  ours: readonly KeyObject[],
  registrys: readonly KeyObject[],
): string | undefined {
  const bytes = Buffer.from(challenge, 'base64');
  if (bytes.length === 0 || bytes.length % BLOCK_BYTES !== 0) return undefined;
  for (const privateKey of ours) {
    for (const publicKey of registrys) {
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
