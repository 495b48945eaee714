/**
 * What a session is assumed to draw between readings: the last known power for a while, and then rated power if no
 * credible reading arrives. Limits are therefore enforced even without readings.
 */
import type { Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Session } from '../model/session.js';
import { deliveredWh } from './meter.js';

/** How many usual intervals between readings the last known power is trusted for, and for how long at least, ms. */
const TRUSTED_INTERVALS = 2.5;
const MIN_TRUSTED_MS = 15_000;
/** How long a charger has to answer when it is asked for a reading after a silence, ms. */
const ANSWER_MS = 30_000;
/** How long a reading is awaited after a reconnect before rated power is assumed for the time offline, ms. */
const RETURN_MS = 60_000;

/** How the energy of a session is assumed to rise. @unit Wh, W, ms; `since` our time, epoch ms. */
export interface AssumedFlow {
  readonly since: number;
  readonly deliveredWh: number;
  readonly powerW: number;
  /** For how long that power is assumed. */
  readonly trustedMs: number;
  /** After that: the energy that is added at once for a time offline, and the power that is assumed from then on. */
  readonly absenceWh: number;
  readonly thenW: number;
}

/** Our time of the last credible reading, or of the beginning of the session. @unit Epoch ms. */
export function knownAt({ meter, startReceivedAt, startedAt }: Session): number {
  const { takenAt, receivedAt, at } = meter;
  if (meter.knownAt !== undefined) return meter.knownAt;
  // A session that an earlier release saved has no such time.
  const isRead = takenAt === undefined && at !== startedAt;
  return isRead ? receivedAt : (meter.beganAt ?? startReceivedAt);
}

/** Upper bound on the present power, W; `undefined` while no reading shows it. */
function mostPowerW({ meter, ratedPowerW }: Session): number | undefined {
  const { powerW, powerErrorW } = meter;
  if (powerW === undefined) return undefined;
  if (powerErrorW !== undefined) return powerW + powerErrorW;
  return ratedPowerW === undefined ? powerW : undefined;
}

/** Rated power according to the network file or to readings, within an accepted profile; 0 if none is known. @unit W */
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
  // If the station enforces the limit itself, no worst case needs to be assumed.
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

/** The energy that the flow has reached after a time. @unit ms since `since` in, Wh out, not rounded. */
export function energyAfter(flow: AssumedFlow, ms: number): number {
  const { deliveredWh: wh, powerW, trustedMs, absenceWh, thenW } = flow;
  const trusted = Math.min(ms, trustedMs);
  const silentMs = ms - trusted;
  return wh + (powerW * trusted) / 3_600_000 + (silentMs > 0 ? absenceWh + (thenW * silentMs) / 3_600_000 : 0);
}

/** How long the flow takes to reach an energy. @unit Wh in, ms since `since` out; `Infinity` if it never does. */
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
