/** Ed25519 key pairs for the parties of the sandbox. */
import sodium from 'libsodium-wrappers';

export interface SandboxKeys {
  /** 64 bytes, libsodium's form: seed and public key. */
  readonly secretKey: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The public key as registries write it: base64 of the 32 raw bytes. */
  readonly publicKeyBase64: string;
  /** The 32 byte seed in base64: what a key file holds. */
  readonly seedBase64: string;
}

/** @param phrase The same phrase gives the same keys: for tests only. Absent, the keys are random. */
export async function makeKeys(phrase?: string): Promise<SandboxKeys> {
  await sodium.ready;
  const seed = phrase === undefined ? sodium.randombytes_buf(32) : sodium.crypto_generichash(32, phrase, null);
  const pair = sodium.crypto_sign_seed_keypair(seed);
  return {
    secretKey: pair.privateKey,
    publicKey: pair.publicKey,
    publicKeyBase64: Buffer.from(pair.publicKey).toString('base64'),
    seedBase64: Buffer.from(seed).toString('base64'),
  };
}
