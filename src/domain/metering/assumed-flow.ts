/**
 * Estimates what a session draws between readings: the last known power for a while, then rated power until a credible
 * reading arrives. Limits are therefore enforced even without readings.
 */
import type { Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { ActiveProfile, Session } from '../model/session.js';
import { deliveredWh } from './meter.js';
import { profileEndsAt } from './reading-time.js';

/** For how many usual intervals between readings the last known power is trusted, and for how long at least, ms. */
const TRUSTED_INTERVALS = 2.5;
const MIN_TRUSTED_MS = 15_000;
/** How long a charger has to answer when it is asked for a reading after a silence, ms. */
const ANSWER_MS = 30_000;
/** How long to wait for a reading after a reconnect before assuming rated power for the time offline, ms. */
const RETURN_MS = 60_000;

/** The assumed rise of a session's energy. @unit Wh, W, ms; `since` in our time, epoch ms. */
export interface AssumedFlow {
  readonly since: number;
  readonly deliveredWh: number;
  readonly powerW: number;
  /** How long `powerW` is assumed. */
  readonly trustedMs: number;
  /** After `trustedMs`: the energy added at once for a time offline, and the power assumed from then on. */
  readonly absenceWh: number;
  readonly thenW: number;
  /** When an accepted charging profile cuts the power, epoch ms; `Infinity` without one. */
  readonly cutAt: number;
}

/** The most that may have flowed. */
export interface PossibleFlow extends AssumedFlow {
  /** How long energy flows, ms. Absent if it still flows. */
  readonly flowsMs?: number;
}

/** Returns our time of the last credible reading or, if there is none, of the session's beginning. @unit Epoch ms. */
export function knownAt({ meter, startReceivedAt, startedAt }: Session): number {
  const { takenAt, receivedAt, at } = meter;
  if (meter.knownAt !== undefined) return meter.knownAt;
  // Sessions that an earlier release saved lack `knownAt`.
  const isRead = takenAt === undefined && at !== startedAt;
  return isRead ? receivedAt : (meter.beganAt ?? startReceivedAt);
}

/**
 * Returns an upper bound on the present power, W; `undefined` while the power or its possible error is unknown. Without
 * a rated power to assume instead, the last known power serves.
 */
function mostPowerW({ meter, ratedPowerW }: Session): number | undefined {
  const { powerW, powerErrorW } = meter;
  if (powerW === undefined) return undefined;
  if (powerErrorW !== undefined) return powerW + powerErrorW;
  return ratedPowerW === undefined ? powerW : undefined;
}

/** Returns the charging profile that the charger has accepted. */
function acceptedProfile({ chargingProfile }: Session): ActiveProfile | undefined {
  return chargingProfile?.status === 'accepted' ? chargingProfile : undefined;
}

/**
 * Returns the rated power from the network file, or the higher power that readings have shown; at most the limit of the
 * profile. 0 if unknown. @unit W
 */
function ratedPowerW({ ratedPowerW: statedW = 0, meter }: Session, profile: ActiveProfile | undefined): number {
  const ratedW = Math.max(statedW, meter.observedPowerW ?? 0);
  return profile ? Math.min(ratedW, profile.limitW) : ratedW;
}

/** Returns what the session is assumed to draw after its last credible reading. */
export function assumedFlow(order: Order, session: Session, policy: SessionPolicy): AssumedFlow {
  const { resumedAt = 0 } = session;
  const bounds = { resumedAt, profile: acceptedProfile(session) };
  return order.state === 'suspended' ? steadyFlow(session, bounds, 0) : runningFlow(session, bounds, policy);
}

/**
 * Returns the most that may have flowed since the last reading. Unlike `assumedFlow`, it counts the time offline at
 * once, the time before a pause, and the time after a charging profile should have cut the power: the charger may have
 * ignored the profile of a RemoteStart, used it for another transaction, or lost it in a restart. `assumedFlow`, which
 * decides when to stop the session, need not count these: after a reconnect the session first waits for a reading,
 * nothing flows in a pause, and the end of a profile has a deadline of its own.
 * @source OCPP 1.6 §5.11: a charger without smart charging ignores the profile.
 */
export function possibleFlow(order: Order, session: Session, policy: SessionPolicy): PossibleFlow {
  const flow = runningFlow(session, { resumedAt: 0, profile: undefined }, policy);
  if (order.state !== 'suspended') return flow;
  return { ...flow, flowsMs: Math.max(0, order.connectorState.at - flow.since) };
}

/** What bounds the flow: when the charger last reconnected, epoch ms, and its charging profile. */
interface FlowBounds {
  readonly resumedAt: number;
  readonly profile: ActiveProfile | undefined;
}

/** Returns a flow that stays as it is until the next reading. */
function steadyFlow(session: Session, { resumedAt, profile }: FlowBounds, powerW: number): AssumedFlow {
  return {
    since: Math.max(knownAt(session), resumedAt),
    deliveredWh: deliveredWh(session.meter),
    powerW,
    trustedMs: Infinity,
    absenceWh: 0,
    thenW: 0,
    cutAt: profileEndsAt(profile, session),
  };
}

function runningFlow(session: Session, bounds: FlowBounds, policy: SessionPolicy): AssumedFlow {
  const { meter, enforcedLimits } = session;
  const { resumedAt, profile } = bounds;
  const ratedW = ratedPowerW(session, profile);
  // If the station enforces the limit itself, no worst case needs to be assumed.
  if (ratedW === 0 || enforcedLimits?.includes('energy')) return steadyFlow(session, bounds, meter.powerW ?? 0);
  const readAt = knownAt(session);
  const mostW = mostPowerW(session);
  const habitMs = Math.min(
    policy.silentMs + ANSWER_MS,
    Math.max(MIN_TRUSTED_MS, TRUSTED_INTERVALS * (meter.intervalMs ?? 0)),
  );
  const wasAway = resumedAt > readAt;
  // Energy flows no longer than the profile allows, whether or not the time of an unconfirmed gap really passed.
  const awayMs = wasAway ? Math.max(0, Math.min(resumedAt, profile?.endsAt ?? Infinity) - readAt) : 0;
  // Without spreads, because this code runs for every sample of every charger.
  return {
    since: Math.max(readAt, resumedAt),
    deliveredWh: deliveredWh(meter),
    powerW: Math.min(mostW ?? ratedW, Math.max(ratedW, meter.powerW ?? 0)),
    trustedMs: wasAway ? Math.max(RETURN_MS, habitMs) : habitMs,
    absenceWh: (ratedW * awayMs) / 3_600_000,
    thenW: ratedW,
    cutAt: profileEndsAt(profile, session),
  };
}

/** Returns the flow of a paused session if its car resumes charging at rated power. */
export function resumedFlow(session: Session, paused: AssumedFlow): AssumedFlow {
  return { ...paused, powerW: ratedPowerW(session, acceptedProfile(session)), trustedMs: Infinity };
}

/** Returns the energy that the flow reaches after a time. @unit ms since `since` in, Wh out, not rounded. */
export function energyAfter(flow: PossibleFlow, ms: number): number {
  const { deliveredWh: wh, powerW, trustedMs, absenceWh, thenW, flowsMs = Infinity } = flow;
  const flowing = Math.min(ms, flowsMs);
  const trusted = Math.min(flowing, trustedMs);
  const silentMs = flowing - trusted;
  return wh + (powerW * trusted) / 3_600_000 + (silentMs > 0 ? absenceWh + (thenW * silentMs) / 3_600_000 : 0);
}

/** Returns when the flow reaches an energy; `Infinity` if it never does. @unit Wh in, ms since `since` out. */
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
