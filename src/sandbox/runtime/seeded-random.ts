/** Generates repeatable random values from a seed. They are predictable, so never use them as secrets. */
import type { Random } from '../../ports/runtime.js';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;

  // A 32-bit mixer over a counter is enough for ids and jitter in a simulation.
  function fraction(): number {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
  }

  const pick = (alphabet: string): string => alphabet.charAt(Math.floor(fraction() * alphabet.length));
  const hexDigits = (count: number): string => Array.from({ length: count }, () => pick('0123456789abcdef')).join('');

  return {
    fraction,
    base32: (count) => Array.from({ length: count }, () => pick(BASE32)).join(''),
    uuid: () => `${hexDigits(8)}-${hexDigits(4)}-4${hexDigits(3)}-${pick('89ab')}${hexDigits(3)}-${hexDigits(12)}`,
  };
}
