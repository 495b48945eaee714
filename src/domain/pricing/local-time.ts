/** What the clock on a station's wall shows. Depends on the zone that is named, never on the host's. */

const QUARTER_HOUR_MS = 900_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A month of quarter-hours for each zone. */
const MAX_CACHED_OFFSETS = 3000;

interface ZoneCache {
  readonly format: Intl.DateTimeFormat;
  /** Known offsets by quarter-hour: no zone changes its clock between two of them. */
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, ZoneCache>();

/** Local time minus UTC, ms. @errors RangeError for a zone that does not exist. */
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
  const found = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => found.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute')) - at;
}

export interface LocalTime {
  /** Days since 1970-01-01, local. */
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Since local midnight. */
  readonly ms: number;
}

export function localTime(timeZone: string, at: number): LocalTime {
  const local = at + offsetMs(timeZone, at);
  const day = Math.floor(local / DAY_MS);
  return { day, weekday: (((day + 4) % 7) + 7) % 7, ms: local - day * DAY_MS };
}

/**
 * The next moment after `at` at which the wall shows one of these minutes of the day, or is set forward or back.
 * @unit   `minutes`: since midnight, rising. Epoch ms out; `Infinity` when no minute is asked for.
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
