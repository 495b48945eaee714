/**
 * What a session is assumed to draw between readings: the last known power for a while, and then, where nothing credible
 * is heard, rated power. So a limit holds without readings too.
 */
import type { Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Session } from '../model/session.js';
import { deliveredWh } from './meter.js';

/** The last known power is trusted for some of the usual intervals between readings, within these bounds, ms. */
const TRUSTED_INTERVALS = 2.5;
const MIN_TRUSTED_MS = 15_000;
/** How long a charger that was asked after a silence has to answer, ms. */
const ANSWER_MS = 30_000;
/** After an absence a reading is awaited this long before rated power is assumed for the absence, ms. */
const RETURN_MS = 60_000;

/** An assumed course of energy. @unit Wh, W, ms; `since` our time, epoch ms. */
export interface AssumedFlow {
  readonly since: number;
  readonly deliveredWh: number;
  readonly powerW: number;
  /** For how long that power is assumed. */
  readonly trustedMs: number;
  /** What is added after that: at once for an absence, and then as power. */
  readonly absenceWh: number;
  readonly thenW: number;
}

/** Our time of the last credible reading, or of the beginning. @unit Epoch ms. */
export function knownAt({ meter, startReceivedAt, startedAt }: Session): number {
  const { takenAt, receivedAt, at } = meter;
  if (meter.knownAt !== undefined) return meter.knownAt;
  // A session that an earlier release saved has no such time.
  const isRead = takenAt === undefined && at !== startedAt;
  return isRead ? receivedAt : (meter.beganAt ?? startReceivedAt);
}

/** The present power at most, W; `undefined` while no reading shows it. */
function mostPowerW({ meter, ratedPowerW }: Session): number | undefined {
  const { powerW, powerErrorW } = meter;
  if (powerW === undefined) return undefined;
  if (powerErrorW !== undefined) return powerW + powerErrorW;
  return ratedPowerW === undefined ? powerW : undefined;
}

/** Rated power as the network file states it, or as readings showed it; 0 if none is known. @unit W */
function ratedPowerW({ ratedPowerW: statedW = 0, meter, chargingProfile }: Session): number {
  const ratedW = Math.max(statedW, meter.observedPowerW ?? 0);
  return chargingProfile?.status === 'accepted' ? Math.min(ratedW, chargingProfile.limitW) : ratedW;
}

/** What the session is assumed to draw from its last credible reading on. */
export function assumedFlow(order: Order, session: Session, policy: SessionPolicy): AssumedFlow {
  const { meter, resumedAt = 0, chargingProfile, enforcedLimits } = session;
  const readAt = knownAt(session);
  const since = Math.max(readAt, resumedAt);
  const base = { since, deliveredWh: deliveredWh(meter) };
  if (order.state === 'suspended') return { ...base, powerW: 0, trustedMs: Infinity, absenceWh: 0, thenW: 0 };
  const ratedW = ratedPowerW(session);
  const mostW = mostPowerW(session);
  const powerW = Math.min(mostW ?? ratedW, Math.max(ratedW, meter.powerW ?? 0));
  // A station that holds the limit by itself needs no worst case.
  if (enforcedLimits?.includes('energy') || ratedW === 0) {
    return { ...base, powerW: meter.powerW ?? 0, trustedMs: Infinity, absenceWh: 0, thenW: 0 };
  }
  const habitMs = Math.min(
    policy.silentMs + ANSWER_MS,
    Math.max(MIN_TRUSTED_MS, TRUSTED_INTERVALS * (meter.intervalMs ?? 0)),
  );
  const wasAway = resumedAt > readAt;
  const allowedUntil = chargingProfile?.status === 'accepted' ? chargingProfile.endsAt : Infinity;
  const awayMs = wasAway ? Math.max(0, Math.min(resumedAt, allowedUntil) - readAt) : 0;
  return {
    ...base,
    powerW,
    trustedMs: wasAway ? Math.max(RETURN_MS, habitMs) : habitMs,
    absenceWh: (ratedW * awayMs) / 3_600_000,
    thenW: ratedW,
  };
}

/** The energy at a time of the flow. @unit ms since `since` in, Wh out, not rounded. */
export function energyAfter(flow: AssumedFlow, ms: number): number {
  const { deliveredWh: wh, powerW, trustedMs, absenceWh, thenW } = flow;
  const trusted = Math.min(ms, trustedMs);
  const silentMs = ms - trusted;
  return wh + (powerW * trusted) / 3_600_000 + (silentMs > 0 ? absenceWh + (thenW * silentMs) / 3_600_000 : 0);
}

/** After how long an energy is reached. @unit Wh in, ms since `since` out; `Infinity` if it never is. */
export function msUntilEnergy(flow: AssumedFlow, wh: number): number {
  const { powerW, trustedMs, absenceWh, thenW } = flow;
  const leftWh = wh - flow.deliveredWh;
  if (leftWh <= 0) return 0;
  const trusted = powerW > 0 ? Math.ceil((leftWh * 3_600_000) / powerW) : Infinity;
  if (trusted <= trustedMs) return trusted;
  const silentWh = leftWh - (powerW * trustedMs) / 3_600_000 - absenceWh;
  if (silentWh <= 0) return trustedMs + 1;
  return thenW > 0 ? trustedMs + Math.ceil((silentWh * 3_600_000) / thenW) : Infinity;
}
