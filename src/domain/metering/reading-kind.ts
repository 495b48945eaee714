/** Finds the likely explanation of a register reading that does not fit the energy counted so far. */
import { MOST_POWER_W } from '../model/network.js';
import type { Meter, RivalKind, RivalReadings, Session } from '../model/session.js';
import { plausibleWh, POWER_SLACK, type SessionTimes } from './plausible-energy.js';

export const JITTER_WH = 10;
export const WH_PER_KWH = 1000;
/** Kinds of readings that claim more than the connector can have delivered. */
export const IMPOSSIBLE: ReadonlySet<RivalKind> = new Set(['power', 'jump', 'wh-labelled-kwh']);

/** Kinds of readings far below the register so far. The first Wh after a reset may look like a low register in kWh. */
export const LOW_KINDS: ReadonlySet<RivalKind> = new Set(['reset', 'kwh-labelled-wh']);

export type SessionBegin = SessionTimes &
  Pick<Session, 'meterStartWh'> &
  Pick<Partial<Session>, 'resumedAt' | 'doubtfulGap'>;

export interface Bounds {
  readonly maxWh: number;
  readonly ratedW: number;
  /** Upper bound on the energy since the last credible reading. */
  readonly flowedWh: number;
}

/** Returns the likely explanation of a reading that does not fit the energy counted so far. */
export function kindOf(meter: Meter, readingWh: number, session: SessionBegin, bounds: Bounds): RivalKind {
  const { maxWh } = bounds;
  const { previous } = meter;
  if (previous && returnsTo(previous, meter, readingWh, { session, maxWh })) return 'return';
  return absoluteWh(meter, readingWh, session) > meter.registerWh
    ? kindAbove(meter, readingWh, session, bounds)
    : kindBelow(meter, readingWh, session, bounds);
}

function kindAbove(meter: Meter, readingWh: number, session: SessionBegin, bounds: Bounds): RivalKind {
  const { maxWh, flowedWh } = bounds;
  const { meterStartWh } = session;
  const riseWh = absoluteWh(meter, readingWh, session) - meterStartWh;
  const isPossible = riseWh <= plausibleWh(session, MOST_POWER_W / POWER_SLACK, meter);
  if (meter.relative) return isPossible ? 'power' : 'reset';
  // Wh that a charger labels as kWh are all multiples of 1000 after conversion; a `power` rival shows that one was not.
  const isWholeKwh = readingWh % WH_PER_KWH === 0 && meter.rival?.kind !== 'power';
  if (isWholeKwh && isNear(meter, readingWh / WH_PER_KWH, session, flowedWh)) return 'wh-labelled-kwh';
  if (isPossible && !isWholeKwh) return 'power';
  const isScaled = isWholeKwh && meterStartWh % WH_PER_KWH === 0 && riseWh / WH_PER_KWH <= maxWh;
  return isScaled ? 'wh-labelled-kwh' : 'jump';
}

function kindBelow(meter: Meter, readingWh: number, session: SessionBegin, bounds: Bounds): RivalKind {
  const { flowedWh } = bounds;
  const isCounting = !meter.relative && meter.resets === 0;
  if (isCounting && isNear(meter, readingWh * WH_PER_KWH, session, flowedWh)) return 'kwh-labelled-wh';
  const isFirst = meter.energyWh === (meter.intervalWh ?? 0) && meter.resets === 0;
  if (isFirst && !meter.relative && mayBeRelative(meter, readingWh, session, bounds)) return 'relative';
  const isAbsolute = readingWh >= session.meterStartWh && meter.resets === 0 && !meter.relative;
  return isAbsolute && !isFromZero(meter, readingWh, bounds) ? 'correction' : 'reset';
}

/**
 * Checks whether readings may count from the beginning of the session: the first, perhaps zero, is far below the start
 * register, and those after it rise from there. The session may have begun at any time since its request, because some
 * chargers stamp a start when they send it.
 */
function mayBeRelative(
  meter: Meter,
  readingWh: number,
  { meterStartWh }: SessionBegin,
  { maxWh, flowedWh }: Bounds,
): boolean {
  // The rated power may be too low, as for readings that count on from the start.
  const { rival } = meter;
  const isContinued = rival?.kind === 'relative' && isReachable(rival, readingWh, meter, MOST_POWER_W / POWER_SLACK);
  return isContinued || (readingWh < meterStartWh / 2 && readingWh <= Math.max(maxWh, flowedWh));
}

/** Checks whether the register may have restarted at zero: the reading is low enough, or continues low ones. */
function isFromZero(meter: Meter, readingWh: number, { flowedWh, ratedW }: Bounds): boolean {
  const { rival } = meter;
  const isContinued = rival && LOW_KINDS.has(rival.kind) && isReachable(rival, readingWh, meter, ratedW);
  return isContinued === true || (contradictsSeveral(meter, readingWh) && readingWh <= flowedWh);
}

/** Checks whether a low reading contradicts more than the last one, which alone may have been too high. */
export function contradictsSeveral({ risenFromWh = Infinity }: Pick<Meter, 'risenFromWh'>, readingWh: number): boolean {
  return readingWh < risenFromWh - JITTER_WH;
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
  const riseWh = absoluteWh(account, readingWh, session) - account.registerWh;
  const totalWh = account.energyWh + riseWh;
  return riseWh >= -JITTER_WH && totalWh <= maxWh && totalWh >= energyWh - overcountWh - JITTER_WH;
}

/**
 * Checks whether the register can have risen to this reading from the rival's last one in the time between them. The
 * clock that shows more time counts: ours may have been set back, and queued messages arrive all at once.
 */
export function isReachable(
  { lastWh, lastAt, lastStampedAt = Infinity }: RivalReadings,
  readingWh: number,
  { takenAt = 0, at }: Pick<Meter, 'takenAt' | 'at'>,
  ratedW: number,
): boolean {
  const ms = Math.max(takenAt - lastAt, at - lastStampedAt);
  const mostWh = (ratedW * POWER_SLACK * ms) / 3_600_000 + JITTER_WH;
  return readingWh >= lastWh && readingWh - lastWh <= mostWh;
}

/** Returns the register that a reading stands for, even if it counts from the beginning of the session. @unit Wh */
export function absoluteWh(
  { relative }: Pick<Meter, 'relative'>,
  readingWh: number,
  { meterStartWh }: Pick<Session, 'meterStartWh'>,
): number {
  return (relative ? meterStartWh : 0) + readingWh;
}
