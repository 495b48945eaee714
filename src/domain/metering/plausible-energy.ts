/** Calculates how much energy a connector can have delivered during a session. */
import type { Meter, Session } from '../model/session.js';

/** Allows for timestamps in whole seconds. */
const TIME_SLACK_MS = 1000;
/** Rated powers are round figures; a power more than a fifth above the rating is an error. */
export const POWER_SLACK = 1.2;

export type SessionTimes = Pick<Session, 'startedAt' | 'startReceivedAt' | 'requestedAt'> &
  Pick<Partial<Session>, 'missedTime'>;

/**
 * The last message of a session, and whether any message has shown that the start was stamped when it was sent.
 * @unit `at` in charger time and `receivedAt` in ours, epoch ms.
 */
export type LastMessage = Pick<Meter, 'at' | 'receivedAt' | 'startStampedLate'>;

/**
 * Checks whether the start of a session was stamped when it was sent, and not when the session began: a message of the
 * session has an earlier timestamp. A charger's clock that was set back after the start looks the same.
 * @unit `at` in charger time, epoch ms.
 */
export function isStartStampedLate(
  { startStampedLate }: Pick<Meter, 'startStampedLate'>,
  { startedAt }: Pick<Session, 'startedAt'>,
  at: number,
): boolean {
  return startStampedLate === true || at < startedAt;
}

/**
 * Returns how much time our clock has missed, judging by the charger's clock.
 * @unit ms out; `at` in charger time and `receivedAt` in ours, epoch ms.
 */
function missedMs({ missedTime }: SessionTimes, at: number, receivedAt: number): number {
  return missedTime ? Math.max(0, at - missedTime.chargerAt - (receivedAt - missedTime.receivedAt)) : 0;
}

/**
 * Returns how long a session has lasted at most. The clock that ran longer counts, because messages may be late. No
 * session began before it was requested, whatever the charger's clock says. If the start was stamped when it was sent,
 * the session may have begun at any time since the request.
 */
function elapsedMs(session: SessionTimes, { at, receivedAt, startStampedLate }: LastMessage): number {
  const until = receivedAt + missedMs(session, at, receivedAt);
  const maxMs = until - (session.requestedAt ?? session.startReceivedAt);
  const writtenMs = startStampedLate ? maxMs : Math.min(at - session.startedAt, maxMs);
  return Math.max(writtenMs, until - session.startReceivedAt, 0);
}

/**
 * Returns the most energy that a session can have received: rated power plus a fifth, for the elapsed time plus 1 s.
 * @unit   Wh out, W in.
 */
export function plausibleWh(session: SessionTimes, maxPowerW: number, last: LastMessage): number {
  const ms = elapsedMs(session, last) + TIME_SLACK_MS;
  return Math.floor((maxPowerW * POWER_SLACK * ms) / 3_600_000) + 1;
}
