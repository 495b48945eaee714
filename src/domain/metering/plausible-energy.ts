/** Calculates how much energy a connector can have delivered during a session. */
import type { Session } from '../model/session.js';

/** Allows for timestamps in whole seconds. */
const TIME_SLACK_MS = 1000;
/** Rated powers are round figures; a power more than a fifth above the rating is an error. */
export const POWER_SLACK = 1.2;

export type SessionTimes = Pick<Session, 'startedAt' | 'startReceivedAt' | 'requestedAt'> &
  Pick<Partial<Session>, 'missedTime'>;

/** Returns how much time the charger's clock shows that ours has missed. @unit ms out; epoch ms in, as below */
function missedMs({ missedTime }: SessionTimes, at: number, receivedAt: number): number {
  return missedTime ? Math.max(0, at - missedTime.chargerAt - (receivedAt - missedTime.receivedAt)) : 0;
}

/**
 * Returns how long a session has lasted at most. The clock that ran longer counts, because messages may be late. No
 * session began before it was requested, whatever the charger's clock says.
 * @unit   ms out; `at` in charger time and `receivedAt` in ours, epoch ms.
 */
function elapsedMs(session: SessionTimes, at: number, receivedAt: number): number {
  const until = receivedAt + missedMs(session, at, receivedAt);
  const maxMs = until - (session.requestedAt ?? session.startReceivedAt);
  return Math.max(Math.min(at - session.startedAt, maxMs), until - session.startReceivedAt, 0);
}

/**
 * Returns the most energy that a session can have received: rated power plus a fifth, for the elapsed time plus 1 s.
 * @unit   Wh out, W in; `at` in charger time and `receivedAt` in ours, epoch ms.
 */
export function plausibleWh(session: SessionTimes, maxPowerW: number, at: number, receivedAt: number): number {
  const ms = elapsedMs(session, at, receivedAt) + TIME_SLACK_MS;
  return Math.floor((maxPowerW * POWER_SLACK * ms) / 3_600_000) + 1;
}
