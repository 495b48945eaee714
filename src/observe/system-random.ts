/** Implements the `Random` port. Ids and tokens come from the system's random source, fractions from `Math.random`. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Random } from '../ports/runtime.js';

/** The alphabet of RFC 4648 §6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Random bytes are read in blocks, because a system call for each id would be slow. */
const BLOCK_BYTES = 1024;

let block: Uint8Array = new Uint8Array(0);
let used = 0;

/** Returns a random byte and wipes it from the block, so that it is used only once. */
function nextByte(): number {
  if (used === block.length) {
    block = randomBytes(BLOCK_BYTES);
    used = 0;
  }
  const byte = block[used] ?? 0;
  block[used++] = 0;
  return byte;
}

export const systemRandom: Random = {
  uuid: () => randomUUID(),
  base32: (count) => {
    let text = '';
    // 256 is a multiple of 32, so the low five bits of a byte are uniform.
    while (text.length < count) text += BASE32.charAt(nextByte() & 31);
    return text;
  },
  fraction: () => Math.random(),
};
