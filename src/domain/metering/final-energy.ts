/** Determines the energy of an ended session, and the assumptions behind it. */
import type { SuggestedQuirk } from '../model/decision.js';
import type { Confidence, Meter } from '../model/session.js';
import {
  absoluteWh,
  flowedSinceWh,
  IMPOSSIBLE,
  isNear,
  isReachable,
  JITTER_WH,
  LOW_KINDS,
  returnsTo,
  type SessionBegin,
  WH_PER_KWH,
} from './reading-kind.js';
import { isStartStampedLate, plausibleWh } from './plausible-energy.js';
import { latestReadingTime, readingTime } from './reading-time.js';

/** If the reported power shows over this many times the register's energy, the register seems to be in another unit. */
const SCALE_RATIO = 300;
const SCALE_FROM_WH = 500;

export interface FinalEnergy {
  readonly energyWh: number;
  readonly registerWh: number;
  readonly confidence: Confidence;
  /** The energy claimed by the stop, if it is impossible, Wh. */
  readonly implausibleWh?: number;
  /** How far the energy lies below what samples showed or, if more, how much energy later samples contradicted, Wh. */
  readonly disagreementWh?: number;
  /**
   * The energy by another source, Wh: the reported power, the samples in another unit, or the stop read as kWh. Set if
   * the unit of the register or the samples is in doubt.
   */
  readonly alternativeWh?: number;
  /**
   * The register at the stop, if it seems to follow a reset or lies below the start for no known reason. If the stop
   * has no register, this is the last reading, if that follows a reset or contradicts those before it. @unit Wh
   */
  readonly resetWh?: number;
  /** The energy, if it rests on readings that count from the beginning of the session, Wh. */
  readonly assumedWh?: number;
  readonly suggestedQuirk?: SuggestedQuirk;
}

/** The register and the times of a stop. @unit Wh; `at` in charger time and `receivedAt` in ours, epoch ms. */
export interface ReportedStop {
  readonly meterStopWh?: number | undefined;
  readonly at: number;
  readonly receivedAt: number;
}

/** Checks whether the register shows far less energy than the reported power, as when kWh are labelled as Wh. */
export function isOutOfScale(energyWh: number, { powerBasedWh = 0 }: Meter): boolean {
  return powerBasedWh >= SCALE_FROM_WH && energyWh * SCALE_RATIO < powerBasedWh;
}

/**
 * Returns the energy of an ended session: exactly meterStop − meterStart, unless the register was reset, counts from
 * the beginning of the session or seems to end in another unit.
 * @errors None; if the register of the stop is missing, negative or impossible, the readings count.
 */
export function finalEnergy(meter: Meter, session: SessionBegin, maxPowerW: number, stop: ReportedStop): FinalEnergy {
  const final = withSuspectedScale(finalByRegister(meter, session, maxPowerW, stop), meter);
  if (!isOutOfScale(final.energyWh, meter)) return final;
  const alternativeWh = Math.round(meter.powerBasedWh ?? 0);
  const evidence = `The register shows ${final.energyWh} Wh, the reported power about ${alternativeWh} Wh.`;
  const suggestedQuirk = { quirk: 'kwh-labelled-wh', evidence } as const;
  return { ...final, confidence: 'disputed', alternativeWh, ...(final.energyWh > 0 && { suggestedQuirk }) };
}

/**
 * Suggests a quirk if the samples seem to be in another unit. The energy is disputed only if the registers of start and
 * stop do not show it, and no reading was counted.
 */
function withSuspectedScale(final: FinalEnergy, { suspectedScale, estimateWh = 0, energyWh }: Meter): FinalEnergy {
  if (suspectedScale === undefined || final.suggestedQuirk) return final;
  const evidence = `The samples fit the register of the transaction only as ${suspectedScale === 'kwh-labelled-wh' ? 'kWh' : 'Wh'}: they then show about ${estimateWh} Wh.`;
  const suggestedQuirk = { quirk: suspectedScale, evidence } as const;
  const isKnown = final.confidence === 'exact' || energyWh > 0;
  return { ...final, suggestedQuirk, ...(!isKnown && { confidence: 'disputed', alternativeWh: estimateWh }) };
}

/** The register of a stop, and what else is known about the session. @unit Wh */
interface Claim {
  readonly meter: Meter;
  readonly session: SessionBegin;
  readonly meterStopWh: number;
  /** The energy by the readings alone. */
  readonly last: FinalEnergy;
  /** The energy between the registers of start and stop; absent if the latter is lower, or a reset came between. */
  readonly sinceStartWh?: number;
  /** Whether the register continues low readings that a reset explains. */
  readonly isReset: boolean;
  /** Upper bounds on the energy of the session, and on that since the last credible reading. */
  readonly maxWh: number;
  readonly flowedWh: number;
}

/** What may explain the register of a stop. The first explanation that fits counts. */
const EXPLANATIONS: readonly ((claim: Claim) => FinalEnergy | undefined)[] = [
  energyFromBegin,
  energyAtKwhStop,
  energyAtZeroStop,
  energyFromStart,
  energyAtImpossibleStop,
  energySinceReset,
];

function finalByRegister(meter: Meter, session: SessionBegin, maxPowerW: number, stop: ReportedStop): FinalEnergy {
  const last = finalByReadings(meter);
  const { meterStopWh } = stop;
  if (meterStopWh === undefined || meterStopWh < 0) return withLastWord(last, meter);
  const ratedW = Math.max(maxPowerW, meter.observedPowerW ?? 0);
  const startStampedLate = isStartStampedLate(meter, session, stop.at);
  const at = Math.max(stop.at, meter.at);
  const maxWh = plausibleWh(session, ratedW, { ...stop, at, ...(startStampedLate && { startStampedLate }) });
  const stoppedAt = latestReadingTime({ ...stop, takenAt: readingTime(meter, session, stop) }, session);
  const flowedWh = flowedSinceWh(meter, session, ratedW, stoppedAt);
  const isReset = continuesReset(meter, meterStopWh, { takenAt: stoppedAt, at: stop.at }, ratedW);
  const isAccountKept = !isReset && (meter.resets === 0 || returnsAtEnd(meter, meterStopWh, session, maxWh));
  const sinceStartWh = meterStopWh - session.meterStartWh;
  const isSinceStart = isAccountKept && sinceStartWh >= 0;
  const bounds = { maxWh, flowedWh };
  const claim = { meter, session, meterStopWh, last, isReset, ...bounds, ...(isSinceStart && { sinceStartWh }) };
  for (const explain of EXPLANATIONS) {
    const final = explain(claim);
    if (final) return final;
  }
  return { ...last, confidence: meter.energyWh > 0 ? 'sampled' : 'disputed', resetWh: meterStopWh };
}

/** Returns the energy by the readings alone. The register of the stop, if there is one, may show a better value. */
function finalByReadings(meter: Meter): FinalEnergy {
  const isSampled = meter.energyWh > 0;
  return {
    energyWh: countedWh(meter),
    registerWh: meter.registerWh,
    confidence: isSampled ? 'sampled' : 'estimated',
    ...(meter.resets > 0 && { resetWh: meter.registerWh }),
    ...(meter.relative && isSampled && { assumedWh: countedWh(meter) }),
  };
}

/**
 * Explains a stop whose register, like the samples, counts from the beginning of the session. Such a stop may be below
 * the last sample, which it then corrects, but not below the reading before the last rise.
 */
function energyFromBegin({ meter, session, meterStopWh, maxWh }: Claim): FinalEnergy | undefined {
  const { rival, relative, resets, registerWh, risenFromWh = 0 } = meter;
  const { meterStartWh } = session;
  if (resets > 0 || meterStopWh >= meterStartWh || meterStopWh > maxWh) return undefined;
  const confirmedWh = (risenFromWh > meterStartWh ? risenFromWh : registerWh) - meterStartWh;
  const sampledWh = relative ? confirmedWh : rival?.kind === 'relative' ? rival.lastWh : undefined;
  if (sampledWh === undefined || meterStopWh < sampledWh - JITTER_WH || meterStopWh === 0) return undefined;
  return {
    energyWh: meterStopWh,
    registerWh: meterStartWh + meterStopWh,
    confidence: 'sampled',
    assumedWh: meterStopWh,
    ...disagreementOf(meterStopWh, meter),
  };
}

/** Explains a stop that is below the samples and fits them only as kWh. The samples then count. */
function energyAtKwhStop({
  meter,
  session,
  meterStopWh,
  last,
  sinceStartWh,
  flowedWh,
}: Claim): FinalEnergy | undefined {
  const isBelow = sinceStartWh === undefined || belowShownWh(sinceStartWh, meter) > JITTER_WH;
  if (!isBelow || meter.relative || meter.resets > 0) return undefined;
  const claimedWh = meterStopWh * WH_PER_KWH;
  if (!isNear(meter, claimedWh, session, flowedWh)) return undefined;
  const evidence = `The register at the end is ${meterStopWh}, which fits ${meter.registerWh} Wh before it only as kWh.`;
  const suggestedQuirk = { quirk: 'kwh-without-unit-at-end', evidence } as const;
  const confidence = meter.energyWh > 0 ? 'sampled' : 'disputed';
  return { ...last, confidence, alternativeWh: Math.max(0, claimedWh - session.meterStartWh), suggestedQuirk };
}

/**
 * Explains a register that began and ended at zero, although the samples show up to 1 kWh. The zero may be whole kWh or
 * follow a reset, so it is evidence of neither; the samples count.
 */
function energyAtZeroStop({ meter, meterStopWh, last, sinceStartWh }: Claim): FinalEnergy | undefined {
  const isBelow = meterStopWh === 0 && sinceStartWh === 0 && belowShownWh(0, meter) > JITTER_WH;
  return isBelow && meter.resets === 0 && meter.registerWh <= WH_PER_KWH ? { ...last, resetWh: 0 } : undefined;
}

/** Explains a register that has counted since the start without a reset. */
function energyFromStart({ meter, meterStopWh, sinceStartWh, maxWh }: Claim): FinalEnergy | undefined {
  if (sinceStartWh === undefined || sinceStartWh > maxWh) return undefined;
  const disagreement = disagreementOf(sinceStartWh, meter);
  return { energyWh: sinceStartWh, registerWh: meterStopWh, confidence: 'exact', ...disagreement };
}

/** Handles registers of start and stop that claim more than the connector can have delivered. The samples count. */
function energyAtImpossibleStop({
  meter,
  session,
  meterStopWh,
  last,
  sinceStartWh,
  ...bounds
}: Claim): FinalEnergy | undefined {
  if (sinceStartWh === undefined) return undefined;
  const suggestedQuirk = scaledDown(meter, meterStopWh, session, bounds);
  return { ...last, confidence: 'disputed', implausibleWh: sinceStartWh, ...(suggestedQuirk && { suggestedQuirk }) };
}

/** Explains a register that has counted since a reset that the samples show. */
function energySinceReset({ meter, session, meterStopWh, last, isReset, maxWh }: Claim): FinalEnergy | undefined {
  const { rival, resets } = meter;
  // If the samples count from the beginning of the session, so does a stop below the start.
  const baseWh = meter.relative && meterStopWh < session.meterStartWh ? session.meterStartWh : 0;
  const isRivalContinued = isReset || (rival?.kind === 'reset' && meterStopWh >= rival.lastWh);
  const sinceWh = rival && isRivalContinued ? rival.firstWh : resets > 0 ? meter.registerWh - baseWh : Infinity;
  const riseWh = meterStopWh - sinceWh;
  if (riseWh < 0) return undefined;
  const resetWh = meterStopWh;
  const totalWh = countedWh(meter) + riseWh;
  if (totalWh > maxWh) return { ...last, confidence: 'disputed', implausibleWh: totalWh, resetWh };
  const assumed = meter.relative ? { assumedWh: totalWh } : {};
  const disagreement = disagreementOf(totalWh, meter);
  return {
    ...{ energyWh: totalWh, registerWh: baseWh + meterStopWh, confidence: 'sampled', resetWh },
    ...assumed,
    ...disagreement,
  };
}

/** Reports the last readings if they contradict the counted energy and no stop explains them. They are not billed. */
function withLastWord(last: FinalEnergy, meter: Meter): FinalEnergy {
  const { rival, suspectedScale } = meter;
  const isUnexplained = rival && !IMPOSSIBLE.has(rival.kind) && suspectedScale === undefined;
  const final = { ...last, ...disagreementOf(last.energyWh, meter) };
  return isUnexplained ? { ...final, resetWh: last.resetWh ?? rival.lastWh } : final;
}

/**
 * Checks whether the final register continues low readings that a reset explains, whichever unit the last of them
 * suggested.
 */
function continuesReset(
  { rival, registerWh }: Meter,
  meterStopWh: number,
  stopped: Pick<Meter, 'takenAt' | 'at'>,
  ratedW: number,
): boolean {
  const isLow = meterStopWh < registerWh - JITTER_WH;
  return rival !== undefined && LOW_KINDS.has(rival.kind) && isLow && isReachable(rival, meterStopWh, stopped, ratedW);
}

/**
 * Checks whether the register at the end fits only the state of the meter before a supposed reset. If nothing had been
 * counted before that reset, the register may fit the state after it as well, because the readings may count from the
 * beginning of the session. The registers of start and stop then decide, because they show the least energy.
 */
function returnsAtEnd(meter: Meter, meterStopWh: number, session: SessionBegin, maxWh: number): boolean {
  const { previous } = meter;
  const riseWh = absoluteWh(meter, meterStopWh, session) - meter.registerWh;
  const continues = riseWh >= -JITTER_WH && meter.energyWh + riseWh <= maxWh;
  if (!previous || (continues && previous.energyWh > 0)) return false;
  return returnsTo(previous, meter, meterStopWh, { session, maxWh });
}

/** Returns the energy of the samples, minus what later samples corrected. */
export function countedWh({ energyWh, overcountWh = 0 }: Meter): number {
  return energyWh - overcountWh;
}

function scaledDown(
  meter: Meter,
  meterStopWh: number,
  session: SessionBegin,
  { maxWh, flowedWh }: { readonly maxWh: number; readonly flowedWh: number },
): SuggestedQuirk | undefined {
  const thousandthWh = (meterStopWh - session.meterStartWh) / 1000;
  if (!isNear(meter, meterStopWh / 1000, session, flowedWh) && thousandthWh > maxWh) return undefined;
  const evidence = `The register at the end, ${meterStopWh} Wh, is possible only as a thousandth of it.`;
  return { quirk: 'wh-labelled-kwh', evidence };
}

/** Returns how far an energy lies below what the readings showed, even those that later ones contradicted, Wh. */
function belowShownWh(energyWh: number, meter: Meter): number {
  // A contradicted reading may have shown energy from before a reset.
  return meter.energyWh - energyWh;
}

function disagreementOf(energyWh: number, meter: Meter): Pick<FinalEnergy, 'disagreementWh'> {
  const disagreementWh = Math.max(belowShownWh(energyWh, meter), meter.takenBackWh ?? 0);
  return disagreementWh > JITTER_WH ? { disagreementWh } : {};
}
