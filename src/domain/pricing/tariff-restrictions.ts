/** Which element of a tariff prices what, and where along a session that can change. */
import { localTime, nextLocal } from './local-time.js';
import type { ComponentType, DayOfWeek, PriceComponent, Restrictions, Tariff, TariffElement } from '../model/tariff.js';

/** A place along a session. */
export interface Moment {
  /** Epoch ms. */
  readonly at: number;
  readonly energyWh: number;
  readonly lastedMs: number;
}

/** By kind of cost (see `KINDS`), the number of the element that prices it; -1 when none does. */
export type Applies = readonly [energy: number, time: number, parking: number, flat: number];

export const KINDS: readonly ComponentType[] = ['ENERGY', 'TIME', 'PARKING_TIME', 'FLAT'];

const DAYS: readonly DayOfWeek[] = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
const DAY_MS = 86_400_000;

type Test = (moment: Moment, zone: string) => boolean;

/** A tariff made ready for being asked often. */
interface Ready {
  readonly zone: string;
  readonly elements: readonly { readonly prices: readonly boolean[]; readonly holds: Test }[];
  /** Minutes of the local day, durations and energies at which an answer can change; each rising. */
  readonly minutes: readonly number[];
  readonly lastedMs: readonly number[];
  readonly energyWh: readonly number[];
}

const prepared = new WeakMap<Tariff, Ready>();

function ready(tariff: Tariff): Ready {
  const known = prepared.get(tariff);
  if (known) return known;
  const elements = tariff.elements ?? [];
  const all = elements.map((element) => element.restrictions ?? {});
  const made: Ready = {
    zone: tariff.timeZone ?? 'UTC',
    elements: elements.map((element) => ({
      prices: KINDS.map((kind) => componentOf(element, kind) !== undefined),
      holds: testOf(element.restrictions ?? {}),
    })),
    minutes: rising(all.flatMap((each) => edgesOfDay(each))),
    lastedMs: rising(all.flatMap((each) => [each.minDuration, each.maxDuration])).map((s) => s * 1000),
    energyWh: rising(all.flatMap((each) => [each.minKwh, each.maxKwh])).map(wattHours),
  };
  prepared.set(tariff, made);
  return made;
}

export function componentOf(element: TariffElement | undefined, kind: ComponentType): PriceComponent | undefined {
  return element?.priceComponents.find((component) => component.type === kind);
}

/** True when restrictions tell the time, so that the station's zone matters. */
export function tellsTime(tariff: Pick<Tariff, 'elements'>): boolean {
  return (tariff.elements ?? []).some(({ restrictions }) => edgesOfDay(restrictions ?? {}).length > 0);
}

export function appliesAt(tariff: Tariff, moment: Moment): Applies {
  const { elements, zone } = ready(tariff);
  const found: [number, number, number, number] = [-1, -1, -1, -1];
  for (const [index, { prices, holds }] of elements.entries()) {
    if (!prices.some((has, kind) => has && found[kind] === -1) || !holds(moment, zone)) continue;
    for (let kind = 0; kind < KINDS.length; kind++) if (prices[kind] && found[kind] === -1) found[kind] = index;
  }
  return found;
}

/** The next moment after `at`, by time alone, at which another element may apply. @unit epoch ms */
export function nextInTime(tariff: Tariff, at: number, from: number): number {
  const { zone, minutes, lastedMs } = ready(tariff);
  const lasted = lastedMs.find((each) => from + each > at);
  return Math.min(nextLocal(zone, at, minutes), lasted === undefined ? Infinity : from + lasted);
}

/** The next energy above this one at which another element may apply, Wh. */
export function nextInEnergy(tariff: Tariff, energyWh: number): number {
  return ready(tariff).energyWh.find((each) => each > energyWh) ?? Infinity;
}

function rising(values: readonly (number | undefined)[]): number[] {
  return [...new Set(values.filter((value) => value !== undefined))].sort((a, b) => a - b);
}

const wattHours = (kwh: number): number => Math.round(kwh * 1000);

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

function edgesOfDay({ startTime, endTime, startDate, endDate, dayOfWeek }: Restrictions): number[] {
  const dated = startDate !== undefined || endDate !== undefined || dayOfWeek !== undefined;
  const timed = startTime !== undefined || endTime !== undefined;
  const times = [startTime, endTime].filter((time) => time !== undefined).map(minuteOf);
  return dated || timed ? [...(dated || times.length < 2 ? [0] : []), ...times] : [];
}

function testOf(restrictions: Restrictions): Test {
  const { minKwh = 0, maxKwh = Infinity, minDuration = 0, maxDuration = Infinity } = restrictions;
  const [leastWh, mostWh] = [wattHours(minKwh), wattHours(maxKwh)];
  const local = edgesOfDay(restrictions).length > 0 ? localTest(restrictions) : undefined;
  return (moment, zone) =>
    moment.energyWh >= leastWh &&
    moment.energyWh < mostWh &&
    moment.lastedMs >= minDuration * 1000 &&
    moment.lastedMs < maxDuration * 1000 &&
    (local === undefined || local(moment, zone));
}

function localTest({ startTime, endTime, startDate, endDate, dayOfWeek }: Restrictions): Test {
  const from = startTime === undefined ? 0 : minuteOf(startTime) * 60_000;
  const until = endTime === undefined ? DAY_MS : minuteOf(endTime) * 60_000;
  const firstDay = startDate === undefined ? -Infinity : Date.parse(`${startDate}T00:00:00Z`) / DAY_MS;
  const endDay = endDate === undefined ? Infinity : Date.parse(`${endDate}T00:00:00Z`) / DAY_MS;
  const days = dayOfWeek && new Set(dayOfWeek.map((day) => DAYS.indexOf(day)));
  return ({ at }, zone) => {
    const { day, weekday, ms } = localTime(zone, at);
    const inTime = from < until ? ms >= from && ms < until : ms >= from || ms < until;
    return inTime && day >= firstDay && day < endDay && (days === undefined || days.has(weekday));
  };
}
