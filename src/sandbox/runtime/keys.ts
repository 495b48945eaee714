/** Generates Ed25519 key pairs for the participants of the sandbox. */
import sodium from 'libsodium-wrappers';

export interface SandboxKeys {
  /** libsodium's 64-byte form: the seed followed by the public key. */
  readonly secretKey: Uint8Array;
  /** The raw public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The public key as registries write it: base64 of the 32 raw bytes. */
  readonly publicKeyBase64: string;
  /** The 32-byte seed in base64, as in a key file. */
  readonly seedBase64: string;
}

/** @param phrase The same phrase always yields the same keys; for tests only. If absent, the keys are random. */
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
