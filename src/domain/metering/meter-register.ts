/**
 * Interprets register readings. A reading that fits the energy counted so far is counted. One that does not becomes a
 * rival. Once several rivals agree, they replace the count or, if only their unit seems wrong, raise the estimate for
 * limits. The last replaced state is kept, because the register may return to it.
 * @source OCPP 1.6 §7.31 (Energy.Active.Import.Register), field behaviour of resetting and session-relative meters.
 */
import { MOST_POWER_W } from '../model/network.js';
import { clear, type MutableMeter } from '../model/running-copies.js';
import type { Meter, RivalKind, RivalReadings } from '../model/session.js';
import { plausibleWh, POWER_SLACK } from './plausible-energy.js';
import {
  absoluteWh,
  type Bounds,
  contradictsSeveral,
  flowedSinceWh,
  IMPOSSIBLE,
  isNear,
  isReachable,
  JITTER_WH,
  kindOf,
  LOW_KINDS,
  type SessionBegin,
  WH_PER_KWH,
} from './reading-kind.js';
import { latestReadingTime } from './reading-time.js';

/** How many readings must agree to be accepted, and how many if they show more power than the rating. */
const AGREEING = 2;
const AGREEING_ON_POWER = 3;

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
  const maxWh = plausibleWh(session, ratedW, meter);
  const registerWh = absoluteWh(meter, readingWh, session);
  const riseWh = registerWh - meter.registerWh;
  const countedWh = meter.intervalWh ?? 0;
  const isPossible = riseWh >= -JITTER_WH && (riseWh <= 0 || meter.energyWh - countedWh + riseWh <= maxWh);
  if (isPossible && !continuesRival(meter, readingWh, riseWh)) {
    // A register of zero does not show in which steps it counts.
    if (readingWh > 0) meter.resolutionWh = Math.min(meter.resolutionWh ?? WH_PER_KWH, resolutionOf(readingWh));
    if (riseWh > 0) count(meter, registerWh, riseWh);
    clear(meter, 'rival');
    return 'counted';
  }
  // A message may have been queued for hours. Energy that flowed after its reading does not explain the register.
  const flowedWh = flowedSinceWh(meter, session, ratedW, latestReadingTime(meter, session));
  const bounds = { maxWh, ratedW, flowedWh };
  const kind = isPossible && meter.rival ? meter.rival.kind : kindOf(meter, readingWh, session, bounds);
  if (IMPOSSIBLE.has(kind)) meter.rejectedReadings += 1;
  const rival = rivalAfter(meter, readingWh, kind, ratedW);
  meter.rival = rival;
  return revise(meter, rival, session, bounds);
}

/**
 * Checks whether a reading continues low readings that count from the beginning of the session, although it also fits
 * the energy counted so far: what it adds to the last accepted register is less than those readings have shown already.
 */
function continuesRival(meter: Meter, readingWh: number, riseWh: number): boolean {
  const { rival } = meter;
  if (rival?.kind !== 'relative' || riseWh >= rival.lastWh - rival.firstWh) return false;
  return readingWh > rival.lastWh && isReachable(rival, readingWh, meter, MOST_POWER_W / POWER_SLACK);
}

/** Returns the greatest power of ten that divides the register, at most 1000. */
function resolutionOf(wh: number): number {
  for (const step of [1000, 100, 10]) if (wh % step === 0) return step;
  return 1;
}

/**
 * Counts a rise of the register. The rise includes the energy of intervals that are already counted, and it first
 * offsets energy that a contradicted reading had added.
 */
function count(meter: MutableMeter, registerWh: number, riseWh: number): void {
  const countedWh = meter.intervalWh ?? 0;
  const { overcountWh = 0 } = meter;
  const madeUpWh = Math.min(overcountWh, riseWh);
  meter.risenFromWh = meter.registerWh;
  meter.registerWh = registerWh;
  meter.energyWh = Math.max(meter.energyWh, meter.energyWh - countedWh + riseWh - madeUpWh);
  if (countedWh > 0) clear(meter, 'intervalWh');
  if (overcountWh > madeUpWh) meter.overcountWh = overcountWh - madeUpWh;
  else clear(meter, 'overcountWh');
}

function rivalAfter(meter: Meter, readingWh: number, kind: RivalKind, ratedW: number): RivalReadings {
  const { rival, takenAt = 0 } = meter;
  const last = { lastAt: takenAt, lastStampedAt: meter.at };
  const alone = { kind, firstWh: readingWh, lastWh: readingWh, firstAt: takenAt, ...last, count: 1 };
  if (!rival) return alone;
  const isContinued = LOW_KINDS.has(rival.kind) && LOW_KINDS.has(kind) && isReachable(rival, readingWh, meter, ratedW);
  // A register that counts from the beginning of the session may begin again, too.
  const agrees = rival.kind === kind && (readingWh >= rival.lastWh - JITTER_WH || kind === 'relative');
  if (!agrees && !(isContinued && kind === 'reset')) return isContinued ? { ...alone, firstWh: rival.firstWh } : alone;
  const firstWh = kind === 'relative' ? Math.min(rival.firstWh, readingWh) : rival.firstWh;
  const lastWh = Math.max(rival.lastWh, readingWh);
  return { ...rival, kind, firstWh, lastWh, ...last, count: rival.count + 1 };
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
  if (isStartUnread(meter, rival, session, bounds.ratedW)) {
    return countFromFirst(meter, rival, session, bounds.maxWh) ? 'counted' : 'doubted';
  }
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
  if (kind === 'relative' && lastWh > bounds.maxWh) return reviseRating(meter, rival, session, bounds.ratedW);
  return replaceAccount(meter, rival, session, bounds.maxWh) ? 'counted' : 'doubted';
}

/**
 * Checks whether a start register of zero only means that the register was not read: no reading has fitted it so far,
 * and the readings began higher than the energy that can have flowed since the request, but rise no faster than the
 * connector can deliver.
 */
function isStartUnread(meter: Meter, rival: RivalReadings, session: SessionBegin, ratedW: number): boolean {
  const { kind, firstWh, lastWh, firstAt, lastAt } = rival;
  const hasCounted = meter.energyWh > (meter.intervalWh ?? 0) || meter.resets > 0 || meter.relative;
  if (session.meterStartWh !== 0 || hasCounted || !IMPOSSIBLE.has(kind) || lastWh <= firstWh) return false;
  const mostWh = (ratedW * POWER_SLACK * (lastAt - firstAt)) / 3_600_000 + JITTER_WH;
  return lastWh - firstWh <= mostWh && firstWh > plausibleWh(session, ratedW, { ...meter, startStampedLate: true });
}

/** Counts from the first of the readings. The register does not return to a start that was not read. */
function countFromFirst(meter: MutableMeter, rival: RivalReadings, session: SessionBegin, maxWh: number): boolean {
  if (!replaceAccount(meter, { ...rival, kind: 'jump' }, session, maxWh)) return false;
  clear(meter, 'previous');
  clear(meter, 'suspectedScale');
  clear(meter, 'estimateWh');
  return true;
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

/** Records power above the rating and counts the readings if enough agree on it. Until then, raises the estimate. */
function reviseRating(
  meter: MutableMeter,
  rival: RivalReadings,
  session: SessionBegin,
  ratedW: number,
): 'counted' | 'estimated' | 'doubted' {
  const { kind, lastAt, count: agreeing } = rival;
  const registerWh = absoluteWh({ relative: meter.relative || kind === 'relative' }, rival.lastWh, session);
  const powerW = powerOf(rival);
  // The register jumped once and continues normally.
  if (powerW <= ratedW * POWER_SLACK) return 'doubted';
  const energyWh = registerWh - session.meterStartWh;
  meter.estimateWh = Math.max(meter.estimateWh ?? 0, energyWh);
  if (agreeing < AGREEING_ON_POWER) return 'estimated';
  const ms = Math.max(1, lastAt - (meter.beganAt ?? session.startReceivedAt));
  const observedW = Math.ceil(Math.max(powerW, (energyWh * 3_600_000) / ms));
  if (observedW > MOST_POWER_W) return 'estimated';
  meter.observedPowerW = Math.max(meter.observedPowerW ?? 0, observedW);
  meter.rejectedReadings = Math.max(0, meter.rejectedReadings - agreeing);
  clear(meter, 'estimateWh');
  if (kind === 'relative') return replaceAccount(meter, rival, session, energyWh) ? 'counted' : 'doubted';
  clear(meter, 'rival');
  count(meter, registerWh, registerWh - meter.registerWh);
  // It did not rise at once: the readings before the last agree with it.
  meter.risenFromWh = absoluteWh(meter, rival.firstWh, session);
  return 'counted';
}

/** Replaces the meter's state with the rival's. @returns False if the connector cannot have delivered that much. */
function replaceAccount(meter: MutableMeter, rival: RivalReadings, session: SessionBegin, maxWh: number): boolean {
  const { kind, firstWh, lastWh } = rival;
  const { registerWh, energyWh, overcountWh = 0, relative, resets, previous } = meter;
  const account = { registerWh, energyWh: energyWh - overcountWh, relative, resets };
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
      if (contradictsSeveral(meter, firstWh)) noteTakenBack(meter);
      break;
    case 'return': {
      if (!previous) return false;
      const returnedWh = absoluteWh(previous, lastWh, session);
      const truthWh = previous.energyWh + returnedWh - previous.registerWh;
      meter.relative = previous.relative;
      meter.resets = previous.resets;
      meter.registerWh = returnedWh;
      meter.energyWh = Math.max(energyWh, truthWh);
      if (energyWh > truthWh) meter.overcountWh = energyWh - truthWh;
      else clear(meter, 'overcountWh');
      clear(meter, 'takenBackWh');
      break;
    }
    default:
      if (energyWh + lastWh - firstWh > maxWh) return false;
      meter.resets += 1;
      meter.resetAt = meter.at;
      meter.registerWh = absoluteWh(meter, lastWh, session);
      meter.energyWh = energyWh + lastWh - firstWh;
      noteTakenBack(meter);
      // If the register restarted at zero, it had counted this energy before it was first read.
      if (kind === 'reset') meter.unseenWh = (meter.unseenWh ?? 0) + Math.min(firstWh, maxWh);
  }
  if (kind === 'return') clear(meter, 'previous');
  else meter.previous = account;
  clear(meter, 'rival');
  return true;
}

/** Records the overcount for a discrepancy, because the register can no longer show which readings were right. */
function noteTakenBack(meter: MutableMeter): void {
  const { overcountWh = 0, takenBackWh = 0 } = meter;
  if (overcountWh > takenBackWh) meter.takenBackWh = overcountWh;
}
