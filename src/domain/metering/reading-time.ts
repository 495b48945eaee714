/**
 * Determines when a reading was taken, by our clock. After the start, the charger's clock only shows how late a message
 * is, so correcting that clock during a session has no effect.
 */
import type { ActiveProfile, Meter, Session } from '../model/session.js';

/** Allowance for timestamps in whole seconds and for the transmission of a message. */
const PACE_SLACK_MS = 2000;
const PACE_SLACK_RATIO = 20;
/** Messages that were queued while the charger was offline arrive at shorter intervals than this. */
const MIN_LIVE_MS = 5000;

/** When a message was written and when it arrived. @unit `at` in charger time and `receivedAt` in ours, epoch ms. */
interface Stamped {
  readonly at: number;
  readonly receivedAt: number;
}

type Begun = Pick<Session, 'startedAt' | 'startReceivedAt' | 'requestedAt'> &
  Pick<Partial<Session>, 'resumedAt' | 'doubtfulGap'>;
type Known = Pick<Meter, 'at' | 'receivedAt' | 'takenAt' | 'outOfOrder' | 'lastLive'>;

/** Checks whether two messages arrived about as far apart as they were written, as messages do that were not queued. */
function isLivePace(earlier: Stamped, later: Stamped): boolean {
  const arrivedMs = later.receivedAt - earlier.receivedAt;
  const writtenMs = later.at - earlier.at;
  return Math.abs(arrivedMs - writtenMs) <= PACE_SLACK_MS + Math.max(0, arrivedMs) / PACE_SLACK_RATIO;
}

/**
 * Returns the charger's start time, but no earlier than the request and no later than the arrival of the start message.
 * @unit Epoch ms.
 */
export function sessionBeginAt({ startedAt, startReceivedAt, requestedAt }: Begun): number {
  return Math.min(Math.max(startedAt, requestedAt ?? startReceivedAt), startReceivedAt);
}

/**
 * Returns when the session began, our time. If the first later message arrived at the pace of the charger's clock, the
 * start message was not late either. Otherwise the charger's start time counts, unless the charger's clock is wrong and
 * the two messages were not queued: the later one then shows how late the start message was.
 */
export function beginAt(session: Begun, first: Stamped): number {
  const { startedAt, startReceivedAt, requestedAt = startReceivedAt } = session;
  if (isLivePace({ at: startedAt, receivedAt: startReceivedAt }, first)) return startReceivedAt;
  const isClockWrong = startedAt < requestedAt || startedAt > startReceivedAt;
  const isQueued = first.receivedAt - startReceivedAt < MIN_LIVE_MS;
  return isClockWrong && !isQueued ? startReceivedAt - startDelayMs(session, first) : sessionBeginAt(session);
}

/**
 * Checks whether a reading may have been queued at the charger. After a reconnect, any reading may have been queued for
 * any time, whatever the pace of the messages, until one arrives with the same delay as the last live message before
 * the outage. That one was not queued, so the queue is empty.
 */
export function mayBeQueued({ lastLive }: Pick<Meter, 'lastLive'>, session: Begun, reading: Stamped): boolean {
  const { resumedAt, startedAt, startReceivedAt } = session;
  if (resumedAt === undefined) return false;
  const { at, receivedAt } = lastLive ?? { at: startedAt, receivedAt: startReceivedAt };
  if (receivedAt >= resumedAt) return false;
  return Math.abs(reading.receivedAt - receivedAt - (reading.at - at)) > PACE_SLACK_MS;
}

/** Checks whether the charger's clock stands still: its messages keep arriving with the time of the start. */
function isClockStill(meter: Known, { startedAt, startReceivedAt }: Begun, { at }: Stamped): boolean {
  return at === startedAt && meter.at === startedAt && meter.receivedAt - startReceivedAt >= MIN_LIVE_MS;
}

/**
 * Returns when a reading was taken, our time: never before the previous reading, and never after its own arrival. Any
 * part of a gap during a restart that readings have not confirmed is left out.
 * @unit Epoch ms.
 */
export function readingTime(meter: Known, session: Begun, reading: Stamped): number {
  const isFirst = meter.at === session.startedAt && meter.receivedAt === session.startReceivedAt;
  const last = meter.takenAt ?? (isFirst ? beginAt(session, reading) : meter.receivedAt);
  const arrivedMs = Math.max(0, reading.receivedAt - meter.receivedAt);
  const writtenMs = reading.at - meter.at;
  const latest = Math.max(last, arrivalTime(session, reading));
  if (isClockStill(meter, session, reading)) return latest;
  const isLive = !mayBeQueued(meter, session, reading) && arrivedMs >= MIN_LIVE_MS && isLivePace(meter, reading);
  const byCharger = Math.min(latest, last + Math.max(0, writtenMs));
  // Transmission does not count as session time, but a larger difference means that the charger's clock was set back.
  if (isLive) return latest - byCharger > PACE_SLACK_MS ? latest : byCharger;
  // If the clock was set back, only the time since the last arrival is known. It may have caught up with the last reading.
  const isSetBack = writtenMs < -PACE_SLACK_MS || isClockSetBack(meter, session, reading);
  return isSetBack ? Math.min(latest, last + arrivedMs) : byCharger;
}

/** Returns when a message arrived, without the unconfirmed part of a gap before it. @unit Epoch ms, our time. */
function arrivalTime({ doubtfulGap }: Pick<Begun, 'doubtfulGap'>, { receivedAt }: Stamped): number {
  if (!doubtfulGap) return receivedAt;
  const { ms, restartedAt = 0 } = doubtfulGap;
  return receivedAt < restartedAt ? receivedAt : receivedAt - ms;
}

/**
 * Returns the latest time at which the meter's last reading may have been taken, judging by the charger's clock.
 * @unit Epoch ms, our time.
 */
export function latestReadingTime(
  { takenAt, receivedAt }: Known,
  session: Pick<Partial<Session>, 'doubtfulGap'>,
): number {
  return takenAt === undefined ? receivedAt : Math.min(receivedAt, takenAt + unconfirmedMs(session));
}

/** Returns how late the start message was, judging by the first reading. @unit ms. */
export function startDelayMs(session: Begun, first: Stamped): number {
  const delayMs = first.at - session.startedAt - (first.receivedAt - session.startReceivedAt);
  const mostMs = session.startReceivedAt - (session.requestedAt ?? session.startReceivedAt);
  return delayMs <= PACE_SLACK_MS ? 0 : Math.min(delayMs, mostMs);
}

/**
 * Checks whether the charger's clock was set back: readings with old times arrive at its pace, so they are live. After
 * a reconnect they may have been queued, but not if their times lie before the session.
 */
export function isClockSetBack({ outOfOrder }: Known, session: Begun, reading: Stamped): boolean {
  const mayBeQueued = session.resumedAt !== undefined && reading.at >= session.startedAt;
  if (mayBeQueued || outOfOrder === undefined) return false;
  return reading.receivedAt - outOfOrder.receivedAt >= MIN_LIVE_MS && isLivePace(outOfOrder, reading);
}

/**
 * Returns how long the session has lasted by our clock. Of a gap during a restart, only the part that readings confirm
 * counts, so that paid time is never shortened.
 * @unit ms out, epoch ms in.
 */
export function sessionMs(session: Session, now: number): number {
  return Math.max(0, now - lastsUntil(session, 0));
}

/** Returns when the session will have lasted so long: the inverse of `sessionMs`. @unit ms in, epoch ms out. */
export function lastsUntil(session: Session, ms: number): number {
  const { meter, startReceivedAt } = session;
  return (meter.beganAt ?? startReceivedAt) + unconfirmedMs(session) + ms;
}

/** Returns how far the time of the session's readings is behind ours because a gap has not been confirmed. @unit ms. */
export function unconfirmedMs({ doubtfulGap }: Pick<Partial<Session>, 'doubtfulGap'>): number {
  return doubtfulGap?.ms ?? 0;
}

/**
 * Returns how far the charger's clock was ahead of ours at its last reading. The times of readings leave out an
 * unconfirmed gap, but our clock does not, so the gap is subtracted. @unit ms.
 */
export function clockSkewMs(session: Session): number {
  const { startedAt, startReceivedAt, meter } = session;
  if (meter.takenAt !== undefined) return meter.at - meter.takenAt - unconfirmedMs(session);
  return Math.max(startedAt - startReceivedAt, meter.at - meter.receivedAt);
}

/**
 * Returns when a charging profile ends; `Infinity` without one. The charger itself measures the profile's time. After a
 * restart, the profile therefore ends later by the part of the gap that readings have not confirmed.
 * @unit Epoch ms, our time.
 */
export function profileEndsAt(
  profile: Omit<ActiveProfile, 'status' | 'previous'> | undefined,
  session: Pick<Partial<Session>, 'doubtfulGap'>,
): number {
  if (!profile) return Infinity;
  const { restartedAt = Infinity } = session.doubtfulGap ?? {};
  return profile.from <= restartedAt ? profile.endsAt + unconfirmedMs(session) : profile.endsAt;
}

/** Returns the time of the session's end, or of its last reading if it has not ended. @unit Epoch ms, our time. */
export function lastReadingAt(session: Session): number {
  const { end, meter } = session;
  const last = end ?? meter;
  return Math.max(sessionBeginAt(session), Math.min(readingTime(meter, session, last), last.receivedAt));
}
