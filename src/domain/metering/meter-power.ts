/**
 * Determines the present power, from a report or from two register readings, and how far it may be off. Power is not
 * billed, so nobody would notice a wrong report. Reports are trusted once the session has shown that the charger
 * measures its power.
 */
import type { MeterSample } from '../model/command.js';
import type { Meter } from '../model/session.js';
import { clear, type MutableMeter } from '../model/running-copies.js';
import { POWER_SLACK } from './plausible-energy.js';

/** How long before its sample a reported power is assumed to have applied. */
const POWER_VALID_MS = 300_000;
/** Two register readings that are closer together than this yield no power, ms. */
const MIN_DERIVATION_MS = 4000;
/** If readings are closer together than this, ms, the power is derived from the last reading but one. */
const FULL_DERIVATION_MS = 8000;
const REPORT_REPLACED_MS = 30_000;
/** The precision of timestamps in whole seconds, and of all others. */
const WHOLE_SECOND_MS = 1000;
const EXACT_MS = 100;
/**
 * If the register shows over this many times the reported power, plus 500 W, the report seems to be in another unit.
 */
const CONTRADICTION_RATIO = 5;
const CONTRADICTION_W = 500;
/** A report of at least this, W, shows that the charger measures its power, and in watts. */
const FLOWING_W = 1000;
/** For a small connector, this share of its rating suffices. */
const FLOWING_SHARE = 1 / 10;
/** A register that counts in steps of at least this, Wh, may stand still while energy flows. */
const COARSE_WH = 100;

/** The previous reading of the meter. @unit Wh; `at` in charger time and `takenAt` in ours, epoch ms. */
export interface ReadingBefore {
  readonly at: number;
  readonly takenAt: number;
  readonly registerWh: number;
  readonly isFirst: boolean;
}

/** A power, and how far it may be off. @unit W */
interface Power {
  readonly powerW: number;
  /** Absent if the present power may be anything. */
  readonly errorW?: number;
}

/**
 * Updates the meter's power, and the energy calculated from power, with a sample.
 * @param isCounted Whether the register of the sample was counted.
 * @returns Whether the sample reports a power that is trusted.
 */
export function foldPower(
  meter: MutableMeter,
  sample: MeterSample,
  before: ReadingBefore,
  { maxPowerW, isCounted }: { readonly maxPowerW: number; readonly isCounted: boolean },
): boolean {
  const ms = Math.min((meter.takenAt ?? before.takenAt) - before.takenAt, POWER_VALID_MS);
  const derived = isCounted ? derivedPower(meter, sample, before, maxPowerW) : undefined;
  const plausible = plausiblePower(sample, maxPowerW);
  if (plausible !== undefined) noteTrust(meter, plausible, derived, maxPowerW);
  const reported = meter.powerTrust === 'measured' ? plausible : undefined;
  if (isCounted) foldBeyondPower(meter, sample, before);
  if (sample.powerW !== undefined) meter.reportedPowerW = Math.max(0, sample.powerW);
  if (sample.powerW !== undefined && ms > 0) {
    const flowingW = Math.min(Math.max(0, sample.powerW), maxPowerW);
    meter.powerBasedWh = (meter.powerBasedWh ?? 0) + energyWh(flowingW, ms);
  }
  const riseWh = meter.registerWh - before.registerWh;
  foldUnregistered(meter, riseWh, reported === undefined ? undefined : energyWh(reported, ms), ms);
  // If the charger reports power in other samples, a derived power replaces the reported one only after a while.
  const isKept = sample.powerW === undefined && meter.powerErrorW === 0 && ms < REPORT_REPLACED_MS;
  const power = reported === undefined ? withDoubt(meter, plausible, derived) : { powerW: reported, errorW: 0 };
  if (power && !isKept) {
    meter.powerW = Math.round(Math.min(power.powerW, maxPowerW * POWER_SLACK));
    if (power.errorW === undefined) clear(meter, 'powerErrorW');
    else meter.powerErrorW = Math.ceil(power.errorW);
  }
  return reported !== undefined;
}

/** Returns the energy without rounding: a charger may report every few seconds, so rounding errors would add up. */
const energyWh = (powerW: number, ms: number): number => (powerW * ms) / 3_600_000;

function plausiblePower({ powerW }: MeterSample, maxPowerW: number): number | undefined {
  return powerW === undefined || powerW > maxPowerW * POWER_SLACK ? undefined : Math.max(0, powerW);
}

/**
 * Returns the reported power although it is not trusted or, if it is missing or contradicted, the derived power. The
 * error of the reported power extends to the power that the register allows.
 */
function withDoubt(meter: Meter, reportedW: number | undefined, derived: Power | undefined): Power | undefined {
  if (reportedW === undefined || meter.powerTrust === 'contradicted') return derived;
  if (derived?.errorW === undefined) return { powerW: reportedW };
  return { powerW: reportedW, errorW: Math.max(0, derived.powerW + derived.errorW - reportedW) };
}

/**
 * Records whether reported power can be trusted. It is `contradicted` if the register shows far more than both this
 * report and the last one. It is `measured` if the register rules that out or, while neither is known, if the report is
 * as high as that of a charging car.
 */
function noteTrust(meter: MutableMeter, reportedW: number, derived: Power | undefined, maxPowerW: number): void {
  const { powerW = 0, errorW = Infinity } = derived ?? {};
  const nearW = Math.max(reportedW, meter.reportedPowerW ?? 0) * CONTRADICTION_RATIO + CONTRADICTION_W;
  const isFlowing = reportedW >= Math.min(FLOWING_W, maxPowerW * FLOWING_SHARE);
  if (powerW - errorW > nearW) meter.powerTrust = 'contradicted';
  else if (powerW + errorW <= nearW || (isFlowing && !meter.powerTrust)) meter.powerTrust = 'measured';
}

function derivedPower(
  meter: MutableMeter,
  { at }: MeterSample,
  before: ReadingBefore,
  maxPowerW: number,
): Power | undefined {
  const { takenAt = before.takenAt, registerWh, resolutionWh = 1 } = meter;
  const base = meter.powerBase ?? { at: before.takenAt, registerWh: before.registerWh };
  const isBegin = meter.powerBase === undefined;
  const ms = takenAt - base.at;
  const wh = registerWh - base.registerWh;
  const isCoarse = resolutionWh >= COARSE_WH;
  if (wh < 0) {
    meter.powerBase = { at: takenAt, registerWh };
    return undefined;
  }
  const keepsBase = !isBegin && (ms < MIN_DERIVATION_MS || (isCoarse && wh === 0));
  if (!keepsBase) {
    const isClose = !isBegin && takenAt - before.takenAt < FULL_DERIVATION_MS && !before.isFirst;
    meter.powerBase = isClose ? { at: before.takenAt, registerWh: before.registerWh } : { at: takenAt, registerWh };
  }
  if (ms < MIN_DERIVATION_MS) return undefined;
  const hourly = 3_600_000 / ms;
  const powerW = wh * hourly;
  // The car may have waited for any time since the start, so the present power may be anything.
  if (isBegin) return { powerW };
  if (isCoarse && wh === 0) {
    const beforeW = meter.powerErrorW === undefined ? maxPowerW : (meter.powerW ?? 0) + meter.powerErrorW;
    const mostW = Math.min(beforeW, resolutionWh * hourly);
    const likelyW = Math.min(meter.powerW ?? 0, mostW);
    return { powerW: likelyW, errorW: mostW - likelyW };
  }
  const isWholeSecond = at % 1000 === 0 && before.at % 1000 === 0;
  const timeError = (isWholeSecond ? WHOLE_SECOND_MS : EXACT_MS) / ms;
  return { powerW, errorW: resolutionWh * hourly + powerW * timeError };
}

/**
 * Counts the energy that the register shows beyond the higher of the powers reported at the two ends of an interval.
 * The register may also count what flows elsewhere, as that of the whole charger does.
 */
function foldBeyondPower(meter: MutableMeter, { powerW }: MeterSample, { takenAt, registerWh }: ReadingBefore): void {
  const { reportedPowerW, beyondPowerWh = 0, resolutionWh = 1 } = meter;
  const ms = (meter.takenAt ?? takenAt) - takenAt;
  if (powerW === undefined || reportedPowerW === undefined || ms > POWER_VALID_MS) return;
  const explainedWh = energyWh(Math.max(powerW, reportedPowerW), ms);
  meter.beyondPowerWh = Math.max(-resolutionWh, beyondPowerWh + meter.registerWh - registerWh - explainedWh);
}

/**
 * Counts the energy that flows while the register stands still: all of it if a trusted power is reported; otherwise, by
 * the last known power, at most one step of a coarse register.
 */
function foldUnregistered(meter: MutableMeter, riseWh: number, reportedWh: number | undefined, ms: number): void {
  const { resolutionWh = 1, unregisteredWh = 0 } = meter;
  const isCoarse = resolutionWh >= COARSE_WH;
  const followsWh = reportedWh ?? (isCoarse && meter.powerErrorW !== undefined ? energyWh(meter.powerW ?? 0, ms) : 0);
  const isFollowed = riseWh > 0 && riseWh * 2 >= followsWh;
  const sumWh = isFollowed ? 0 : Math.max(0, unregisteredWh + followsWh - Math.max(0, riseWh));
  const nextWh = reportedWh === undefined ? Math.min(sumWh, isCoarse ? resolutionWh : 0) : sumWh;
  if (nextWh > 0) meter.unregisteredWh = nextWh;
  else clear(meter, 'unregisteredWh');
}
