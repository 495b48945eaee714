/**
 * Manages a session's charging profile, by which the charger cuts the power after a time, so that limits hold even
 * while it is offline. The time assumes the full power of the profile, so the profile is renewed while energy remains.
 * @source OCPP 1.6 §3.13, §5.16: a TxProfile ends with its transaction.
 */
import type { ChargerCapabilities } from '../model/network.js';
import type { CommandOf } from '../model/command.js';
import type { DecisionContext, EffectDraft } from '../model/decision.js';
import type { ProfileRequest } from '../model/effect.js';
import { omit } from '../model/object.js';
import type { Order, StartProfile } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { ActiveProfile, Caps, Session } from '../model/session.js';
import { authorisedSeconds, authorisedUntil } from '../pricing/authorised-until.js';
import { knownAt } from './assumed-flow.js';
import { withinMoney } from './limit.js';
import { deliveredWh } from './meter.js';
import { clockSkewMs, profileEndsAt, sessionMs, unconfirmedMs } from './reading-time.js';
import { periodsSoFar } from './session-periods.js';

/** Longest time from the decision until the profile is sent. */
const SEND_WINDOW_MS = 2000;
/** Time allowed for the charger to accept a sent profile. Until then, the previous one is assumed to apply. */
const ACCEPT_WINDOW_MS = 1000;
/** A renewal must extend the profile by at least this much. */
const MIN_GAIN_MS = 1000;
/** How many times the present power a profile allows, so that a car that draws a little more is not throttled. */
const HEADROOM = 1.1;
/** The shortest profile that is worth sending. */
const MIN_PROFILE_S = 3;
/** Wait before the first profile: a TxProfile names its transaction, whose id the charger learns from our response. */
const FIRST_PROFILE_DELAY_MS = 2000;
const RETRY_MS = 10_000;
/** A response that has not been saved within this time counts as lost. */
const ANSWER_TIMEOUT_MS = 90_000;
/** How long to wait for a reading after a reconnect, and after the end of a profile. */
const READING_WAIT_MS = 30_000;
const CLEAR_WINDOW_MS = 3_600_000;
/** A profile that ends this soon is due for renewal at every reading, and readings are requested. */
const PROFILE_ENDING_MS = 30_000;

/**
 * Returns the charging profile for a RemoteStart. Its schedule is relative to the start of the transaction.
 * @unit   W and seconds out; `now` in epoch ms.
 * @errors None; `undefined` if full power would reach a limit within 3 s.
 */
export function startProfile(order: Order, maxPowerW: number, now: number): StartProfile | undefined {
  const { energyWh: capWh, timeMs: capMs } = order.caps;
  const seconds = Math.min(
    secondsAtPower(capWh, maxPowerW),
    wholeSeconds(capMs ?? Infinity),
    authorisedSeconds(order, maxPowerW, now),
  );
  if (seconds < MIN_PROFILE_S) return undefined;
  return { limitW: maxPowerW, seconds, capWh, ...(capMs !== undefined && { capMs }) };
}

function secondsAtPower(energyWh: number, limitW: number): number {
  return Math.max(0, Math.floor((energyWh * 3600) / limitW));
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}

/** Returns the profile that a new session's RemoteStart carried, if any, and when to review it or set the first one. */
export function initialProfile(
  order: Order,
  { capabilities, now, maxPowerW }: Pick<DecisionContext, 'capabilities' | 'now' | 'maxPowerW'>,
): Pick<Session, 'chargingProfile' | 'profileReviewAt'> {
  if (!capabilities?.chargingRate) return {};
  const profileReviewAt = now + (enforcesEnergy(capabilities.supportedLimits) ? RETRY_MS : FIRST_PROFILE_DELAY_MS);
  const { withProfile, profile } = order.remoteStart ?? {};
  const sent = withProfile ? (profile ?? startProfile(order, maxPowerW, now)) : undefined;
  if (!sent) return { profileReviewAt };
  const { seconds, ...limits } = sent;
  const endsAt = now + seconds * 1000;
  return { profileReviewAt, chargingProfile: { status: 'accepted', ...limits, from: now, endsAt } };
}

function enforcesEnergy(limits: ChargerCapabilities['supportedLimits']): boolean {
  return limits?.includes('energy') === true;
}

/**
 * Checks whether the session may get a profile: no stop was requested, and the charger accepts profiles, has not
 * rejected the last one, and does not enforce the energy limit itself. If it does, an existing profile is renewed all
 * the same, because its end would cut the power.
 */
function mayHaveProfile({ capabilities, chargingProfile, enforcedLimits, stop }: Session): boolean {
  const isNeeded = chargingProfile !== undefined || !enforcesEnergy(enforcedLimits);
  return capabilities?.chargingRate !== undefined && chargingProfile?.status !== 'rejected' && isNeeded && !stop;
}

function matchesCaps(profile: ActiveProfile, caps: Caps): boolean {
  return profile.capWh === caps.energyWh && profile.capMs === caps.timeMs;
}

export interface ProfileChange {
  readonly session: Session;
  readonly effects: readonly EffectDraft[];
}

type RenewalContext = Pick<DecisionContext, 'now' | 'maxPowerW' | 'policy'>;

/**
 * Returns a new profile for a running session, if it needs one and more energy may be delivered.
 * Called for every meter message, so the cheap conditions come first.
 */
export function renewProfile(ordered: Order, session: Session, context: RenewalContext): ProfileChange | undefined {
  const { now } = context;
  const { chargingProfile: current, profileReviewAt } = session;
  if (!session.capabilities?.chargingRate || current?.status === 'requested') return undefined;
  const isReviewDue = profileReviewAt !== undefined && now >= profileReviewAt;
  if ((!isReviewDue && !isRenewalDue(session, now)) || !mayHaveProfile(session)) return undefined;
  const order = withinMoney(ordered);
  const request = requestFor(order, session, context);
  if (request.seconds < MIN_PROFILE_S) return undefined;
  const endsAt = now + request.seconds * 1000;
  if (current && matchesCaps(current, order.caps)) {
    // A renewal must extend the profile noticeably; a review may repeat it, but not shorten it noticeably.
    const currentEndsAt = profileEndsAt(current, session);
    const minGainMs = isReviewDue ? -SEND_WINDOW_MS : Math.max(MIN_GAIN_MS, (currentEndsAt - now) / 10);
    if (endsAt - currentEndsAt < minGainMs) return undefined;
  }
  const { energyWh: capWh, timeMs } = order.caps;
  const chargingProfile: ActiveProfile = {
    status: 'requested',
    limitW: request.limitW,
    from: now,
    endsAt,
    capWh,
    ...(timeMs !== undefined && { capMs: timeMs }),
    ...(current && { previous: omit(current, 'status', 'previous') }),
  };
  const startsAt = now + clockSkewMs(session);
  return {
    session: { ...omit(session, 'profileReviewAt'), chargingProfile },
    effects: [{ kind: 'set-charging-profile', profile: request, startsAt, notAfter: now + SEND_WINDOW_MS }],
  };
}

/** Calculates the power and the time that a profile may allow from now. */
function requestFor(order: Order, session: Session, context: RenewalContext): ProfileRequest {
  const { now, maxPowerW, policy } = context;
  const limitW = profileLimitW(order, session, maxPowerW, policy);
  // Until the charger accepts the new profile, the previous one may allow more power, unless it has ended.
  const { limitW: previousW = maxPowerW } = session.chargingProfile ?? {};
  const remainingMs = profileEndsAt(session.chargingProfile, session) - now;
  const excessMs = Math.max(0, Math.min(SEND_WINDOW_MS + ACCEPT_WINDOW_MS, remainingMs));
  const excessWh = energyWhFor(Math.max(0, previousW - limitW), excessMs);
  const deliveredAtMostWh = maxDeliveredWh(session, now, maxPowerW) + excessWh;
  const { energyWh, timeMs = Infinity } = order.caps;
  const energyS = secondsAtPower(energyWh - deliveredAtMostWh, limitW);
  const capsS = Math.min(energyS, wholeSeconds(timeMs - sessionMs(session, now)));
  return { limitW, seconds: secondsWithinAmount(order, session, context, capsS) };
}

/** Returns how long the authorised amount lasts at full power, but no longer than the caps allow. @unit Seconds. */
function secondsWithinAmount(order: Order, session: Session, context: RenewalContext, capsS: number): number {
  if (!order.tariff.elements) return capsS;
  const { now, maxPowerW } = context;
  const gapMs = unconfirmedMs(session);
  const until = authorisedUntil(order, periodsSoFar(order.tariff, session), {
    powerW: maxPowerW,
    energyAt: (at) => maxDeliveredWh(session, at + gapMs, maxPowerW),
    endsAt: now + capsS * 1000 - gapMs,
  });
  return until === undefined ? capsS : wholeSeconds(until + gapMs - now);
}

/** Checks whether half of the profile's time has passed, or its end is near. */
function isRenewalDue(session: Session, now: number): boolean {
  const { chargingProfile: profile } = session;
  if (!profile) return false;
  const remainingMs = profileEndsAt(profile, session) - now;
  return 2 * remainingMs < profile.endsAt - profile.from || remainingMs <= PROFILE_ENDING_MS;
}

/** Returns the most energy that can have been delivered by a time, assuming full power since the last reading, Wh. */
function maxDeliveredWh(session: Session, at: number, maxPowerW: number): number {
  return deliveredWh(session.meter) + energyWhFor(maxPowerW, Math.max(0, at - knownAt(session)));
}

function energyWhFor(powerW: number, ms: number): number {
  return Math.ceil((powerW * ms) / 3_600_000);
}

/**
 * Returns the power for a profile: near the energy limit a little more than the present power, but at least a fifth of
 * full power; otherwise full power.
 */
function profileLimitW(order: Order, session: Session, maxPowerW: number, policy: SessionPolicy): number {
  const { powerW = maxPowerW } = session.meter;
  const littleMoreW = Math.ceil(Math.max(powerW * HEADROOM, maxPowerW / 5));
  const remainingWh = order.caps.energyWh - deliveredWh(session.meter);
  const isNear = remainingWh <= energyWhFor(littleMoreW, policy.meterTriggerLeadMs);
  return isNear ? Math.min(maxPowerW, littleMoreW) : maxPowerW;
}

/**
 * Returns when a timer must next handle the profile: to review it, to count it as unanswered, or because it ends;
 * `undefined` if no deadline depends on the profile. @unit Epoch ms.
 */
export function profileDueAt(session: Session): number | undefined {
  const { chargingProfile, profileReviewAt } = session;
  if (chargingProfile?.status === 'rejected') {
    const endsAt = profileEndsAt(chargingProfile.previous, session);
    // Only a reading shows whether the previous profile still applies, so there is no deadline before it.
    const isRead = isStoppedByPreviousProfile(session) || isPowerContinuing(session, endsAt);
    return isRead ? endsAt + READING_WAIT_MS : undefined;
  }
  if (!mayHaveProfile(session)) return undefined;
  if (chargingProfile?.status === 'requested') return chargingProfile.from + ANSWER_TIMEOUT_MS;
  const endAt = profileEndAt(session);
  if (profileReviewAt === undefined || endAt === undefined) return profileReviewAt ?? endAt;
  // An end that had passed when the review was scheduled is handled by the review: an earlier retry would fail again.
  return endAt > profileReviewAt - RETRY_MS ? Math.min(profileReviewAt, endAt) : profileReviewAt;
}

/** Returns when to begin to request readings because the profile will soon end. @unit Epoch ms. */
export function profileEndsSoonAt(session: Session): number {
  return (profileEndAt(session) ?? Infinity) - PROFILE_ENDING_MS;
}

/** Returns when the accepted profile ends, allowing time for a reading after a reconnect. @unit Epoch ms. */
export function profileEndAt(session: Session): number | undefined {
  const { chargingProfile, resumedAt } = session;
  if (chargingProfile?.status !== 'accepted') return undefined;
  const endsAt = profileEndsAt(chargingProfile, session);
  return resumedAt === undefined ? endsAt : Math.max(endsAt, resumedAt + READING_WAIT_MS);
}

/** Applies the charger's response to a requested profile; `undefined` if no response is awaited. */
export function applyProfileAnswer(
  session: Session,
  answer: CommandOf<'charging-profile-answered'>['answer'],
  now: number,
): ProfileChange | undefined {
  const { chargingProfile } = session;
  if (chargingProfile?.status !== 'requested') return undefined;
  const { previous } = chargingProfile;
  const requested = omit(chargingProfile, 'previous');
  const base = omit(session, 'chargingProfile');
  switch (answer) {
    case 'accepted':
      return { session: { ...base, chargingProfile: { ...requested, status: 'accepted' } }, effects: [] };
    case 'rejected':
      // The previous profile would cut the power too early, so it is cleared.
      return {
        session: { ...base, chargingProfile: { ...requested, status: 'rejected', ...(previous && { previous }) } },
        effects: previous ? [clearProfile(now)] : [],
      };
    case 'unknown':
    case 'not-sent': {
      // It is unknown which profile applies. The previous one, which usually ends earlier, is assumed.
      const assumed: ActiveProfile | undefined = previous && { ...previous, status: 'accepted' };
      return {
        session: { ...base, ...(assumed && { chargingProfile: assumed }), profileReviewAt: now + RETRY_MS },
        effects: [],
      };
    }
  }
}

/** Checks whether a reading shows that the previous profile has cut the power after a newer one was rejected. */
export function isStoppedByPreviousProfile(session: Session): boolean {
  const { chargingProfile, meter } = session;
  if (chargingProfile?.status !== 'rejected') return false;
  return meter.receivedAt > profileEndsAt(chargingProfile.previous, session) && (meter.powerW ?? 0) === 0;
}

/** Checks whether power still flows well after the end of the previous profile, so the charger has cleared it. */
function isPowerContinuing(session: Session, endsAt: number): boolean {
  const { meter } = session;
  return (meter.powerW ?? 0) > 0 && meter.at - clockSkewMs(session) > endsAt + READING_WAIT_MS;
}

/** Returns the effect that clears the profile of an ended session, because some chargers keep it. */
export function cleanUpProfile(session: Session, now: number): EffectDraft[] {
  return session.chargingProfile ? [clearProfile(now)] : [];
}

function clearProfile(now: number): EffectDraft {
  return { kind: 'clear-charging-profile', notAfter: now + CLEAR_WINDOW_MS };
}

/** Schedules a review of the profile after a reconnect, because the charger may have restarted and lost it. */
export function profileAfterReconnect(session: Session, now: number): Pick<Session, 'profileReviewAt'> {
  return mayHaveProfile(session) ? { profileReviewAt: now + RETRY_MS } : {};
}

/**
 * Prepares a session for a changed limit: its profile is reviewed at once, and the station is assumed to enforce no
 * limit until it reports the new one.
 */
export function withChangedLimit(session: Session, now: number): Session {
  const changed = omit(session, 'enforcedLimits');
  return mayHaveProfile(changed) ? { ...changed, profileReviewAt: now } : changed;
}
