/** The `Random` port on the machine's own chance: the one place that asks for it. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Random } from '../ports/runtime.js';

/** RFC 4648 §6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Asked of the system at once: a call for each name would cost more than the confirm that needs it. */
const BLOCK = 1024;

let block: Uint8Array = new Uint8Array(0);
let used = 0;

/** Each random byte is used once, and wiped. */
function nextByte(): number {
  if (used === block.length) {
    block = randomBytes(BLOCK);
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
    // 256 is a multiple of 32: the low five bits of a byte are uniform.
    while (text.length < count) text += BASE32.charAt(nextByte() & 31);
    return text;
  },
  fraction: () => Math.random(),
};
