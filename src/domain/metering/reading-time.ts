/**
 * When a reading was taken, in our time. A charger's clock only orders its own messages: it tells how late a message is,
 * and setting it right during a session moves nothing.
 */
import type { Meter, Session } from '../model/session.js';

/** Timestamps in whole seconds, and the way of a message. */
const PACE_SLACK_MS = 2000;
const PACE_SLACK_RATIO = 20;
/** Messages that were kept while the charger was offline arrive faster than this. */
const MIN_LIVE_MS = 5000;

/** @unit `at` in charger time and `receivedAt` in ours, epoch ms. */
interface Stamped {
  readonly at: number;
  readonly receivedAt: number;
}

type Begun = Pick<Session, 'startedAt' | 'startReceivedAt' | 'requestedAt'> & Pick<Partial<Session>, 'resumedAt'>;
type Known = Pick<Meter, 'at' | 'receivedAt' | 'takenAt'>;

/** True when two messages came as far apart as they were written, so that neither was kept for long. */
function isLivePace(earlier: Stamped, later: Stamped): boolean {
  const arrivedMs = later.receivedAt - earlier.receivedAt;
  const writtenMs = later.at - earlier.at;
  return Math.abs(arrivedMs - writtenMs) <= PACE_SLACK_MS + Math.max(0, arrivedMs) / PACE_SLACK_RATIO;
}

/** The charger's start time, bounded by the request and by the arrival of the start message. @unit Epoch ms. */
export function sessionBeginAt({ startedAt, startReceivedAt, requestedAt }: Begun): number {
  return Math.min(Math.max(startedAt, requestedAt ?? startReceivedAt), startReceivedAt);
}

/**
 * Our time of the beginning, as the first later message shows it: if that came at the pace of the charger's clock, the
 * start was not late either.
 */
export function beginAt(session: Begun, first: Stamped): number {
  const start = { at: session.startedAt, receivedAt: session.startReceivedAt };
  return isLivePace(start, first) ? session.startReceivedAt : sessionBeginAt(session);
}

/** True when the messages of some time carry the time of the start, so that they were not written together. */
function isClockStill(meter: Known, { startedAt, startReceivedAt }: Begun, { at }: Stamped): boolean {
  return at === startedAt && meter.at === startedAt && meter.receivedAt - startReceivedAt >= MIN_LIVE_MS;
}

/**
 * Our time at which a reading was taken: never before the one before it, never after its arrival.
 * @unit Epoch ms.
 */
export function readingTime(meter: Known, session: Begun, reading: Stamped): number {
  const isFirst = meter.at === session.startedAt && meter.receivedAt === session.startReceivedAt;
  const last = meter.takenAt ?? (isFirst ? beginAt(session, reading) : meter.receivedAt);
  const arrivedMs = Math.max(0, reading.receivedAt - meter.receivedAt);
  const writtenMs = reading.at - meter.at;
  const latest = Math.max(last, reading.receivedAt);
  if (isClockStill(meter, session, reading)) return latest;
  // After an absence, messages may have been kept for any time, whatever their pace.
  const isLive = session.resumedAt === undefined && arrivedMs >= MIN_LIVE_MS && isLivePace(meter, reading);
  const byCharger = Math.min(latest, last + Math.max(0, writtenMs));
  // The way of a message is not time of the session, but a clock that was set back is no way.
  if (isLive) return latest - byCharger > PACE_SLACK_MS ? latest : byCharger;
  // The clock was set back: what passed since the last arrival is all that is known.
  if (writtenMs < -PACE_SLACK_MS) return Math.min(latest, last + arrivedMs);
  return byCharger;
}

/** How late the message of the start was, as the first reading shows it. @unit ms. */
export function startDelayMs(session: Begun, first: Stamped): number {
  const delayMs = first.at - session.startedAt - (first.receivedAt - session.startReceivedAt);
  const mostMs = session.startReceivedAt - (session.requestedAt ?? session.startReceivedAt);
  return delayMs <= PACE_SLACK_MS ? 0 : Math.min(delayMs, mostMs);
}

/** True when readings that look old come at the pace of the charger's clock: it was set back, and they are live. */
export function isClockSetBack(meter: Meter, session: Begun, reading: Stamped): boolean {
  const { outOfOrder } = meter;
  if (session.resumedAt !== undefined || outOfOrder === undefined) return false;
  return reading.receivedAt - outOfOrder.receivedAt >= MIN_LIVE_MS && isLivePace(outOfOrder, reading);
}

/**
 * How long the session has lasted by our clock. It shortens no paid time: of a gap across a restart only what readings
 * confirm counts.
 * @unit ms out, epoch ms in.
 */
export function sessionMs(session: Session, now: number): number {
  const { meter, startReceivedAt } = session;
  return Math.max(0, now - (meter.beganAt ?? startReceivedAt) - unconfirmedMs(session));
}

/** How far the time of the session's readings is behind ours, because a gap is not confirmed. @unit ms. */
export function unconfirmedMs({ doubtfulGap }: Pick<Partial<Session>, 'doubtfulGap'>): number {
  return doubtfulGap?.ms ?? 0;
}

/** Returns the time of the session's end, or of its last reading if it has not ended. @unit Epoch ms, our time. */
export function lastReadingAt(session: Session): number {
  const { end, meter } = session;
  const last = end ?? meter;
  return Math.max(sessionBeginAt(session), Math.min(readingTime(meter, session, last), last.receivedAt));
}
