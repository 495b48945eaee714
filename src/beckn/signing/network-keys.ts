/** Reads the keys of a network's subscriber and registry from the settings and key files. */
import { momentOf } from '../../domain/pricing/calendar.js';
import type { KeyObject } from 'node:crypto';
import { encodeEncryptionPublicKey, readEncryptionKey, readEncryptionPublicKey } from './encryption-keys.js';
import { KeyFault, readPublicKey, readSecretKey } from './key-material.js';
import type { SigningKey } from './signer.js';
import type { NetworkSettings, Secrets, Validity } from '../../config/config.js';
import { MAIN_NETWORK } from '../../ports/networks.js';

/** @errors KeyFault, which names the key. */
export function readSigningKeys(
  { name, subscriber }: NetworkSettings,
  { signingKey, keyFiles }: Secrets,
): [SigningKey, ...SigningKey[]] {
  const textOf = (file: string): string => keyFiles?.get(file) ?? '';
  const read = (keyId: string, text: string, { validFrom, validUntil }: Validity): SigningKey => ({
    keyId,
    secretKey: withKeyLabel(`the signing key ${keyId} of ${subscriber.id}`, () => readSecretKey(text)).secretKey,
    ...(validFrom !== undefined && { validFrom: momentOf(validFrom) }),
    ...(validUntil !== undefined && { validUntil: momentOf(validUntil) }),
  });
  return [
    read(subscriber.keyId, name === MAIN_NETWORK ? signingKey : textOf(subscriber.keyFile), subscriber),
    ...subscriber.keys.map((key) => read(key.keyId, textOf(key.keyFile), key)),
  ];
}

export interface ChallengeKeys {
  readonly encryptionKeys: readonly KeyObject[];
  /** The public half of the first encryption key: base64 of SPKI DER. */
  readonly encryptionPublicKey: string | undefined;
  readonly registryEncryptionKeys: readonly KeyObject[];
  readonly registrySigningKeys: readonly Uint8Array[];
}

/** Reads the keys needed to answer a registry's challenge. @errors KeyFault, which names the file or settings. */
export function readChallengeKeys({ subscriber, registry }: NetworkSettings, { keyFiles }: Secrets): ChallengeKeys {
  const encryptionKeys = subscriber.encryptionKeyFiles.map((file) =>
    withKeyLabel(file, () => readEncryptionKey(keyFiles?.get(file) ?? '')),
  );
  const label = `registry.signingKeys and encryptionKeys of ${subscriber.id}`;
  const [registered] = encryptionKeys;
  return {
    encryptionKeys,
    encryptionPublicKey: registered && encodeEncryptionPublicKey(registered),
    registryEncryptionKeys: withKeyLabel(label, () => registry.encryptionKeys.map(readEncryptionPublicKey)),
    registrySigningKeys: withKeyLabel(label, () => registry.signingKeys.map(readPublicKey)),
  };
}

/** Adds the key's name to a fault, so that the operator learns which key cannot be used. */
function withKeyLabel<T>(label: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof KeyFault)) throw error;
    throw new KeyFault(`${label}: ${error.message}`);
  }
}
