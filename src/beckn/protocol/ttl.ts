/** `timestamp` and `ttl` of a context: until when a request is worth anything. */
import { parse, type Duration } from 'tinyduration';
import { readText } from './json-reading.js';

const DATE_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[-+]\d\d:?\d\d)?$/i;

/** Epoch ms of a date-time; one without a zone is taken as UTC. @errors `undefined` when it is none. */
export function readTimestamp(value: unknown): number | undefined {
  const said = readText(value, 40);
  const found = said === undefined ? null : DATE_TIME.exec(said);
  if (!said || !found) return undefined;
  const at = Date.parse(found[3] === undefined ? `${said}Z` : said);
  // four digits of year both ways, whatever the zone did to it
  return Number.isNaN(at) || at < 0 || at > Date.UTC(9999, 0) ? undefined : at;
}

/**
 * `timestamp + ttl`, epoch ms; `undefined` when either is missing or unreadable.
 * @source ISO 8601 durations, months and years by the calendar.
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
  const said = readText(value, 40);
  if (said === undefined) return undefined;
  try {
    return parse(said);
  } catch {
    return undefined;
  }
}

/** What a buyer may ask about or end at any time: a stop that comes late is still a stop. */
export const NEVER_STALE: ReadonlySet<string> = new Set(['status', 'cancel', 'stop', 'update']);
