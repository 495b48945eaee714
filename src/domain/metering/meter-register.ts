/**
 * Interprets register readings. A reading that fits the energy counted so far is counted. One that does not is kept as
 * a rival, which replaces the count once several readings agree. The replaced state is then kept until the bill.
 * @source OCPP 1.6 §7.31 (Energy.Active.Import.Register), field behaviour of resetting and session-relative meters.
 */
import { MOST_POWER_W } from '../model/network.js';
import type { Meter, RivalKind, RivalReadings, Session } from '../model/session.js';
import { plausibleWh, POWER_SLACK, type SessionTimes } from './plausible-energy.js';
import { latestReadingTime } from './reading-time.js';

export const JITTER_WH = 10;
/** How many readings must agree to be accepted, and how many if they show more power than the rating. */
const AGREEING = 2;
const AGREEING_ON_POWER = 3;
const WH_PER_KWH = 1000;
/** Kinds of readings that claim more than the connector can have delivered. */
export const IMPOSSIBLE: ReadonlySet<RivalKind> = new Set(['power', 'jump', 'wh-labelled-kwh']);
/** Kinds of readings far below the register so far. */
const LOW_KINDS: ReadonlySet<RivalKind> = new Set(['reset', 'kwh-labelled-wh']);

export type SessionBegin = SessionTimes &
  Pick<Session, 'meterStartWh'> &
  Pick<Partial<Session>, 'resumedAt' | 'doubtfulGap'>;
export type MutableMeter = { -readonly [K in keyof Meter]: Meter[K] };

/**
 * Adds a register reading to the meter, or to the rival readings.
 * @returns `counted`: the energy is known. `estimated`: only limits count it. `doubted`: nothing counts it for now.
 */
export function foldRegister(
  meter: MutableMeter,
  readingWh: number,
  session: SessionBegin,
  maxPowerW: number,
): 'counted' | 'estimated' | 'doubted' {
  const ratedW = Math.max(maxPowerW, meter.observedPowerW ?? 0);
  const maxWh = plausibleWh(session, ratedW, meter.at, meter.receivedAt);
  const registerWh = (meter.relative ? session.meterStartWh : 0) + readingWh;
  const riseWh = registerWh - meter.registerWh;
  const countedWh = meter.intervalWh ?? 0;
  if (riseWh >= -JITTER_WH && (riseWh <= 0 || meter.energyWh - countedWh + riseWh <= maxWh)) {
    // A register of zero does not show in which steps it counts.
    if (readingWh > 0) meter.resolutionWh = Math.min(meter.resolutionWh ?? WH_PER_KWH, resolutionOf(readingWh));
    if (riseWh > 0) count(meter, registerWh, riseWh);
    delete meter.rival;
    return 'counted';
  }
  // A message may have been queued for hours. Energy that flowed after its reading does not explain the register.
  const flowedWh = flowedSinceWh(meter, session, ratedW, latestReadingTime(meter, session));
  const bounds = { maxWh, ratedW, flowedWh };
  const kind = kindOf(meter, readingWh, session, bounds);
  if (IMPOSSIBLE.has(kind)) meter.rejectedReadings += 1;
  const rival = rivalAfter(meter, readingWh, kind, ratedW);
  meter.rival = rival;
  return revise(meter, rival, session, bounds);
}

/** Returns the greatest power of ten that divides the register, at most 1000. */
function resolutionOf(wh: number): number {
  for (const step of [1000, 100, 10]) if (wh % step === 0) return step;
  return 1;
}

/** Counts a rise of the register, which includes the intervals counted before a register was reported. */
function count(meter: MutableMeter, registerWh: number, riseWh: number): void {
  const countedWh = meter.intervalWh ?? 0;
  const { overcountWh = 0 } = meter;
  const madeUpWh = Math.min(overcountWh, riseWh);
  meter.risenFromWh = meter.registerWh;
  meter.registerWh = registerWh;
  meter.energyWh = Math.max(meter.energyWh, meter.energyWh - countedWh + riseWh - madeUpWh);
  if (countedWh > 0) delete meter.intervalWh;
  if (overcountWh > madeUpWh) meter.overcountWh = overcountWh - madeUpWh;
  else delete meter.overcountWh;
}

/** Returns the likely explanation of a reading that does not fit the energy counted so far. */
function kindOf(meter: Meter, readingWh: number, session: SessionBegin, bounds: Bounds): RivalKind {
  const { maxWh } = bounds;
  const { previous } = meter;
  if (previous && returnsTo(previous, meter, readingWh, { session, maxWh })) return 'return';
  return readingWh > meter.registerWh && !meter.relative
    ? kindAbove(meter, readingWh, session, bounds)
    : kindBelow(meter, readingWh, session, bounds);
}

function kindAbove(meter: Meter, readingWh: number, session: SessionBegin, bounds: Bounds): RivalKind {
  const { maxWh, flowedWh } = bounds;
  const { meterStartWh } = session;
  // Wh that a charger labels as kWh are multiples of 1000 after conversion, all of them.
  const isWholeKwh = readingWh % WH_PER_KWH === 0 && meter.rival?.kind !== 'power';
  if (isWholeKwh && isNear(meter, readingWh / WH_PER_KWH, session, flowedWh)) return 'wh-labelled-kwh';
  const riseWh = readingWh - meterStartWh;
  const isPossible = riseWh <= plausibleWh(session, MOST_POWER_W / POWER_SLACK, meter.at, meter.receivedAt);
  if (isPossible && !isWholeKwh) return 'power';
  const isScaled = isWholeKwh && meterStartWh % WH_PER_KWH === 0 && riseWh / WH_PER_KWH <= maxWh;
  return isScaled ? 'wh-labelled-kwh' : 'jump';
}

function kindBelow(meter: Meter, readingWh: number, session: SessionBegin, bounds: Bounds): RivalKind {
  const { maxWh, flowedWh } = bounds;
  const isCounting = !meter.relative && meter.resets === 0;
  if (isCounting && isNear(meter, readingWh * WH_PER_KWH, session, flowedWh)) return 'kwh-labelled-wh';
  const isFirst = meter.energyWh === (meter.intervalWh ?? 0) && meter.resets === 0;
  if (isFirst && !meter.relative && readingWh < session.meterStartWh / 2 && readingWh <= maxWh) return 'relative';
  const isAbsolute = readingWh >= session.meterStartWh && meter.resets === 0 && !meter.relative;
  return isAbsolute && !isFromZero(meter, readingWh, bounds) ? 'correction' : 'reset';
}

/** Checks whether the register may have restarted at zero: the reading is low enough, or continues low ones. */
function isFromZero(
  { risenFromWh = Infinity, rival, takenAt = 0 }: Meter,
  readingWh: number,
  { flowedWh, ratedW }: Bounds,
): boolean {
  const isContinued = rival?.kind === 'reset' && isReachable(rival, readingWh, takenAt, ratedW);
  return isContinued || (readingWh < risenFromWh - JITTER_WH && readingWh <= flowedWh);
}

/**
 * Checks whether a value lies where the meter's absolute register must be by now, give or take 1 kWh.
 * @param flowedWh Upper bound on the energy since the last credible reading.
 */
export function isNear(
  { registerWh, estimateWh = 0 }: Pick<Meter, 'registerWh' | 'estimateWh'>,
  wh: number,
  { meterStartWh }: Pick<Session, 'meterStartWh'>,
  flowedWh: number,
): boolean {
  const knownWh = estimateWh > 0 ? Math.max(registerWh, meterStartWh + estimateWh) : registerWh;
  return wh > 0 && wh > registerWh - WH_PER_KWH && wh <= knownWh + flowedWh + WH_PER_KWH;
}

/** Returns an upper bound on the energy since the last credible reading. @unit W and our time, epoch ms, in; Wh out */
export function flowedSinceWh(meter: Meter, session: SessionTimes, ratedW: number, until: number): number {
  const ms = Math.max(0, until - (meter.knownAt ?? session.requestedAt ?? session.startReceivedAt));
  return (ratedW * POWER_SLACK * ms) / 3_600_000 + JITTER_WH;
}

/** Checks whether a reading continues a replaced state of the meter, and explains all energy that was counted since. */
export function returnsTo(
  account: NonNullable<Meter['previous']>,
  { energyWh, overcountWh = 0 }: Meter,
  readingWh: number,
  { session, maxWh }: { readonly session: Pick<Session, 'meterStartWh'>; readonly maxWh: number },
): boolean {
  const riseWh = (account.relative ? session.meterStartWh : 0) + readingWh - account.registerWh;
  const totalWh = account.energyWh + riseWh;
  return riseWh >= -JITTER_WH && totalWh <= maxWh && totalWh >= energyWh - overcountWh - JITTER_WH;
}

function rivalAfter({ rival, takenAt = 0 }: Meter, readingWh: number, kind: RivalKind, ratedW: number): RivalReadings {
  const alone = { kind, firstWh: readingWh, lastWh: readingWh, firstAt: takenAt, lastAt: takenAt, count: 1 };
  if (!rival) return alone;
  // The first Wh after a reset may look like the kWh of a low register.
  const isContinued =
    LOW_KINDS.has(rival.kind) && LOW_KINDS.has(kind) && isReachable(rival, readingWh, takenAt, ratedW);
  // A register that counts from the beginning of the session may begin again, too.
  const agrees = rival.kind === kind && (readingWh >= rival.lastWh - JITTER_WH || kind === 'relative');
  if (!agrees && !(isContinued && kind === 'reset')) return isContinued ? { ...alone, firstWh: rival.firstWh } : alone;
  const firstWh = kind === 'relative' ? Math.min(rival.firstWh, readingWh) : rival.firstWh;
  const lastWh = Math.max(rival.lastWh, readingWh);
  return { ...rival, kind, firstWh, lastWh, lastAt: takenAt, count: rival.count + 1 };
}

/** Checks whether the register can have risen to this from the rival's last reading. @unit Our time, epoch ms. */
export function isReachable(
  { lastWh, lastAt }: RivalReadings,
  readingWh: number,
  takenAt: number,
  ratedW: number,
): boolean {
  const mostWh = (ratedW * POWER_SLACK * (takenAt - lastAt)) / 3_600_000 + JITTER_WH;
  return readingWh >= lastWh && readingWh - lastWh <= mostWh;
}

interface Bounds {
  readonly maxWh: number;
  readonly ratedW: number;
  /** Upper bound on the energy since the last credible reading. */
  readonly flowedWh: number;
}

/** Accepts the rival readings if enough of them agree. Readings that merely repeat a value prove nothing. */
function revise(
  meter: MutableMeter,
  rival: RivalReadings,
  session: SessionBegin,
  bounds: Bounds,
): 'counted' | 'estimated' | 'doubted' {
  const { kind, firstWh, lastWh } = rival;
  if (rival.count < AGREEING) return 'doubted';
  switch (kind) {
    case 'kwh-labelled-wh':
      return estimate(meter, kind, lastWh * WH_PER_KWH + WH_PER_KWH - session.meterStartWh);
    case 'wh-labelled-kwh': {
      const isNearStart = isNear(meter, lastWh / WH_PER_KWH, session, bounds.flowedWh);
      const wh = isNearStart
        ? lastWh / WH_PER_KWH - session.meterStartWh
        : (lastWh - session.meterStartWh) / WH_PER_KWH;
      // The register may also be right as it is read, and only its start or the rating wrong.
      const isPossible = rival.lastAt > rival.firstAt && powerOf(rival) <= MOST_POWER_W;
      return estimate(meter, kind, Math.max(Math.ceil(wh), isPossible ? lastWh - firstWh : 0));
    }
    case 'power':
      return reviseRating(meter, rival, session, bounds.ratedW);
    default:
      break;
  }
  if (lastWh <= firstWh) return 'doubted';
  return replaceAccount(meter, rival, session, bounds.maxWh) ? 'counted' : 'doubted';
}

function estimate(meter: MutableMeter, scale: NonNullable<Meter['suspectedScale']>, wh: number): 'estimated' {
  meter.suspectedScale = scale;
  meter.estimateWh = Math.max(meter.energyWh, meter.estimateWh ?? 0, wh);
  return 'estimated';
}

/** Returns the power that the readings show if they are right, W; 0 if all have the same time. */
function powerOf({ firstWh, lastWh, firstAt, lastAt }: RivalReadings): number {
  return lastAt > firstAt ? ((lastWh - firstWh) * 3_600_000) / (lastAt - firstAt) : 0;
}

/** Records power above the rating if enough readings agree on it. Until then they only raise the estimate. */
function reviseRating(
  meter: MutableMeter,
  rival: RivalReadings,
  session: SessionBegin,
  ratedW: number,
): 'counted' | 'estimated' | 'doubted' {
  const { lastWh, lastAt, count: agreeing } = rival;
  const powerW = powerOf(rival);
  // The register jumped once and continues normally.
  if (powerW <= ratedW * POWER_SLACK) return 'doubted';
  const energyWh = lastWh - session.meterStartWh;
  meter.estimateWh = Math.max(meter.estimateWh ?? 0, energyWh);
  if (agreeing < AGREEING_ON_POWER) return 'estimated';
  const ms = Math.max(1, lastAt - (meter.beganAt ?? session.startReceivedAt));
  const observedW = Math.ceil(Math.max(powerW, (energyWh * 3_600_000) / ms));
  if (observedW > MOST_POWER_W) return 'estimated';
  meter.observedPowerW = Math.max(meter.observedPowerW ?? 0, observedW);
  meter.rejectedReadings = Math.max(0, meter.rejectedReadings - agreeing);
  delete meter.estimateWh;
  delete meter.rival;
  count(meter, lastWh, lastWh - meter.registerWh);
  return 'counted';
}

/** Replaces the meter's state with the rival's. @returns False if the connector cannot have delivered that much. */
function replaceAccount(meter: MutableMeter, rival: RivalReadings, session: SessionBegin, maxWh: number): boolean {
  const { kind, firstWh, lastWh } = rival;
  const { registerWh, energyWh, relative, resets, previous } = meter;
  const account = { registerWh, energyWh, relative, resets };
  switch (kind) {
    case 'relative':
      if (lastWh > maxWh) return false;
      meter.relative = true;
      meter.registerWh = session.meterStartWh;
      count(meter, session.meterStartWh + lastWh, lastWh);
      break;
    case 'correction':
      meter.overcountWh = energyWh - (lastWh - session.meterStartWh);
      meter.registerWh = lastWh;
      break;
    case 'return': {
      if (!previous) return false;
      const returnedWh = (previous.relative ? session.meterStartWh : 0) + lastWh;
      const truthWh = previous.energyWh + returnedWh - previous.registerWh;
      meter.relative = previous.relative;
      meter.resets = previous.resets;
      meter.registerWh = returnedWh;
      meter.energyWh = Math.max(energyWh, truthWh);
      if (energyWh > truthWh) meter.overcountWh = energyWh - truthWh;
      break;
    }
    default:
      if (energyWh + lastWh - firstWh > maxWh) return false;
      meter.resets += 1;
      meter.registerWh = relative ? session.meterStartWh + lastWh : lastWh;
      meter.energyWh = energyWh + lastWh - firstWh;
      // If the register restarted at zero, it had counted this energy before it was first read.
      if (kind === 'reset') meter.unseenWh = (meter.unseenWh ?? 0) + Math.min(firstWh, maxWh);
  }
  if (kind === 'return') delete meter.previous;
  else meter.previous = account;
  delete meter.rival;
  return true;
}
