/**
 * Calculates the energy of a session from its register: the sum of all rises, ignoring falls.
 * A fall of up to 10 Wh is jitter; after a larger one, a reset, later rises count again. A rise that the connector
 * cannot physically have delivered is rejected. A reading older than the last counts only if its register is higher.
 * @source OCPP 1.6 §7.31 (Energy.Active.Import.Register); meters in the field that reset or count from zero.
 */
import type { MeterSample } from '../model/command.js';
import type { DecisionContext } from '../model/decision.js';
import type { Confidence, Meter, Session } from '../model/session.js';

const JITTER_WH = 10;
/** Timestamps are often whole seconds. */
const TIME_SLACK_MS = 1000;
/** Ratings are nominal; only a power more than a fifth above the rating is implausible. */
const POWER_SLACK = 1.2;
/** If the energy by reported power is more than this many times that of the register, the register's unit is wrong. */
const SCALE_RATIO = 300;
const SCALE_FROM_WH = 500;
/** A reported power is assumed for at most this long before its sample. */
const POWER_VALID_MS = 300_000;
/** Power is derived from two register values only if they are at least this far apart. */
const MIN_DERIVATION_MS = 30_000;

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

/**
 * Returns how long a session has lasted. The longer of the charger's and our measurement counts, because the start may
 * have arrived late. But the session cannot have begun before it was requested, whatever the charger's clock says.
 * @unit   ms out; `at` in charger time, `receivedAt` in ours, epoch ms.
 */
export function elapsedMs(session: SessionTimes, at: number, receivedAt: number): number {
  const maxMs = receivedAt - (session.requestedAt ?? session.startReceivedAt);
  return Math.max(Math.min(at - session.startedAt, maxMs), receivedAt - session.startReceivedAt, 0);
}

type SessionTimes = Pick<Session, 'startedAt' | 'startReceivedAt' | 'requestedAt'>;

/**
 * Returns the most energy that a session can have received: 120 % of the rated power for the elapsed time plus 1 s.
 * @unit   W in, Wh out; `at` in charger time, `receivedAt` in ours, epoch ms.
 */
export function plausibleWh(session: SessionTimes, maxPowerW: number, at: number, receivedAt: number): number {
  const ms = elapsedMs(session, at, receivedAt) + TIME_SLACK_MS;
  return Math.floor((maxPowerW * POWER_SLACK * ms) / 3_600_000) + 1;
}

type SessionBegin = SessionTimes & Pick<Session, 'meterStartWh'>;

/** A copy that is changed in place: one per message instead of one per sample, because this code runs very often. */
type MutableMeter = { -readonly [K in keyof Meter]: Meter[K] };

/** What folding depends on besides the samples. `journalSeq` is absent if the samples have no journal entry. */
export interface FoldContext extends Pick<DecisionContext, 'maxPowerW' | 'now'> {
  readonly journalSeq?: number;
}

/**
 * Folds the samples of one message into a meter. Whatever they contain, its energy never decreases.
 * @unit   `now` in epoch ms; the `receivedAt` of a sample takes precedence.
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

/** Adds an interval's energy, until a register is reported: a register is safer, because an interval may be lost. */
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

/** Checks whether the register is far below the reported power, most likely because kWh are labelled as Wh. */
function isOutOfScale(energyWh: number, { powerBasedWh = 0 }: Meter): boolean {
  return energyWh > 0 && powerBasedWh >= SCALE_FROM_WH && energyWh * SCALE_RATIO < powerBasedWh;
}

/** Returns the delivered energy for checking limits: by reported power if the register's unit is wrong. @unit Wh */
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

/** Returns the average power between two register values, for chargers that do not report power. */
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
    // The register's rise includes the energy that was already counted as intervals.
    meter.energyWh = Math.max(meter.energyWh, meter.energyWh - countedWh + riseWh);
    if (countedWh > 0) delete meter.intervalWh;
  }
}

export interface FinalEnergy {
  readonly energyWh: number;
  readonly registerWh: number;
  readonly confidence: Confidence;
  /** The energy according to the stop, if that is impossible, Wh. */
  readonly implausibleWh?: number;
  /** By how much the stop is below the samples, Wh, if by more than 1 % and 100 Wh. */
  readonly disagreementWh?: number;
  /** The energy by reported power, if the register's unit is wrong, Wh. */
  readonly powerBasedWh?: number;
}

/** @unit Wh; `at` in charger time, `receivedAt` in ours, epoch ms. */
interface ReportedStop {
  readonly meterStopWh?: number | undefined;
  readonly at: number;
  readonly receivedAt: number;
}

/**
 * Returns the energy of an ended session: meterStop − meterStart, if the register is absolute and did not reset.
 * @errors None; if the stop's register is missing, negative or impossible, the last good reading counts.
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
