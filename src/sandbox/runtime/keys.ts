/** Ed25519 key pairs for the parties of the sandbox. */
import sodium from 'libsodium-wrappers';

export interface SandboxKeys {
  /** libsodium's 64 bytes: seed and public key. */
  readonly secretKey: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The public key as registries write it: base64 of the 32 raw bytes. */
  readonly publicKeyBase64: string;
  /** The 32-byte seed in base64, as a key file holds it. */
  readonly seedBase64: string;
}

/** @param phrase Gives the same keys each time, for tests only. Without it the keys are random. */
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
