/** Computes when a request becomes stale, from the `timestamp` and `ttl` of its context. */
import { isDay } from '../../domain/pricing/calendar.js';
import { parse, type Duration } from 'tinyduration';
import { readText } from './json-reading.js';

const DATE_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[-+]\d\d:?\d\d)?)?$/i;

/**
 * Converts a date-time to epoch ms.
 * @errors `undefined` for any other text, a date without a time, a day that does not exist, and a year outside 1970 to
 *         9998.
 */
export function readTimestamp(value: unknown): number | undefined {
  const text = readText(value, 40) ?? '';
  const at = text.includes(':') ? parseDateTime(text) : undefined;
  // A zone offset can move the time to a year that ISO 8601 does not write with four digits.
  return at === undefined || at < 0 || at > Date.UTC(9999, 0) ? undefined : at;
}

/**
 * Converts a date-time or a date to epoch ms. Without a zone it counts as UTC; a date means the beginning of the day.
 * @errors `undefined` for any other text, and for a day that does not exist.
 */
export function parseDateTime(text: string): number | undefined {
  const [match, day = '', time = '00:00', zone = 'Z'] = DATE_TIME.exec(text) ?? [];
  if (match === undefined || !isDay(day)) return undefined;
  const at = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}

/**
 * Adds `ttl` to `timestamp`, in epoch ms; `undefined` if either is missing or unreadable.
 * @source ISO 8601 durations; years and months are added on the calendar.
 */
export function readStaleAt(timestamp: unknown, ttl: unknown): number | undefined {
  const from = readTimestamp(timestamp);
  const duration = readDuration(ttl);
  if (from === undefined || duration === undefined) return undefined;
  const sign = duration.negative ? -1 : 1;
  const date = new Date(from);
  date.setUTCFullYear(date.getUTCFullYear() + sign * (duration.years ?? 0));
  date.setUTCMonth(date.getUTCMonth() + sign * (duration.months ?? 0));
  const days = (duration.weeks ?? 0) * 7 + (duration.days ?? 0);
  const seconds = ((days * 24 + (duration.hours ?? 0)) * 60 + (duration.minutes ?? 0)) * 60 + (duration.seconds ?? 0);
  const at = date.getTime() + sign * seconds * 1000;
  return Number.isFinite(at) ? Math.round(at) : undefined;
}

function readDuration(value: unknown): Duration | undefined {
  const text = readText(value, 40);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Request types that are accepted after their ttl, because a buyer may ask about, change or end an order at any time.
 */
export const NEVER_STALE: ReadonlySet<string> = new Set(['status', 'cancel', 'stop', 'update']);
