/**
 * The energy of a session from its register: the sum of the rises, never of the falls.
 * A fall within the jitter is noise, a larger one is a reset and a new base. A reading that the connector could not
 * physically have delivered is rejected. Older readings change nothing.
 * @source OCPP 1.6 §7.31 (Energy.Active.Import.Register), field behaviour of resetting and session-relative meters.
 */
import type { MeterSample } from '../model/command.js';
import type { DecisionContext } from '../model/decision.js';
import type { Confidence, Meter, Session } from '../model/session.js';

const JITTER_WH = 10;
/** Timestamps are often in whole seconds. */
const TIME_SLACK_MS = 1000;
/** Rated powers are round figures; a power more than a fifth above the rating is an error. */
const POWER_SLACK = 1.2;
/** A register that shows less than this fraction of the energy by reported power counts in another unit. */
const SCALE_RATIO = 300;
const SCALE_FROM_WH = 500;
/** For how long before its sample a reported power is taken as valid. */
const POWER_VALID_MS = 300_000;
/** A power is derived from two registers only over at least this time. */
const MIN_DERIVATION_MS = 30_000;

/** A meter at the start of a transaction. @unit Wh; `at` in charger time and `receivedAt` in ours, epoch ms. */
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

/**
 * How long a session has lasted. The clock that ran longer counts, because messages may be late; but no session
 * began before it was requested, whatever a charger's clock says.
 * @unit   ms out; `at` in charger time and `receivedAt` in ours, epoch ms.
 */
export function elapsedMs(session: SessionTimes, at: number, receivedAt: number): number {
  const maxMs = receivedAt - (session.requestedAt ?? session.startReceivedAt);
  return Math.max(Math.min(at - session.startedAt, maxMs), receivedAt - session.startReceivedAt, 0);
}

type SessionTimes = Pick<Session, 'startedAt' | 'startReceivedAt' | 'requestedAt'>;

/**
 * The most energy that a session can have received: rated power plus a fifth, for the elapsed time plus a second.
 * @unit   Wh out, W in; `at` in charger time and `receivedAt` in ours, epoch ms.
 */
export function plausibleWh(session: SessionTimes, maxPowerW: number, at: number, receivedAt: number): number {
  const ms = elapsedMs(session, at, receivedAt) + TIME_SLACK_MS;
  return Math.floor((maxPowerW * POWER_SLACK * ms) / 3_600_000) + 1;
}

type SessionBegin = SessionTimes & Pick<Session, 'meterStartWh'>;

/** A copy under construction: one per message, because this code runs for every sample of every charger. */
type MutableMeter = { -readonly [K in keyof Meter]: Meter[K] };

/** The conditions for folding samples. Without a `journalSeq` the samples have no journal entry of their own. */
export interface FoldContext extends Pick<DecisionContext, 'maxPowerW' | 'now'> {
  readonly journalSeq?: number;
}

/**
 * The meter after the samples of one message.
 * @unit   `now` in epoch ms; the `receivedAt` of a sample takes precedence.
 * @errors None: any numbers give a meter whose energy has not fallen.
 */
export function foldSamples(
  meter: Meter,
  samples: readonly MeterSample[],
  session: SessionBegin,
  context: FoldContext,
): Meter {
  const draft: MutableMeter = { ...meter };
  const { journalSeq = 0 } = context;
  if (journalSeq > draft.journalSeq) draft.journalSeq = journalSeq;
  for (const sample of samples) foldSample(draft, sample, session, context);
  return draft;
}

function foldSample(meter: MutableMeter, sample: MeterSample, session: SessionBegin, context: FoldContext): void {
  const { maxPowerW, now } = context;
  const { registerWh } = sample;
  const isHigher = (meter.relative ? session.meterStartWh : 0) + (registerWh ?? 0) > meter.registerWh;
  if (sample.at < meter.at && (registerWh === undefined || !isHigher)) return;
  const isNewer = sample.at > meter.at;
  foldReadings(meter, sample, maxPowerW, sample.receivedAt ?? now);
  if (registerWh !== undefined) foldRegister(meter, registerWh, session, maxPowerW);
  else if (sample.intervalWh !== undefined && isNewer) foldInterval(meter, sample.intervalWh, session, maxPowerW);
}

/** Intervals count only when no register is reported, because a lost interval loses its energy. */
function foldInterval(meter: MutableMeter, intervalWh: number, session: SessionBegin, maxPowerW: number): void {
  const countedWh = meter.intervalWh ?? 0;
  if (intervalWh <= 0 || meter.energyWh !== countedWh || meter.resets > 0) return;
  if (countedWh + intervalWh > plausibleWh(session, maxPowerW, meter.at, meter.receivedAt)) {
    meter.rejectedReadings += 1;
    return;
  }
  meter.intervalWh = countedWh + intervalWh;
  meter.energyWh = meter.intervalWh;
}

/** True when register and reported power differ by orders of magnitude, most likely because kWh are labelled as Wh. */
function isOutOfScale(energyWh: number, { powerBasedWh = 0 }: Meter): boolean {
  return energyWh > 0 && powerBasedWh >= SCALE_FROM_WH && energyWh * SCALE_RATIO < powerBasedWh;
}

/** The delivered energy for limits: by reported power when the register is out of scale. @unit Wh */
export function deliveredWh(meter: Meter): number {
  return isOutOfScale(meter.energyWh, meter) ? (meter.powerBasedWh ?? 0) : meter.energyWh;
}

function foldReadings(meter: MutableMeter, sample: MeterSample, maxPowerW: number, receivedAt: number): void {
  const powerW = sample.powerW ?? derivedPower(meter, sample);
  if (sample.powerW !== undefined && sample.at > meter.at) {
    const flowingW = Math.min(Math.max(0, sample.powerW), maxPowerW);
    const ms = Math.min(sample.at - meter.at, POWER_VALID_MS);
    meter.powerBasedWh = (meter.powerBasedWh ?? 0) + Math.round((flowingW * ms) / 3_600_000);
  }
  meter.at = sample.at;
  meter.receivedAt = receivedAt;
  if (sample.soc !== undefined) {
    meter.soc = sample.soc;
    meter.socStart ??= sample.soc;
  }
  if (sample.voltage !== undefined) meter.voltage = sample.voltage;
  if (sample.current !== undefined) meter.current = sample.current;
  // Limits are predicted from this power, so an impossible value must neither stop a session nor keep it running.
  if (powerW !== undefined) meter.powerW = Math.min(Math.max(0, powerW), maxPowerW * POWER_SLACK);
}

/** The average power between two registers, when the charger does not report its power. */
function derivedPower(meter: Meter, sample: MeterSample): number | undefined {
  if (sample.registerWh === undefined || meter.relative) return undefined;
  const ms = sample.at - meter.at;
  const wh = sample.registerWh - meter.registerWh;
  return ms >= MIN_DERIVATION_MS && wh >= 0 ? Math.round((wh * 3_600_000) / ms) : undefined;
}

function foldRegister(meter: MutableMeter, readingWh: number, session: SessionBegin, maxPowerW: number): void {
  const maxWh = plausibleWh(session, maxPowerW, meter.at, meter.receivedAt);
  const countedWh = meter.intervalWh ?? 0;
  const isFirst = meter.energyWh === countedWh && meter.resets === 0;
  const relative = meter.relative || (isFirst && readingWh < session.meterStartWh / 2 && readingWh <= maxWh);
  const registerWh = relative ? session.meterStartWh + readingWh : readingWh;
  const riseWh = registerWh - meter.registerWh;
  if (riseWh > 0 && meter.energyWh - countedWh + riseWh > maxWh) {
    meter.rejectedReadings += 1;
    return;
  }
  meter.relative = relative;
  if (riseWh < -JITTER_WH) {
    meter.registerWh = registerWh;
    meter.resets += 1;
  } else if (riseWh > 0) {
    meter.registerWh = registerWh;
    // The register includes the intervals that were counted before it was reported.
    meter.energyWh = Math.max(meter.energyWh, meter.energyWh - countedWh + riseWh);
    if (countedWh > 0) delete meter.intervalWh;
  }
}

export interface FinalEnergy {
  readonly energyWh: number;
  readonly registerWh: number;
  readonly confidence: Confidence;
  /** The energy claimed by the stop, if it is impossible, Wh. */
  readonly implausibleWh?: number;
  /** How far the stop lies below the samples, Wh, if that exceeds 1 % and 100 Wh. */
  readonly disagreementWh?: number;
  /** The energy by reported power, if the register counts in another unit, Wh. */
  readonly powerBasedWh?: number;
}

/** The register and the times of a stop. @unit Wh; `at` in charger time and `receivedAt` in ours, epoch ms. */
interface ReportedStop {
  readonly meterStopWh?: number | undefined;
  readonly at: number;
  readonly receivedAt: number;
}

/**
 * The energy of an ended session. Without a reset it is exactly meterStop − meterStart.
 * @errors None; a stop that is missing, negative or impossible leaves the last good reading.
 */
export function finalEnergy(meter: Meter, session: SessionBegin, maxPowerW: number, stop: ReportedStop): FinalEnergy {
  const final = finalByRegister(meter, session, maxPowerW, stop);
  return isOutOfScale(final.energyWh, meter)
    ? { ...final, confidence: 'disputed', powerBasedWh: meter.powerBasedWh ?? 0 }
    : final;
}

function finalByRegister(meter: Meter, session: SessionBegin, maxPowerW: number, stop: ReportedStop): FinalEnergy {
  const isSampled = meter.energyWh > 0;
  const last: FinalEnergy = {
    energyWh: meter.energyWh,
    registerWh: meter.registerWh,
    confidence: isSampled ? 'sampled' : 'estimated',
  };
  const { meterStopWh } = stop;
  if (meterStopWh === undefined || meterStopWh < 0) return last;
  const maxWh = plausibleWh(session, maxPowerW, Math.max(stop.at, meter.at), stop.receivedAt);

  if (meter.resets === 0 && meterStopWh >= session.meterStartWh) {
    const energyWh = meterStopWh - session.meterStartWh;
    if (energyWh > maxWh) return { ...last, confidence: 'disputed', implausibleWh: energyWh };
    return { energyWh, registerWh: meterStopWh, confidence: 'exact', ...disagreementOf(energyWh, meter) };
  }
  if (meter.relative && meter.resets === 0 && meterStopWh < session.meterStartWh && meterStopWh <= maxWh) {
    const registerWh = session.meterStartWh + meterStopWh;
    return { energyWh: meterStopWh, registerWh, confidence: 'exact', ...disagreementOf(meterStopWh, meter) };
  }
  const riseWh = meterStopWh - meter.registerWh;
  if (riseWh <= 0) return { ...last, confidence: isSampled ? 'sampled' : 'disputed' };
  const energyWh = meter.energyWh + riseWh;
  if (energyWh > maxWh) return { ...last, confidence: 'disputed', implausibleWh: energyWh };
  return { energyWh, registerWh: meterStopWh, confidence: 'sampled' };
}

function disagreementOf(energyWh: number, meter: Meter): Pick<FinalEnergy, 'disagreementWh'> {
  const disagreementWh = meter.energyWh - energyWh;
  return disagreementWh > 100 && disagreementWh * 100 > energyWh ? { disagreementWh } : {};
}
