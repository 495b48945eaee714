/**
 * The course of a session: what its cost is computed from where the tariff is more than a price of energy.
 * One stretch for each change of what prices it, so it grows with the tariff's changes and not with the readings.
 */
import { elementIndexesAt, nextChangeByEnergy, nextChangeByTime } from './tariff-restrictions.js';
import type { ElementIndexes, Tariff } from '../model/tariff.js';
import type { ChargingPeriod, ChargingPeriods } from '../model/charging-period.js';

/** Less than this is what a charger itself takes, W. */
export const IDLE_W = 100;
/** A coarse register stands still for so long while energy flows. */
const COARSE_REGISTER_MS = 300_000;
/** One that counts whole kWh, for as long as it likes. */
const COARSE_REGISTER_WH = 1000;

export function openChargingPeriods(at: number): ChargingPeriods {
  return { from: at, until: at, energyWh: 0, periods: [] };
}

/** What a reading says: the energy of the session so far, and the power now if that was told. @unit epoch ms, Wh, W */
export interface EnergyReading {
  readonly at: number;
  readonly energyWh: number;
  readonly powerW?: number | undefined;
}

/** The course after a reading. Time and energy only rise: a reading of before adds nothing. */
export function addReading(
  tariff: Tariff,
  course: ChargingPeriods,
  { at: said, energyWh, powerW }: EnergyReading,
): ChargingPeriods {
  const seen = course.unchangedUntil ?? course.until;
  const at = Math.max(said, seen);
  const rise = Math.max(0, energyWh - course.energyWh);
  if (rise === 0 && powerW === undefined) return at > seen ? { ...course, unchangedUntil: at } : course;
  const short = at - course.until <= COARSE_REGISTER_MS || (rise > 0 && rise % COARSE_REGISTER_WH === 0);
  const since = short ? course.until : seen;
  const flows = (powerW ?? 0) >= IDLE_W || rise * 3_600_000 >= IDLE_W * Math.max(1, at - since);
  const before = flows && short ? course : closeUnchanged(tariff, course);
  return extendPeriods(tariff, before, at, course.energyWh + rise, !flows);
}

/** Without an open question: the register has stood still for too long, or only for a while. */
export function closeUnchanged(tariff: Tariff, course: ChargingPeriods): ChargingPeriods {
  const { unchangedUntil: flatUntil } = course;
  if (flatUntil === undefined) return course;
  return extendPeriods(tariff, course, flatUntil, course.energyWh, flatUntil - course.until > COARSE_REGISTER_MS);
}

/** The course as it goes on evenly to that time and energy. What was an open question before is part of it. */
export function extendPeriods(
  tariff: Tariff,
  course: ChargingPeriods,
  at: number,
  energyWh: number,
  idle: boolean,
): ChargingPeriods {
  const stretches = [...course.periods];
  const until = Math.max(course.until, at);
  const [ms, wh] = [until - course.until, energyWh - course.energyWh];
  let here = { at: course.until, energyWh: course.energyWh };
  while (here.at < until || here.energyWh < energyWh) {
    const applies = elementIndexesAt(tariff, { ...here, elapsedMs: here.at - course.from });
    const cut = Math.min(until, nextChangeByTime(tariff, here.at, course.from));
    const atCut = cut === until ? energyWh : course.energyWh + Math.floor((wh * (cut - course.until)) / ms);
    let next = { at: cut, energyWh: Math.max(here.energyWh, atCut) };
    const step = nextChangeByEnergy(tariff, here.energyWh);
    if (step < next.energyWh) {
      const crossing = course.until + Math.floor((ms * (step - course.energyWh)) / wh);
      next = { at: Math.min(cut, Math.max(here.at, crossing)), energyWh: step };
    }
    addPeriod(stretches, applies, next.energyWh - here.energyWh, next.at - here.at, idle);
    here = next;
  }
  return { from: course.from, until, energyWh: here.energyWh, periods: stretches };
}

function addPeriod(
  stretches: ChargingPeriod[],
  applies: ElementIndexes,
  energyWh: number,
  ms: number,
  idle: boolean,
): void {
  const last = stretches.at(-1);
  const same = last?.elementIndexes.every((element, kind) => element === applies[kind]) === true;
  const before = same && last ? last : { energyWh: 0, chargingMs: 0, idleMs: 0 };
  const sum: ChargingPeriod = {
    elementIndexes: applies,
    energyWh: before.energyWh + energyWh,
    chargingMs: before.chargingMs + (idle ? 0 : ms),
    idleMs: before.idleMs + (idle ? ms : 0),
  };
  if (same) stretches[stretches.length - 1] = sum;
  else stretches.push(sum);
}

/** With no more energy than this; the time stays. What is too much is taken from the end. */
export function capEnergy(course: ChargingPeriods, energyWh: number): ChargingPeriods {
  let excess = course.energyWh - energyWh;
  if (excess <= 0) return course;
  const stretches = [...course.periods];
  for (let index = stretches.length - 1; index >= 0 && excess > 0; index--) {
    const stretch = stretches[index];
    if (!stretch) continue;
    const taken = Math.min(excess, stretch.energyWh);
    stretches[index] = { ...stretch, energyWh: stretch.energyWh - taken };
    excess -= taken;
  }
  return { ...course, energyWh, periods: stretches };
}
