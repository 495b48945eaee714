/**
 * Divides a session into charging periods, from which its cost is calculated if the tariff has elements.
 * A new period begins only when other elements apply, so their number does not grow with the number of readings.
 */
import type { ChargingPeriod, ChargingPeriods } from '../model/session.js';
import type { Tariff } from '../model/tariff.js';
import { elementIndexesAt, nextChangeByEnergy, nextChangeByTime } from './tariff-restrictions.js';

/** Below this power, W, a session counts as idle, because the charger itself may draw that much. */
export const IDLE_W = 100;
/** How long a coarse register may stay unchanged while energy flows. */
const COARSE_REGISTER_MS = 300_000;
/** A register that counts whole kWh may stay unchanged for longer. */
const COARSE_REGISTER_WH = 1000;

/** Returns the periods of a session that has just begun. @unit Epoch ms. */
export function openChargingPeriods(at: number): ChargingPeriods {
  return { from: at, until: at, energyWh: 0, periods: [] };
}

/** The session's total energy so far, and its present power if reported. @unit Epoch ms, Wh, W. */
export interface EnergyReading {
  readonly at: number;
  readonly energyWh: number;
  readonly powerW?: number | undefined;
}

/** Adds a reading to the periods. A time or an energy below the last one counts as unchanged. */
export function addReading(
  tariff: Tariff,
  periods: ChargingPeriods,
  { at: readingAt, energyWh, powerW }: EnergyReading,
): ChargingPeriods {
  const lastAt = periods.unchangedUntil ?? periods.until;
  const at = Math.max(readingAt, lastAt);
  const riseWh = Math.max(0, energyWh - periods.energyWh);
  if (riseWh === 0 && powerW === undefined) return at > lastAt ? { ...periods, unchangedUntil: at } : periods;
  // A rise after a short standstill, or by whole kWh, is spread over the whole time since the last rise.
  const isContinuous = at - periods.until <= COARSE_REGISTER_MS || (riseWh > 0 && riseWh % COARSE_REGISTER_WH === 0);
  const since = isContinuous ? periods.until : lastAt;
  const isCharging = (powerW ?? 0) >= IDLE_W || riseWh * 3_600_000 >= IDLE_W * Math.max(1, at - since);
  const before = isCharging && isContinuous ? periods : closeUnchanged(tariff, periods);
  return extendPeriods(tariff, before, { at, energyWh: periods.energyWh + riseWh, idle: !isCharging });
}

/** Counts the time in which the register was unchanged: as idle if over five minutes, otherwise as charging. */
export function closeUnchanged(tariff: Tariff, periods: ChargingPeriods): ChargingPeriods {
  const { unchangedUntil, until, energyWh } = periods;
  if (unchangedUntil === undefined) return periods;
  return extendPeriods(tariff, periods, {
    at: unchangedUntil,
    energyWh,
    idle: unchangedUntil - until > COARSE_REGISTER_MS,
  });
}

/** Where an extension of the periods ends. @unit Epoch ms, Wh. */
export interface PeriodsEnd {
  readonly at: number;
  readonly energyWh: number;
  /** Whether the time up to the end counts as idle. */
  readonly idle: boolean;
}

/** Extends the periods to a time and a total energy, spreading the added energy evenly over the added time. */
export function extendPeriods(tariff: Tariff, periods: ChargingPeriods, end: PeriodsEnd): ChargingPeriods {
  const { energyWh, idle } = end;
  const extended = [...periods.periods];
  const until = Math.max(periods.until, end.at);
  const [ms, wh] = [until - periods.until, energyWh - periods.energyWh];
  let point = { at: periods.until, energyWh: periods.energyWh };
  while (point.at < until || point.energyWh < energyWh) {
    const elementIndexes = elementIndexesAt(tariff, { ...point, elapsedMs: point.at - periods.from });
    const changeAt = Math.min(until, nextChangeByTime(tariff, point.at, periods.from));
    const changeWh =
      changeAt === until ? energyWh : periods.energyWh + Math.floor((wh * (changeAt - periods.until)) / ms);
    let next = { at: changeAt, energyWh: Math.max(point.energyWh, changeWh) };
    const stepWh = nextChangeByEnergy(tariff, point.energyWh);
    if (stepWh < next.energyWh) {
      const crossing = periods.until + Math.floor((ms * (stepWh - periods.energyWh)) / wh);
      next = { at: Math.min(changeAt, Math.max(point.at, crossing)), energyWh: stepWh };
    }
    const periodMs = next.at - point.at;
    addPeriod(extended, {
      elementIndexes,
      energyWh: next.energyWh - point.energyWh,
      chargingMs: idle ? 0 : periodMs,
      idleMs: idle ? periodMs : 0,
    });
    point = next;
  }
  return { from: periods.from, until, energyWh: point.energyWh, periods: extended };
}

/** Appends a period, or adds it to the last one if the same elements apply. */
function addPeriod(periods: ChargingPeriod[], added: ChargingPeriod): void {
  const { elementIndexes, energyWh, chargingMs, idleMs } = added;
  const last = periods.at(-1);
  if (!last?.elementIndexes.every((index, kind) => index === elementIndexes[kind])) {
    periods.push(added);
    return;
  }
  periods[periods.length - 1] = {
    elementIndexes,
    energyWh: last.energyWh + energyWh,
    chargingMs: last.chargingMs + chargingMs,
    idleMs: last.idleMs + idleMs,
  };
}

/** Returns when other elements began to apply, epoch ms, ascending. */
export function changeTimes({ from, periods }: ChargingPeriods): number[] {
  let at = from;
  return periods.slice(0, -1).map(({ chargingMs, idleMs }) => (at += chargingMs + idleMs));
}

/** Limits the energy of the periods. Energy is removed from the last ones; the times stay unchanged. @unit Wh */
export function capEnergy(periods: ChargingPeriods, energyWh: number): ChargingPeriods {
  let excessWh = periods.energyWh - energyWh;
  if (excessWh <= 0) return periods;
  const capped = [...periods.periods];
  for (let index = capped.length - 1; index >= 0 && excessWh > 0; index--) {
    const period = capped[index];
    if (!period) continue;
    const removedWh = Math.min(excessWh, period.energyWh);
    capped[index] = { ...period, energyWh: period.energyWh - removedWh };
    excessWh -= removedWh;
  }
  return { ...periods, energyWh, periods: capped };
}
