/** Finds invisible characters: two ids that differ only in such characters look the same to a person. */

/** Controls, line separators, bidi controls (UAX #9), zero-width and other format characters, and Hangul fillers. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/u;

/** Checks whether a string contains an invisible character. */
export function hasInvisible(text: string): boolean {
  return !PRINTABLE_ASCII.test(text) && INVISIBLE.test(text);
}

/** Matches most ids, which then need no lookup in the Unicode tables. */
const PRINTABLE_ASCII = /^[ -~]*$/;
