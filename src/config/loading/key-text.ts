/** Generates the text of new private key files, and reads existing key files. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type KeyKind = 'signing' | 'encryption';

/** Generates a private key: Ed25519 for signing, X25519 for encryption. @shape PKCS#8 as PEM text. */
export function generateKeyText(kind: KeyKind): string {
  const { privateKey } = kind === 'signing' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Reads a key file. @shape The text of a PEM or base64 file, trimmed; base64 of a binary one, such as DER. */
export function readKeyText(file: string): string {
  const bytes = readFileSync(file);
  const isText = bytes.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127));
  return isText ? bytes.toString('ascii').trim() : bytes.toString('base64');
}
