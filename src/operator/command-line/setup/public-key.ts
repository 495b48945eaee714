/** Derives the public half of a private key file. */
import { encodeEncryptionPublicKey, readEncryptionKey } from '../../../beckn/signing/encryption-keys.js';
import { KeyFault, readSecretKey } from '../../../beckn/signing/key-material.js';
import { base64, loadSodium } from '../../../beckn/signing/signature.js';
import { readKeyText, type KeyKind } from '../../../config/loading/key-text.js';

export interface PublicHalf {
  /** In the registry's encoding: base64 of the 32 raw bytes for signing, or of SPKI DER for encryption. */
  readonly publicKey?: string;
  /** Why there is no public key. */
  readonly problem?: string;
}

export async function readPublicKeyOf(file: string, kind: KeyKind): Promise<PublicHalf> {
  await loadSodium();
  try {
    const text = readKeyText(file);
    return kind === 'signing'
      ? { publicKey: base64(readSecretKey(text).publicKey) }
      : { publicKey: encodeEncryptionPublicKey(readEncryptionKey(text)) };
  } catch (error) {
    return { problem: error instanceof KeyFault ? error.message : 'the file cannot be read' };
  }
}
