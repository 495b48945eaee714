/**
 * Handles time that passed by the host's clock while no process ran. A clock that was set ahead looks the same, so only
 * the time that the charger's readings confirm counts. A wrong clock therefore never shortens paid time. If the clock
 * was set back instead, the session remembers that our time may have missed some.
 */
import type { MeterSample, ProcessRestart } from '../model/command.js';
import type { DecisionContext, DiscrepancyDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import type { Order } from '../model/order.js';
import type { Session } from '../model/session.js';
import { unconfirmedMs } from './reading-time.js';

/** A gap shorter than this is too small to matter, ms. */
const DOUBTFUL_MS = 300_000;
/** If less than this remains unconfirmed, ms, the gap counts as confirmed: messages take time, and clocks drift. */
const CONFIRMED_MS = 60_000;

/** Checks whether the bill or a limit of the order depends on time. */
function countsTime({ caps, tariff }: Pick<Order, 'caps' | 'tariff'>): boolean {
  return caps.timeMs !== undefined || tariff.elements !== undefined;
}

/**
 * Adds to a session what a restart of our process left unknown: time by the host's clock, unless it is too small to
 * matter, or, if that clock was set back, that our time may have missed some. If the session was already offline, the
 * gap does not count as time offline.
 * @unit Epoch ms.
 */
export function withClockGap(session: Session, { savedAt, setBackMs }: ProcessRestart, now: number): Session {
  const { meter, doubtfulGap, missedTime, offlineSince } = session;
  const last = { chargerAt: meter.at, receivedAt: meter.receivedAt };
  if (setBackMs !== undefined) return { ...session, missedTime: missedTime ?? last };
  const lastMs = now - Math.max(meter.receivedAt, savedAt, session.meterTriggeredAt ?? 0);
  if (lastMs < DOUBTFUL_MS) return session;
  // What readings have not confirmed of an earlier gap adds to this one.
  const ms = lastMs + unconfirmedMs(session);
  return {
    ...session,
    ...(offlineSince !== undefined && { offlineSince: offlineSince + lastMs }),
    doubtfulGap: { ...(doubtfulGap ?? last), ms, restartedAt: now },
  };
}

/**
 * Reduces the gap by the time that readings confirm. One that arrived before the restart shows that our process was
 * running until then.
 * @unit `now` in epoch ms.
 */
export function withConfirmedGap(session: Session, samples: readonly MeterSample[], now: number): Session {
  const { doubtfulGap } = session;
  if (!doubtfulGap) return session;
  const { chargerAt, restartedAt = 0 } = doubtfulGap;
  const ms = samples.reduce((least, { at, receivedAt = now }) => {
    const writtenMs = at - chargerAt;
    if (writtenMs <= 0) return least;
    const untilRestartMs = Math.max(0, restartedAt - receivedAt);
    return Math.min(least, Math.max(0, receivedAt - doubtfulGap.receivedAt - writtenMs) + untilRestartMs);
  }, doubtfulGap.ms);
  if (ms === doubtfulGap.ms) return session;
  return ms < CONFIRMED_MS ? omit(session, 'doubtfulGap') : { ...session, doubtfulGap: { ...doubtfulGap, ms } };
}

/** Returns a discrepancy if the bill or a limit depends on time, and five minutes of a gap or more are unconfirmed. */
export function clockDiscrepancies(order: Order, session: Session): DiscrepancyDraft[] {
  const ms = unconfirmedMs(session);
  if (ms < DOUBTFUL_MS || !countsTime(order)) return [];
  const minutes = Math.round(ms / 60_000);
  return [
    {
      kind: 'clock-stepped',
      detail: `The host's clock claims ${minutes} minutes during a restart that no reading of the charger confirms; they were not counted.`,
      amount: minutes,
    },
  ];
}

/** Returns a discrepancy if the host's clock was set back, for a session whose bill or limit depends on time. */
export function setBackDiscrepancies(
  order: Order,
  { setBackMs }: Pick<Partial<ProcessRestart>, 'setBackMs'>,
  { now }: Pick<DecisionContext, 'now'>,
): DiscrepancyDraft[] {
  if (setBackMs === undefined || !order.session || !countsTime(order)) return [];
  const minutes = Math.round(setBackMs / 60_000);
  return [
    {
      kind: 'clock-stepped',
      detail: `The host's clock was ${minutes} minutes behind what was saved last when the process started; the session continues from ${new Date(now).toISOString()}.`,
      amount: -minutes,
    },
  ];
}
