/**
 * Handles time that passed by the host's clock while no process ran. A clock that was set ahead looks the same, so only
 * the time that the charger's readings confirm counts. A wrong clock therefore never shortens paid time. If the clock
 * was set back instead, the session records that our clock may have missed some time.
 */
import type { MeterSample, ProcessRestart } from '../model/command.js';
import type { DecisionContext, DiscrepancyDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import type { Order } from '../model/order.js';
import type { Session } from '../model/session.js';
import { IDLE_W } from '../pricing/charging-periods.js';
import { absoluteWh } from './reading-kind.js';
import { unconfirmedMs } from './reading-time.js';

/** A gap shorter than this is too small to matter, ms. */
const DOUBTFUL_MS = 300_000;
/** If less than this remains unconfirmed, ms, the gap counts as confirmed: messages take time, and clocks drift. */
const CONFIRMED_MS = 60_000;
/** If a reading comes later than this many usual intervals after the last one, readings between them are missing. */
const USUAL_INTERVALS = 2;
/**
 * If energy flowed for at least one part in this many of the time between two readings, the car may have
 * paused for the rest.
 */
const FLOW_SHARE = 4;

/** Checks whether the bill or a limit of the order depends on time. */
function countsTime({ caps, tariff }: Pick<Order, 'caps' | 'tariff'>): boolean {
  return caps.timeMs !== undefined || tariff.elements !== undefined;
}

/**
 * Records in a session what a restart of our process left uncertain: the time that passed by the host's clock, unless
 * it is too short to matter, or, if that clock was set back, that our clock may have missed some time. If the session
 * was already offline, the gap does not count as time offline.
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
 * running until then. If the charger's clock was set ahead meanwhile, the time that it skipped confirms nothing.
 * @unit `now` in epoch ms.
 */
export function withConfirmedGap(session: Session, samples: readonly MeterSample[], now: number): Session {
  const { doubtfulGap } = session;
  if (!doubtfulGap) return session;
  const { restartedAt = 0 } = doubtfulGap;
  let { ms, chargerAt } = doubtfulGap;
  let last = lastReading(session);
  for (const sample of samples) {
    const reading = nextReading(session, last, { ...sample, receivedAt: sample.receivedAt ?? now });
    chargerAt += skippedMs(session, last, reading);
    last = reading;
    const writtenMs = reading.at - chargerAt;
    if (writtenMs <= 0) continue;
    const untilRestartMs = Math.max(0, restartedAt - reading.receivedAt);
    ms = Math.min(ms, Math.max(0, reading.receivedAt - doubtfulGap.receivedAt - writtenMs) + untilRestartMs);
  }
  if (ms === doubtfulGap.ms && chargerAt === doubtfulGap.chargerAt) return session;
  return ms < CONFIRMED_MS
    ? omit(session, 'doubtfulGap')
    : { ...session, doubtfulGap: { ...doubtfulGap, ms, chargerAt } };
}

/** A reading, and what shows how much time passed before it. @unit Wh, W; `at` in charger time, epoch ms. */
interface TimedReading {
  readonly at: number;
  readonly receivedAt: number;
  readonly registerWh: number;
  /** Absent unless the register is known, and the session has shown that the charger measures its power. */
  readonly powerW?: number | undefined;
}

function lastReading({ meter }: Session): TimedReading {
  const { at, receivedAt, registerWh, reportedPowerW } = meter;
  return { at, receivedAt, registerWh, powerW: meter.powerTrust === 'measured' ? reportedPowerW : undefined };
}

function nextReading(
  { meter, meterStartWh }: Session,
  last: TimedReading,
  sample: MeterSample & Pick<TimedReading, 'receivedAt'>,
): TimedReading {
  const { at, receivedAt, registerWh, powerW } = sample;
  if (registerWh === undefined) return { at, receivedAt, registerWh: last.registerWh };
  const isMeasured = meter.powerTrust === 'measured';
  return {
    at,
    receivedAt,
    registerWh: absoluteWh(meter, registerWh, { meterStartWh }),
    powerW: isMeasured ? powerW : undefined,
  };
}

/**
 * Returns how much time the charger's clock skipped before a reading, because it was set ahead: OCPP recommends that it
 * follow our time, which may be the wrong one. Energy that flowed shows how much time passed. Without such evidence, a
 * long interval is credible only before the first reading after the restart: later ones are received without gaps,
 * because a charger that queues its readings queues all of them.
 * @unit   ms; 0 if the reading does not come much later than usual.
 * @source OCPP 1.6 §4.2, §4.6: the charger should synchronise its clock with `currentTime`.
 */
function skippedMs({ meter, doubtfulGap }: Session, last: TimedReading, reading: TimedReading): number {
  const { restartedAt = 0 } = doubtfulGap ?? {};
  const { intervalMs = 0, resolutionWh = 1 } = meter;
  const isFirst = last.receivedAt < restartedAt && reading.receivedAt >= restartedAt;
  const arrivedMs = reading.receivedAt - (isFirst ? restartedAt : last.receivedAt);
  const writtenMs = reading.at - last.at;
  if (writtenMs - arrivedMs <= Math.max(DOUBTFUL_MS, USUAL_INTERVALS * intervalMs)) return 0;
  const powers = [last, reading].flatMap(({ powerW = 0 }) => (powerW >= IDLE_W ? [powerW] : []));
  const riseWh = Math.max(0, reading.registerWh - last.registerWh) + resolutionWh;
  const flowedMs = powers.length > 0 ? (riseWh * 3_600_000) / Math.min(...powers) : 0;
  if (flowedMs * FLOW_SHARE >= writtenMs) return 0;
  // Unless energy flowed at both readings, the car may have paused for any time between them.
  return isFirst && powers.length < 2 ? 0 : writtenMs - Math.max(arrivedMs, flowedMs);
}

/** Returns a discrepancy if the bill or a limit depends on time, and at least five minutes of a gap are unconfirmed. */
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
