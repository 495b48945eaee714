/**
 * The session's energy from its register: the sum of the rises, never of the falls.
 * Rules: a fall up to the jitter is noise; a bigger one is a reset and a new base; a reading that
 * the connector could not physically have delivered is held back; old readings move nothing.
 * @source OCPP 1.6 §7.31 (Energy.Active.Import.Register), field behaviour of resetting and session-relative meters.
 */
import type { MeterSample } from '../model/command.js';
import type { Session, Meter, Confidence } from '../model/session.js';

const JITTER_WH = 10;
/** Timestamps often come in whole seconds. */
const TIME_SLACK_MS = 1000;
/** Ratings are round figures; beyond a fifth more, something else is wrong. */
const POWER_SLACK = 1.2;
/** A register that shows less than this part of what flowed by the charger's own power counts in other units. */
const SCALE_RATIO = 300;
const SCALE_FROM_WH = 500;
/** What a power says of the time before it. */
const POWER_VALID_MS = 300_000;

/** A meter at the start of a transaction. @unit Wh, epoch ms. */
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
 * How long a session had lasted by `at` (the charger's clock) and `receivedAt` (ours), ms. Trusts whichever clock ran
 * longer, for messages may come late; but no session began before it was wanted, however a charger's clock was set.
 */
export function elapsedMs(session: SessionTimes, at: number, receivedAt: number): number {
  const most = receivedAt - (session.requestedAt ?? session.startReceivedAt);
  return Math.max(Math.min(at - session.startedAt, most), receivedAt - session.startReceivedAt, 0);
}

type SessionTimes = Pick<Session, 'startedAt' | 'startReceivedAt' | 'requestedAt'>;

/** The most that can have flowed by `at` since the start, Wh. */
export function plausibleWh(session: SessionTimes, maxPowerW: number, at: number, receivedAt: number): number {
  const ms = elapsedMs(session, at, receivedAt) + TIME_SLACK_MS;
  return Math.floor((maxPowerW * POWER_SLACK * ms) / 3_600_000) + 1;
}

type SessionBegin = SessionTimes & Pick<Session, 'meterStartWh'>;

/** A copy that is being written: one a message, for this runs with every sample of every charger. */
type MutableMeter = { -readonly [K in keyof Meter]: Meter[K] };

/**
 * Takes the samples of one message into account. Total: any numbers give a meter whose energy has not fallen.
 * @unit `now`: epoch ms; a sample that says when it was received is believed.
 */
export function foldSamples(
  meter: Meter,
  samples: readonly MeterSample[],
  session: SessionBegin,
  maxPowerW: number,
  now: number,
  journalSeq = 0,
): Meter {
  const draft: MutableMeter = { ...meter };
  if (journalSeq > draft.journalSeq) draft.journalSeq = journalSeq;
  for (const sample of samples) foldSample(draft, sample, session, maxPowerW, sample.receivedAt ?? now);
  return draft;
}

function foldSample(
  meter: MutableMeter,
  sample: MeterSample,
  session: SessionBegin,
  maxPowerW: number,
  receivedAt: number,
): void {
  const register = sample.registerWh;
  const above = (meter.relative ? session.meterStartWh : 0) + (register ?? 0) > meter.registerWh;
  if (sample.at < meter.at && (register === undefined || !above)) return;
  const news = sample.at > meter.at;
  foldReadings(meter, sample, maxPowerW, receivedAt);
  if (register !== undefined) foldRegister(meter, register, session, maxPowerW);
  else if (sample.intervalWh !== undefined && news) foldInterval(meter, sample.intervalWh, session, maxPowerW);
}

/** Only where no register is told: what an interval adds is gone when the interval is lost. */
function foldInterval(meter: MutableMeter, intervalWh: number, session: SessionBegin, maxPowerW: number): void {
  const counted = meter.intervalWh ?? 0;
  if (intervalWh <= 0 || meter.energyWh !== counted || meter.resets > 0) return;
  if (counted + intervalWh > plausibleWh(session, maxPowerW, meter.at, meter.receivedAt)) {
    meter.rejectedReadings += 1;
    return;
  }
  meter.intervalWh = counted + intervalWh;
  meter.energyWh = meter.intervalWh;
}

/** True when an energy and the charger's own power disagree by a scale: kWh that are called Wh, most likely. */
function isOutOfScale(energyWh: number, { powerBasedWh: flowedWh = 0 }: Meter): boolean {
  return energyWh > 0 && flowedWh >= SCALE_FROM_WH && energyWh * SCALE_RATIO < flowedWh;
}

/** What has been delivered as far as the limit is concerned, Wh: of two opinions out of scale, the greater. */
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
  // The end is predicted from it: what cannot flow must neither stop a session nor keep one from being stopped.
  if (powerW !== undefined) meter.powerW = Math.min(Math.max(0, powerW), maxPowerW * POWER_SLACK);
}

/** Power from two registers, when the charger does not say it; over 30 s and more. */
function derivedPower(meter: Meter, sample: MeterSample): number | undefined {
  if (sample.registerWh === undefined || meter.relative) return undefined;
  const ms = sample.at - meter.at;
  const wh = sample.registerWh - meter.registerWh;
  return ms >= 30_000 && wh >= 0 ? Math.round((wh * 3_600_000) / ms) : undefined;
}

function foldRegister(meter: MutableMeter, reading: number, session: SessionBegin, maxPowerW: number): void {
  const most = plausibleWh(session, maxPowerW, meter.at, meter.receivedAt);
  const counted = meter.intervalWh ?? 0;
  const untouched = meter.energyWh === counted && meter.resets === 0;
  const relative = meter.relative || (untouched && reading < session.meterStartWh / 2 && reading <= most);
  const register = relative ? session.meterStartWh + reading : reading;
  const rise = register - meter.registerWh;
  if (rise > 0 && meter.energyWh - counted + rise > most) {
    meter.rejectedReadings += 1;
    return;
  }
  meter.relative = relative;
  if (rise < -JITTER_WH) {
    meter.registerWh = register;
    meter.resets += 1;
  } else if (rise > 0) {
    meter.registerWh = register;
    // The register knows what intervals only told in parts.
    meter.energyWh = Math.max(meter.energyWh, meter.energyWh - counted + rise);
    if (counted > 0) delete meter.intervalWh;
  }
}

export interface FinalEnergy {
  readonly energyWh: number;
  readonly registerWh: number;
  readonly confidence: Confidence;
  /** The stop's own claim, when it could not be believed, Wh. */
  readonly implausibleWh?: number;
  /** How far the stop and the samples lie apart, Wh, when that is worth a look (over 1 % and 100 Wh). */
  readonly disagreementWh?: number;
  /** The energy that the charger's own power speaks for, when the register counts in another unit, Wh. */
  readonly powerBasedWh?: number;
}

/** What a stop claims. @unit Wh, epoch ms. */
interface ReportedStop {
  readonly meterStopWh?: number | undefined;
  readonly at: number;
  readonly receivedAt: number;
}

/**
 * The energy of an ended session. Without a reset it is exactly meterStop − meterStart; a stop that is
 * missing, negative or impossible leaves the last good reading.
 */
export function finalEnergy(meter: Meter, session: SessionBegin, maxPowerW: number, stop: ReportedStop): FinalEnergy {
  const final = finalByRegister(meter, session, maxPowerW, stop);
  return isOutOfScale(final.energyWh, meter)
    ? { ...final, confidence: 'disputed', powerBasedWh: meter.powerBasedWh ?? 0 }
    : final;
}

function finalByRegister(meter: Meter, session: SessionBegin, maxPowerW: number, stop: ReportedStop): FinalEnergy {
  const sampled = meter.energyWh > 0;
  const last: FinalEnergy = {
    energyWh: meter.energyWh,
    registerWh: meter.registerWh,
    confidence: sampled ? 'sampled' : 'estimated',
  };
  const reading = stop.meterStopWh;
  if (reading === undefined || reading < 0) return last;
  const most = plausibleWh(session, maxPowerW, Math.max(stop.at, meter.at), stop.receivedAt);

  if (meter.resets === 0 && reading >= session.meterStartWh) {
    const energyWh = reading - session.meterStartWh;
    if (energyWh > most) return { ...last, confidence: 'disputed', implausibleWh: energyWh };
    return { energyWh, registerWh: reading, confidence: 'exact', ...disagreementOf(energyWh, meter) };
  }
  if (meter.relative && meter.resets === 0 && reading < session.meterStartWh && reading <= most) {
    const registerWh = session.meterStartWh + reading;
    return { energyWh: reading, registerWh, confidence: 'exact', ...disagreementOf(reading, meter) };
  }
  const rise = reading - meter.registerWh;
  if (rise <= 0) return { ...last, confidence: sampled ? 'sampled' : 'disputed' };
  if (meter.energyWh + rise > most) return { ...last, confidence: 'disputed', implausibleWh: meter.energyWh + rise };
  return {
    energyWh: meter.energyWh + rise,
    registerWh: reading,
    confidence: 'sampled',
  };
}

/** How far a stop lies below what was sampled, when that is worth a look. */
function disagreementOf(energyWh: number, meter: Meter): Pick<FinalEnergy, 'disagreementWh'> {
  const apartWh = meter.energyWh - energyWh;
  return apartWh > 100 && apartWh * 100 > energyWh ? { disagreementWh: apartWh } : {};
}
