/**
 * Reads days and moments that a person or a peer wrote. `Date.parse` alone will not do: it reads 2026-02-30 as 2 March,
 * and 24:00 as the next day.
 */

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT =
  /^(\d{4}-\d{2}-\d{2})[T\s]((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d|60)(\.\d+)?)?(?:Z|([+-](?:[01]\d|2[0-3]))(?::?([0-5]\d))?)$/i;

/** Checks whether a text is a day that exists. @shape `YYYY-MM-DD` */
export function isDay(text: string): boolean {
  const midnight = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text);
}

/**
 * Parses an RFC 3339 time with a zone. It accepts every `date-time` of JSON Schema, and also times without seconds.
 * @returns Epoch ms; `undefined` for any other text, and for a day or a time of day that does not exist.
 */
export function parseMoment(text: string): number | undefined {
  const match = MOMENT.exec(text);
  const [, day = '', minutes = '', seconds = '00', fraction = '', hours, rest = '00'] = match ?? [];
  if (!match || !isDay(day)) return undefined;
  const zone = hours === undefined ? 'Z' : `${hours}:${rest}`;
  if (seconds !== '60') return Date.parse(`${day}T${minutes}:${seconds}${fraction}${zone}`);
  // A leap second counts as the first second of the next day, in UTC.
  const next = Date.parse(`${day}T${minutes}:59${zone}`) + 1000;
  return next % DAY_MS === 0 ? next : undefined;
}

/** Parses what a JSON Schema has accepted as a `date-time`, as `parseMoment` does. @returns NaN for any other text. */
export function momentOf(text: string): number {
  return parseMoment(text) ?? NaN;
}
