/** Characters that nobody sees: two ids that differ in them only look the same to a person. */

/**
 * Controls, line separators, bidi controls (UAX #9), zero-width and other format characters, and blanks that are no
 * space of ASCII.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/u;

/** True if a text holds a character that nobody sees. */
export function hasInvisible(text: string): boolean {
  return !PRINTABLE_ASCII.test(text) && INVISIBLE.test(text);
}

/** Most ids: they need no Unicode tables. */
const PRINTABLE_ASCII = /^[ -~]*$/;
