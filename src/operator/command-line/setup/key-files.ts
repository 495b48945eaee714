/** Generates key files and describes their public halves. */
import { existsSync } from 'node:fs';
import { generateKeyText, type KeyKind } from '../../../config/loading/key-text.js';
import type { PublicHalf } from './public-key.js';
import { writeNewFile } from './write-file.js';

export interface DescribedKey extends PublicHalf {
  readonly file: string;
}

/** Writes a new private key that only its owner can read. @errors CommandFailure if the file exists. */
export function generateKeyFile(file: string, kind: KeyKind): void {
  writeNewFile(file, generateKeyText(kind), 0o600);
}

/** Describes a key file, never including its private key. Without a public key, `problem` says why. */
export async function describeKeyFile(file: string, kind: KeyKind): Promise<DescribedKey> {
  if (!existsSync(file)) return { file, problem: 'the file does not exist; the first start generates it, if allowed' };
  // Loaded here, because libsodium takes longer to load than most commands take to run.
  const { readPublicKeyOf } = await import('./public-key.js');
  return { file, ...(await readPublicKeyOf(file, kind)) };
}
