/**
 * Calculates the energy of a session as the sum of the rises of its register; a fall never lowers it. Energy that the
 * connector cannot physically have delivered is not counted. `meter-register.ts` interprets the readings.
 * @source OCPP 1.6 §7.31 (Energy.Active.Import.Register).
 */
import type { MeterSample } from '../model/command.js';
import type { DecisionContext } from '../model/decision.js';
import { clear, copyMeter, type MutableMeter } from '../model/running-copies.js';
import type { Meter, Session } from '../model/session.js';
import { isOutOfScale } from './final-energy.js';
import { foldPower } from './meter-power.js';
import { foldRegister } from './meter-register.js';
import { isStartStampedLate, plausibleWh } from './plausible-energy.js';
import { absoluteWh, type SessionBegin } from './reading-kind.js';
import { isClockSetBack, latestReadingTime, mayBeQueued, readingTime, startDelayMs } from './reading-time.js';

export { finalEnergy, type FinalEnergy } from './final-energy.js';
export { plausibleWh } from './plausible-energy.js';

/** Upper bound on the usual interval between readings, ms; a longer one is a failure. */
const MAX_INTERVAL_MS = 600_000;

/** Returns the meter at the start of a transaction. @unit Wh; `at` in charger time, `receivedAt` in ours, epoch ms. */
export function openMeter(meterStartWh: number, at: number, receivedAt: number, journalSeq: number): Meter {
  return {
    registerWh: meterStartWh,
    energyWh: 0,
    at,
    receivedAt,
    relative: false,
    resets: 0,
    rejectedReadings: 0,
    journalSeq,
  };
}

/** The context in which samples are added. `journalSeq` is absent if they have no journal entry of their own. */
export interface FoldContext extends Pick<DecisionContext, 'maxPowerW' | 'now'> {
  readonly journalSeq?: number;
}

/**
 * Adds the samples of one message to a meter. Whatever they contain, its energy never decreases.
 * @unit   `now` in epoch ms; the `receivedAt` of a sample takes precedence.
 */
export function foldSamples(
  meter: Meter,
  samples: readonly MeterSample[],
  session: SessionBegin,
  context: FoldContext,
): Meter {
  const draft = copyMeter(meter);
  const { journalSeq = 0 } = context;
  if (journalSeq > draft.journalSeq) draft.journalSeq = journalSeq;
  for (const sample of samples) foldSample(draft, sample, session, context);
  return draft;
}

function foldSample(meter: MutableMeter, sample: MeterSample, session: SessionBegin, context: FoldContext): void {
  const { registerWh, at } = sample;
  const receivedAt = sample.receivedAt ?? context.now;
  const reading = { at, receivedAt };
  // A higher register is news, however late, unless it dates from before a reset.
  const isHigher = at > (meter.resetAt ?? -Infinity) && absoluteWh(meter, registerWh ?? 0, session) > meter.registerWh;
  if (at < meter.at && (registerWh === undefined || !isHigher) && !isClockSetBack(meter, session, reading)) {
    meter.outOfOrder = reading;
    return;
  }
  const isNewer = at !== meter.at;
  if (!mayBeQueued(meter, session, reading)) meter.lastLive = reading;
  const takenAt = readingTime(meter, session, reading);
  const before = {
    at: meter.at,
    takenAt: meter.takenAt ?? Math.min(takenAt, meter.receivedAt),
    registerWh: meter.registerWh,
    isFirst: meter.takenAt === undefined,
  };
  if (before.isFirst) noteLateStart(meter, session, reading);
  if (meter.outOfOrder) clear(meter, 'outOfOrder');
  meter.at = at;
  meter.receivedAt = receivedAt;
  meter.takenAt = takenAt;
  if (isStartStampedLate(meter, session, at)) meter.startStampedLate = true;
  foldConditions(meter, sample);
  const register = registerWh === undefined ? 'doubted' : foldRegister(meter, registerWh, session, context.maxPowerW);
  const isInterval = registerWh === undefined && sample.intervalWh !== undefined && isNewer;
  const counted =
    register === 'counted' || (isInterval && foldInterval(meter, sample.intervalWh ?? 0, session, context.maxPowerW));
  const ratedW = Math.max(context.maxPowerW, meter.observedPowerW ?? 0);
  const isPowerKnown = foldPower(meter, sample, before, { maxPowerW: ratedW, isCounted: register === 'counted' });
  if (counted || isPowerKnown || register === 'estimated') {
    noteKnown(meter, before.takenAt, latestReadingTime(meter, session));
  }
}

/**
 * Returns the readings of a stop: its samples, and its register if that may confirm readings above the rated power.
 * @unit `at` in charger time, epoch ms.
 */
export function stopSamples(
  { meter, meterStartWh }: Pick<Session, 'meter' | 'meterStartWh'>,
  {
    samples,
    meterStopWh = -1,
    at,
  }: { readonly samples: readonly MeterSample[]; readonly meterStopWh?: number; readonly at: number },
): readonly MeterSample[] {
  if (meter.rival?.kind !== 'power' || meterStopWh < 0) return samples;
  const isAbsolute = meter.relative && meterStopWh >= meterStartWh;
  return [...samples, { at, registerWh: isAbsolute ? meterStopWh - meterStartWh : meterStopWh }];
}

/** Corrects the beginning of the session if the first reading shows that the start message was late. */
function noteLateStart(meter: MutableMeter, session: SessionBegin, first: { at: number; receivedAt: number }): void {
  const delayMs = startDelayMs(session, first);
  if (delayMs > 0) meter.beganAt = session.startReceivedAt - delayMs;
}

/**
 * Records when a credible reading was taken. `intervalMs` rises to a longer interval at once, but at most halves with
 * each shorter one.
 */
function noteKnown(meter: MutableMeter, before: number, knownAt: number): void {
  const sinceMs = knownAt - (meter.knownAt ?? before);
  meter.intervalMs = Math.min(MAX_INTERVAL_MS, Math.max(sinceMs, Math.floor((meter.intervalMs ?? 0) / 2)));
  meter.knownAt = knownAt;
}

function foldConditions(meter: MutableMeter, { soc, voltage, current }: MeterSample): void {
  if (soc !== undefined) {
    if (meter.soc !== undefined) meter.socBefore = meter.soc;
    meter.soc = soc;
    meter.socStart ??= soc;
  }
  if (voltage !== undefined) meter.voltage = voltage;
  if (current !== undefined) meter.current = current;
}

/**
 * Counts the energy of an interval, but only until a rise of the register has been counted. From then on the register
 * is better, because it includes the energy of lost messages.
 */
function foldInterval(meter: MutableMeter, intervalWh: number, session: SessionBegin, maxPowerW: number): boolean {
  const countedWh = meter.intervalWh ?? 0;
  if (intervalWh <= 0 || meter.energyWh !== countedWh || meter.resets > 0) return intervalWh === 0;
  if (countedWh + intervalWh > plausibleWh(session, maxPowerW, meter)) {
    meter.rejectedReadings += 1;
    return false;
  }
  meter.intervalWh = countedWh + intervalWh;
  meter.energyWh = meter.intervalWh;
  return true;
}

/**
 * Returns an upper bound on the energy delivered, for limits. It includes energy that the register does not show, and
 * readings that are not credible enough to be billed.
 * @unit Wh
 */
export function deliveredWh(meter: Meter): number {
  const { energyWh, unregisteredWh = 0, unseenWh = 0, estimateWh = 0, powerBasedWh = 0, rival } = meter;
  const claimedWh = rival && rival.count > 1 && rival.kind === 'relative' ? rival.lastWh : 0;
  const byPowerWh = isOutOfScale(energyWh, meter) ? powerBasedWh : 0;
  return Math.ceil(Math.max(energyWh + unregisteredWh + unseenWh, estimateWh, byPowerWh, claimedWh));
}

/** How much the state of charge may differ between two readings of the same battery, percent. */
const SOC_STEP = 10;

/**
 * Returns the state of charge, percent, if the reading before the last one agrees with it. Some chargers report 0 or
 * 100 until the car has answered.
 */
export function believedSoc({ soc, socBefore }: Meter): number | undefined {
  if (soc === undefined || socBefore === undefined) return undefined;
  return Math.abs(soc - socBefore) <= SOC_STEP ? soc : undefined;
}

/** Checks whether energy has flowed, by the register or by the reported power. */
export function hasFlowed({ energyWh, powerBasedWh = 0 }: Meter): boolean {
  return energyWh > 0 || powerBasedWh > 0;
}
