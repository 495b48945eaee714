/** Generates key files and describes their public halves. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { encodeEncryptionPublicKey, readEncryptionKey } from '../../../beckn/signing/encryption-keys.js';
import { KeyFault, readSecretKey } from '../../../beckn/signing/key-material.js';
import { base64, loadSodium } from '../../../beckn/signing/signature.js';
import { writeNewFile } from './write-file.js';

export type KeyKind = 'signing' | 'encryption';

export interface DescribedKey {
  readonly file: string;
  /** As a registry has it: base64 of 32 raw bytes for signing, of SPKI DER for encryption. */
  readonly publicKey?: string;
  /** Why there is no public key. */
  readonly problem?: string;
}

/** Writes a new private key that only its owner can read. @errors CommandFailure if the file exists. */
export function generateKeyFile(file: string, kind: KeyKind): void {
  const { privateKey } = kind === 'signing' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  writeNewFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
}

/** Never contains the private key. */
export async function describeKeyFile(file: string, kind: KeyKind): Promise<DescribedKey> {
  if (!existsSync(file)) return { file, problem: 'the file does not exist; the first start generates it, if allowed' };
  await loadSodium();
  try {
    const text = readKeyText(file);
    const publicKey =
      kind === 'signing' ? base64(readSecretKey(text).publicKey) : encodeEncryptionPublicKey(readEncryptionKey(text));
    return { file, publicKey };
  } catch (error) {
    if (error instanceof KeyFault) return { file, problem: error.message };
    return { file, problem: 'the file cannot be read' };
  }
}

/** The text of a key file; a binary one as base64. */
function readKeyText(file: string): string {
  const bytes = readFileSync(file);
  const isText = bytes.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127));
  return isText ? bytes.toString('ascii') : bytes.toString('base64');
}
