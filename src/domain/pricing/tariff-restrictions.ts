/** Determines which elements of a tariff apply at a point in a session, and at which points that can change. */
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

/** A point in a session: our time (epoch ms), and the energy and time since the beginning. */
export interface SessionPoint {
  readonly at: number;
  readonly energyWh: number;
  readonly elapsedMs: number;
}

export const COMPONENT_TYPES: readonly ComponentType[] = ['ENERGY', 'TIME', 'PARKING_TIME', 'FLAT'];

const DAYS: readonly DayOfWeek[] = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
const DAY_MS = 86_400_000;

type RestrictionTest = (point: SessionPoint, zone: string) => boolean;

/** A tariff prepared for frequent evaluation. */
interface PreparedTariff {
  readonly zone: string;
  readonly elements: readonly { readonly prices: readonly boolean[]; readonly applies: RestrictionTest }[];
  /** Minutes of the local day, durations and energies at which other elements may apply; each ascending. */
  readonly minutes: readonly number[];
  readonly elapsedMs: readonly number[];
  readonly energyWh: readonly number[];
}

const preparedTariffs = new WeakMap<Tariff, PreparedTariff>();

function prepare(tariff: Tariff): PreparedTariff {
  const cached = preparedTariffs.get(tariff);
  if (cached) return cached;
  const elements = tariff.elements ?? [];
  const restrictions = elements.map((element) => element.restrictions ?? {});
  const prepared: PreparedTariff = {
    zone: tariff.timeZone ?? 'UTC',
    elements: elements.map((element) => ({
      prices: COMPONENT_TYPES.map((type) => componentOf(element, type) !== undefined),
      applies: restrictionTest(element.restrictions ?? {}),
    })),
    minutes: sortedUnique(restrictions.flatMap(dayBoundaries)),
    elapsedMs: sortedUnique(restrictions.flatMap((each) => [each.minDuration, each.maxDuration])).map((s) => s * 1000),
    energyWh: sortedUnique(restrictions.flatMap((each) => [each.minKwh, each.maxKwh])).map(kwhToWh),
  };
  preparedTariffs.set(tariff, prepared);
  return prepared;
}

export function componentOf(element: TariffElement | undefined, type: ComponentType): PriceComponent | undefined {
  return element?.priceComponents.find((component) => component.type === type);
}

/** Checks whether time without energy ever has a price. */
export function pricesIdleTime({ elements = [] }: Pick<Tariff, 'elements'>): boolean {
  return elements.some((element) => componentOf(element, 'PARKING_TIME') !== undefined);
}

/** Checks whether any restriction uses local time, so that the station's time zone matters. */
export function usesLocalTime(tariff: Pick<Tariff, 'elements'>): boolean {
  return (tariff.elements ?? []).some(({ restrictions }) => dayBoundaries(restrictions ?? {}).length > 0);
}

/** Returns, for each kind of cost, the index of the first applicable element that prices it. @source OCPI 2.2.1 §11 */
export function elementIndexesAt(tariff: Tariff, point: SessionPoint): ElementIndexes {
  const { elements, zone } = prepare(tariff);
  const indexes: [number, number, number, number] = [-1, -1, -1, -1];
  for (const [index, { prices, applies }] of elements.entries()) {
    if (!prices.some((isPriced, kind) => isPriced && indexes[kind] === -1) || !applies(point, zone)) continue;
    for (let kind = 0; kind < COMPONENT_TYPES.length; kind++)
      if (prices[kind] && indexes[kind] === -1) indexes[kind] = index;
  }
  return indexes;
}

/** Returns the next time at which other elements may apply. @param from The session's beginning. @unit Epoch ms. */
export function nextChangeByTime(tariff: Tariff, at: number, from: number): number {
  const { zone, minutes, elapsedMs } = prepare(tariff);
  const elapsed = elapsedMs.find((each) => from + each > at);
  return Math.min(nextLocalMinute(zone, at, minutes), elapsed === undefined ? Infinity : from + elapsed);
}

/** Returns the next higher energy at which other elements may apply. @unit Wh */
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

/** Returns the minutes of the local day at which the element may begin or cease to apply; none without local times. */
function dayBoundaries({ startTime, endTime, startDate, endDate, dayOfWeek }: Restrictions): number[] {
  const usesDate = startDate !== undefined || endDate !== undefined || dayOfWeek !== undefined;
  const usesTime = startTime !== undefined || endTime !== undefined;
  const times = [startTime, endTime].filter((time) => time !== undefined).map(minuteOfDay);
  return usesDate || usesTime ? [...(usesDate || times.length < 2 ? [0] : []), ...times] : [];
}

function restrictionTest(restrictions: Restrictions): RestrictionTest {
  const { minKwh = 0, maxKwh = Infinity, minDuration = 0, maxDuration = Infinity } = restrictions;
  const [minWh, maxWh] = [kwhToWh(minKwh), kwhToWh(maxKwh)];
  const isLocalTime = dayBoundaries(restrictions).length > 0 ? localTimeTest(restrictions) : undefined;
  return (point, zone) =>
    point.energyWh >= minWh &&
    point.energyWh < maxWh &&
    point.elapsedMs >= minDuration * 1000 &&
    point.elapsedMs < maxDuration * 1000 &&
    (isLocalTime === undefined || isLocalTime(point, zone));
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
