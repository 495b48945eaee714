/** Converts between UTC and a station's local time, independently of the host's time zone. */

const QUARTER_HOUR_MS = 900_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Maximum number of offsets cached per zone: about the quarter-hours of a month. */
const MAX_CACHED_OFFSETS = 3000;

interface ZoneCache {
  readonly format: Intl.DateTimeFormat;
  /** Offsets by quarter-hour, ms. No zone changes its offset within a quarter-hour. */
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, ZoneCache>();

/** Returns local time minus UTC. @unit Epoch ms in, ms out. @errors Throws RangeError for an unknown zone. */
export function offsetMs(timeZone: string, at: number): number {
  let zone = zones.get(timeZone);
  if (!zone) {
    const numeric = 'numeric' as const;
    const fields = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric };
    const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...fields });
    zones.set(timeZone, (zone = { format, offsets: new Map() }));
  }
  const block = Math.floor(at / QUARTER_HOUR_MS);
  let offset = zone.offsets.get(block);
  if (offset === undefined) {
    if (zone.offsets.size >= MAX_CACHED_OFFSETS) zone.offsets.clear();
    zone.offsets.set(block, (offset = offsetBy(zone.format, block * QUARTER_HOUR_MS)));
  }
  return offset;
}

function offsetBy(format: Intl.DateTimeFormat, at: number): number {
  const values = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => values.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute')) - at;
}

export interface LocalTime {
  /** Days since 1970-01-01, local. */
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Milliseconds since local midnight. */
  readonly ms: number;
}

/** Returns the local day, weekday and time of day. @unit Epoch ms in. @errors Throws RangeError for an unknown zone. */
export function localTime(timeZone: string, at: number): LocalTime {
  const local = at + offsetMs(timeZone, at);
  const day = Math.floor(local / DAY_MS);
  return { day, weekday: (((day + 4) % 7) + 7) % 7, ms: local - day * DAY_MS };
}

/**
 * Returns the next time after `at` at which the local clock reaches one of `minutes`, or its offset from UTC changes.
 * @unit   Epoch ms in and out. `minutes` since midnight, ascending.
 * @shape  `Infinity` if `minutes` is empty.
 */
export function nextLocalMinute(timeZone: string, at: number, minutes: readonly number[]): number {
  if (minutes.length === 0) return Infinity;
  const { ms } = localTime(timeZone, at);
  const next = minutes.find((minute) => minute * MINUTE_MS > ms) ?? (minutes[0] ?? 0) + 1440;
  const then = at + next * MINUTE_MS - ms;
  const offset = offsetMs(timeZone, at);
  if (offsetMs(timeZone, then) === offset) return then;
  for (let block = Math.floor(at / QUARTER_HOUR_MS) + 1; block * QUARTER_HOUR_MS < then; block++)
    if (offsetMs(timeZone, block * QUARTER_HOUR_MS) !== offset) return block * QUARTER_HOUR_MS;
  return then;
}
