/** Checks whether a secret that a person chose can be guessed. */

/** The shortest password (AuthorizationKey) that the OCPP 1.6 security whitepaper allows. */
const MIN_LENGTH = 16;
const MIN_DISTINCT = 8;
/** The minimum length of an all-digit password, because a digit carries only 3.3 bits of entropy. */
const MIN_DIGITS = 24;
/** The longest part whose repetition is recognised. */
const MAX_PERIOD = 10;

/**
 * Returns why a password is weak, as part of a sentence; `undefined` if it is not. Never quotes the password.
 * @param chargePointId The charge point whose password it is; absent for other secrets.
 */
export function findPasswordWeakness(password: string, chargePointId = ''): string | undefined {
  if (password.length < MIN_LENGTH) return `it has fewer than ${MIN_LENGTH} characters`;
  if (new Set(password).size < MIN_DISTINCT) return `it has fewer than ${MIN_DISTINCT} different characters`;
  if (/^\d+$/.test(password) && password.length < MIN_DIGITS) return `digits alone must be at least ${MIN_DIGITS}`;
  if (isRepetition(password)) return 'it repeats one part';
  const id = chargePointId.toLowerCase();
  return id.length > 2 && password.toLowerCase().includes(id) ? 'it contains the id of the charge point' : undefined;
}

function isRepetition(text: string): boolean {
  for (let period = 1; period <= MAX_PERIOD; period += 1) {
    if (
      text ===
      text
        .slice(0, period)
        .repeat(Math.ceil(text.length / period))
        .slice(0, text.length)
    )
      return true;
  }
  return false;
}
