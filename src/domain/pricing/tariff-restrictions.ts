/** Which element of a tariff prices what, and where along a session that can change. */
import { localTime, nextLocalMinute } from './local-time.js';
import type {
  ComponentType,
  DayOfWeek,
  ElementIndexes,
  PriceComponent,
  Restrictions,
  Tariff,
  TariffElement,
} from '../model/tariff.js';

/** A place along a session. */
export interface SessionPoint {
  /** Epoch ms. */
  readonly at: number;
  readonly energyWh: number;
  readonly elapsedMs: number;
}

export const COMPONENT_TYPES: readonly ComponentType[] = ['ENERGY', 'TIME', 'PARKING_TIME', 'FLAT'];

const DAYS: readonly DayOfWeek[] = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
const DAY_MS = 86_400_000;

type RestrictionTest = (moment: SessionPoint, zone: string) => boolean;

/** A tariff made ready for being asked often. */
interface PreparedTariff {
  readonly zone: string;
  readonly elements: readonly { readonly prices: readonly boolean[]; readonly applies: RestrictionTest }[];
  /** Minutes of the local day, durations and energies at which an answer can change; each rising. */
  readonly minutes: readonly number[];
  readonly elapsedMs: readonly number[];
  readonly energyWh: readonly number[];
}

const preparedTariffs = new WeakMap<Tariff, PreparedTariff>();

function prepare(tariff: Tariff): PreparedTariff {
  const known = preparedTariffs.get(tariff);
  if (known) return known;
  const elements = tariff.elements ?? [];
  const all = elements.map((element) => element.restrictions ?? {});
  const made: PreparedTariff = {
    zone: tariff.timeZone ?? 'UTC',
    elements: elements.map((element) => ({
      prices: COMPONENT_TYPES.map((kind) => componentOf(element, kind) !== undefined),
      applies: restrictionTest(element.restrictions ?? {}),
    })),
    minutes: sortedUnique(all.flatMap((each) => dayBoundaries(each))),
    elapsedMs: sortedUnique(all.flatMap((each) => [each.minDuration, each.maxDuration])).map((s) => s * 1000),
    energyWh: sortedUnique(all.flatMap((each) => [each.minKwh, each.maxKwh])).map(kwhToWh),
  };
  preparedTariffs.set(tariff, made);
  return made;
}

export function componentOf(element: TariffElement | undefined, kind: ComponentType): PriceComponent | undefined {
  return element?.priceComponents.find((component) => component.type === kind);
}

/** True when restrictions tell the time, so that the station's zone matters. */
export function usesLocalTime(tariff: Pick<Tariff, 'elements'>): boolean {
  return (tariff.elements ?? []).some(({ restrictions }) => dayBoundaries(restrictions ?? {}).length > 0);
}

export function elementIndexesAt(tariff: Tariff, moment: SessionPoint): ElementIndexes {
  const { elements, zone } = prepare(tariff);
  const found: [number, number, number, number] = [-1, -1, -1, -1];
  for (const [index, { prices, applies: holds }] of elements.entries()) {
    if (!prices.some((has, kind) => has && found[kind] === -1) || !holds(moment, zone)) continue;
    for (let kind = 0; kind < COMPONENT_TYPES.length; kind++)
      if (prices[kind] && found[kind] === -1) found[kind] = index;
  }
  return found;
}

/** The next moment after `at`, by time alone, at which another element may apply. @unit epoch ms */
export function nextChangeByTime(tariff: Tariff, at: number, from: number): number {
  const { zone, minutes, elapsedMs: lastedMs } = prepare(tariff);
  const lasted = lastedMs.find((each) => from + each > at);
  return Math.min(nextLocalMinute(zone, at, minutes), lasted === undefined ? Infinity : from + lasted);
}

/** The next energy above this one at which another element may apply, Wh. */
export function nextChangeByEnergy(tariff: Tariff, energyWh: number): number {
  return prepare(tariff).energyWh.find((each) => each > energyWh) ?? Infinity;
}

function sortedUnique(values: readonly (number | undefined)[]): number[] {
  return [...new Set(values.filter((value) => value !== undefined))].sort((a, b) => a - b);
}

const kwhToWh = (kwh: number): number => Math.round(kwh * 1000);

function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function dayBoundaries({ startTime, endTime, startDate, endDate, dayOfWeek }: Restrictions): number[] {
  const dated = startDate !== undefined || endDate !== undefined || dayOfWeek !== undefined;
  const timed = startTime !== undefined || endTime !== undefined;
  const times = [startTime, endTime].filter((time) => time !== undefined).map(minuteOfDay);
  return dated || timed ? [...(dated || times.length < 2 ? [0] : []), ...times] : [];
}

function restrictionTest(restrictions: Restrictions): RestrictionTest {
  const { minKwh = 0, maxKwh = Infinity, minDuration = 0, maxDuration = Infinity } = restrictions;
  const [leastWh, mostWh] = [kwhToWh(minKwh), kwhToWh(maxKwh)];
  const local = dayBoundaries(restrictions).length > 0 ? localTimeTest(restrictions) : undefined;
  return (moment, zone) =>
    moment.energyWh >= leastWh &&
    moment.energyWh < mostWh &&
    moment.elapsedMs >= minDuration * 1000 &&
    moment.elapsedMs < maxDuration * 1000 &&
    (local === undefined || local(moment, zone));
}

function localTimeTest({ startTime, endTime, startDate, endDate, dayOfWeek }: Restrictions): RestrictionTest {
  const from = startTime === undefined ? 0 : minuteOfDay(startTime) * 60_000;
  const until = endTime === undefined ? DAY_MS : minuteOfDay(endTime) * 60_000;
  const firstDay = startDate === undefined ? -Infinity : Date.parse(`${startDate}T00:00:00Z`) / DAY_MS;
  const endDay = endDate === undefined ? Infinity : Date.parse(`${endDate}T00:00:00Z`) / DAY_MS;
  const days = dayOfWeek && new Set(dayOfWeek.map((day) => DAYS.indexOf(day)));
  return ({ at }, zone) => {
    const { day, weekday, ms } = localTime(zone, at);
    const inTime = from < until ? ms >= from && ms < until : ms >= from || ms < until;
    return inTime && day >= firstDay && day < endDay && (days === undefined || days.has(weekday));
  };
}
