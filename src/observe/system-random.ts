/** The `Random` port on the machine's own chance: the one place that asks for it. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Random } from '../bridge/ports/runtime.js';

/** RFC 4648 §6. */
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const systemRandom: Random = {
  uuid: () => randomUUID(),
  // 256 is a multiple of 32: the low five bits of a byte are uniform.
  base32: (count) => Array.from(randomBytes(count), (byte) => BASE32.charAt(byte & 31)).join(''),
  fraction: () => Math.random(),
};
