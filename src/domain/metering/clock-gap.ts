/**
 * Handles time that passed by the host's clock while no process ran. A clock that was set ahead looks the same, so only
 * the time that the charger's readings confirm counts. A wrong clock therefore never shortens paid time.
 */
import type { MeterSample, ProcessRestart } from '../model/command.js';
import type { DecisionContext, DiscrepancyDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import type { Order } from '../model/order.js';
import type { Session } from '../model/session.js';

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
 * matter, or, if that clock was set back, that our time may have missed some.
 * @unit `now` in epoch ms
 */
export function withClockGap(session: Session, { savedAt, setBackMs }: ProcessRestart, now: number): Session {
  const { meter, doubtfulGap, missedTime } = session;
  const last = { chargerAt: meter.at, receivedAt: meter.receivedAt };
  if (setBackMs !== undefined) return { ...session, missedTime: missedTime ?? last };
  const ms = now - Math.max(savedAt, meter.receivedAt, session.meterTriggeredAt ?? 0);
  if (ms < DOUBTFUL_MS) return session;
  // What readings have not confirmed of an earlier gap adds to this one.
  return { ...session, doubtfulGap: { ...(doubtfulGap ?? last), ms: ms + (doubtfulGap?.ms ?? 0) } };
}

/** Reduces the gap by the time that readings confirm. @unit `now` in epoch ms. */
export function withConfirmedGap(session: Session, samples: readonly MeterSample[], now: number): Session {
  const { doubtfulGap } = session;
  if (!doubtfulGap) return session;
  const ms = samples.reduce((least, { at, receivedAt = now }) => {
    const writtenMs = at - doubtfulGap.chargerAt;
    return writtenMs <= 0 ? least : Math.min(least, receivedAt - doubtfulGap.receivedAt - writtenMs);
  }, doubtfulGap.ms);
  if (ms === doubtfulGap.ms) return session;
  return ms < CONFIRMED_MS ? omit(session, 'doubtfulGap') : { ...session, doubtfulGap: { ...doubtfulGap, ms } };
}

/** Returns a discrepancy if the order's bill or limit depended on a step of the host's clock. */
export function clockDiscrepancies(order: Order, session: Session): DiscrepancyDraft[] {
  const ms = session.doubtfulGap?.ms ?? 0;
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

/** Returns a discrepancy for a running order if the host's clock was set back while no process ran. */
export function setBackDiscrepancies(
  order: Order,
  setBackMs: number | undefined,
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
