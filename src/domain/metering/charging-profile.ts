/**
 * The power plan: the charger itself is told for how long it may give power, so that a limit holds while nobody can
 * reach it. It counts on the most that can flow, so it is renewed while there is more to give.
 * @source OCPP 1.6 §3.13, §5.16: a TxProfile dies with its transaction.
 */
import type { EffectDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import type { ProfileRequest } from '../model/effect.js';
import type { ChargerCapabilities } from '../model/charger-capabilities.js';
import { deliveredWh, elapsedMs } from './meter.js';
import type { Order } from '../model/order.js';
import type { Session, ActiveProfile, Caps } from '../model/session.js';
import { authorisedSeconds, authorisedUntil } from '../pricing/authorised-until.js';
import type { SessionPolicy } from '../model/policy.js';
import { periodsSoFar } from './session-periods.js';

/** From the decision to the charger's taking it, at the most: until then the plan before it is in force. */
const SEND_WINDOW_MS = 2000;
const ACCEPT_WINDOW_MS = 1000;
/** What a renewal has to bring. */
const MIN_GAIN_MS = 1000;
/** Above what flows: a car that takes a little more is not throttled. */
const HEADROOM = 1.1;
/** A plan shorter than this is not worth its message. */
const MIN_PROFILE_S = 3;
/** The charger learns the transaction's number from our answer, which leaves after this is decided. */
const FIRST_PROFILE_DELAY_MS = 2000;
const RETRY_MS = 10_000;
/** An answer that has not come by now was lost between the charger and our own store. */
const ANSWER_TIMEOUT_MS = 90_000;
/** After a return, a reading is waited for before an old plan's end counts as the session's. */
const READING_WAIT_MS = 30_000;
const CLEAR_WINDOW_MS = 3_600_000;
/** A plan that ends so soon is renewed by what each reading says; readings are asked for. */
export const PROFILE_ENDING_MS = 30_000;

/** The plan that rides on a RemoteStart: it begins with the transaction. @unit W */
export function startProfile(order: Order, maxPowerW: number, now: number): ProfileRequest | undefined {
  const { energyWh, timeMs } = order.caps;
  const seconds = Math.min(
    secondsAtPower(energyWh, maxPowerW),
    wholeSeconds(timeMs),
    authorisedSeconds(order, maxPowerW, now),
  );
  return seconds < MIN_PROFILE_S ? undefined : { limitW: maxPowerW, seconds };
}

function secondsAtPower(energyWh: number, limitW: number): number {
  return Math.max(0, Math.floor((energyWh * 3600) / limitW));
}

function wholeSeconds(ms: number | undefined): number {
  return ms === undefined ? Infinity : Math.max(0, Math.floor(ms / 1000));
}

/** The plan of a session that has just begun: the start's own, if it carried one, and when to give it another. */
export function initialProfile(
  order: Order,
  means: ChargerCapabilities | undefined,
  now: number,
  maxPowerW: number,
): Pick<Session, 'chargingProfile' | 'profileReviewAt'> {
  if (!means?.chargingRate) return {};
  const planAt = now + (means.supportedLimits?.includes('energy') ? RETRY_MS : FIRST_PROFILE_DELAY_MS);
  const plan = order.remoteStart?.withProfile === true ? startProfile(order, maxPowerW, now) : undefined;
  if (!plan) return { profileReviewAt: planAt };
  const { energyWh: capWh, timeMs } = order.caps;
  const budget: ActiveProfile = {
    status: 'accepted',
    limitW: plan.limitW,
    from: now,
    endsAt: now + plan.seconds * 1000,
    capWh,
    ...(timeMs !== undefined && { capMs: timeMs }),
  };
  return { profileReviewAt: planAt, chargingProfile: budget };
}

/**
 * Whether the session may have a plan at all: taken by the charger, not refused, not made needless by a better means.
 * One that is in force already would end the session, so it is renewed even then.
 */
function mayHaveProfile({
  capabilities: means,
  chargingProfile: budget,
  enforcedLimits: kept,
  stop,
}: Session): boolean {
  const needed = budget !== undefined || kept?.includes('energy') !== true;
  return means?.chargingRate !== undefined && budget?.status !== 'rejected' && needed && !stop;
}

function matchesCaps(budget: ActiveProfile, caps: Caps): boolean {
  return budget.capWh === caps.energyWh && budget.capMs === caps.timeMs;
}

export interface ProfileChange {
  readonly session: Session;
  readonly effects: readonly EffectDraft[];
}

/**
 * A new plan for a running session, when it needs one and there is more to give.
 * Runs with every sample: what costs something comes after the questions that usually end it.
 */
export function renewProfile(
  order: Order,
  session: Session,
  now: number,
  maxPowerW: number,
  policy: SessionPolicy,
): ProfileChange | undefined {
  const { chargingProfile: budget, profileReviewAt: planAt } = session;
  if (!session.capabilities?.chargingRate || budget?.status === 'requested') return undefined;
  const asked = planAt !== undefined && now >= planAt;
  if ((!asked && !isRenewalDue(budget, now)) || !mayHaveProfile(session)) return undefined;
  const skewMs = clockSkewMs(session);
  const limitW = profileLimitW(order, session, maxPowerW, policy);
  // Its time is counted from now, wherever the message is; but until it is taken, more may flow than it allows.
  const moreW = Math.max(0, (budget?.limitW ?? maxPowerW) - limitW);
  const baseWh =
    maxDeliveredWh(session, now, skewMs, maxPowerW) + energyWhFor(moreW, SEND_WINDOW_MS + ACCEPT_WINDOW_MS);
  const { energyWh, timeMs } = order.caps;
  const left = wholeSeconds(timeMs === undefined ? undefined : timeMs - elapsedMs(session, session.meter.at, now));
  const seconds = Math.min(
    secondsAtPower(energyWh - baseWh, limitW),
    left,
    wholeSeconds(authorisedMs(order, session, now, maxPowerW)),
  );
  if (seconds < MIN_PROFILE_S) return undefined;
  const endsAt = now + seconds * 1000;
  if (budget && matchesCaps(budget, order.caps)) {
    // Not for a breath more; and what a reading of long ago would grant is less than what is granted already.
    const least = asked ? -SEND_WINDOW_MS : Math.max(MIN_GAIN_MS, (budget.endsAt - now) / 10);
    if (endsAt - budget.endsAt < least) return undefined;
  }
  const next: ActiveProfile = {
    status: 'requested',
    limitW,
    from: now,
    endsAt,
    capWh: energyWh,
    ...(timeMs !== undefined && { capMs: timeMs }),
    ...(budget && { previous: omit(budget, 'status', 'previous') }),
  };
  return {
    session: { ...omit(session, 'profileReviewAt'), chargingProfile: next },
    effects: [
      {
        kind: 'set-charging-profile',
        profile: { limitW, seconds },
        startsAt: now + skewMs,
        notAfter: now + SEND_WINDOW_MS,
      },
    ],
  };
}

/** How long the authorised amount lasts at full power, where more than energy costs; ms. */
function authorisedMs(order: Order, session: Session, now: number, maxPowerW: number): number | undefined {
  if (!order.tariff.elements) return undefined;
  const skewMs = clockSkewMs(session);
  const until = authorisedUntil(order, periodsSoFar(order.tariff, session), maxPowerW, (at) =>
    maxDeliveredWh(session, at, skewMs, maxPowerW),
  );
  return until === undefined ? undefined : until - now;
}

/** Half of it is used, or its end is near. */
function isRenewalDue(budget: ActiveProfile | undefined, now: number): boolean {
  if (!budget) return false;
  const left = budget.endsAt - now;
  return left < now - budget.from || left <= PROFILE_ENDING_MS;
}

/** The most that can have been delivered by `now`, Wh: full power since the last reading was taken. */
function maxDeliveredWh({ meter }: Session, now: number, skewMs: number, maxPowerW: number): number {
  const ms = Math.max(0, now - meter.receivedAt, now + skewMs - meter.at);
  return deliveredWh(meter) + energyWhFor(maxPowerW, ms);
}

function energyWhFor(powerW: number, ms: number): number {
  return Math.ceil((powerW * ms) / 3_600_000);
}

/** Near the limit the plan allows little more than what flows: so its end lies close to the limit's. */
function profileLimitW(order: Order, session: Session, maxPowerW: number, policy: SessionPolicy): number {
  const flowingW = session.meter.powerW ?? maxPowerW;
  const restWh = order.caps.energyWh - deliveredWh(session.meter);
  const near = restWh <= energyWhFor(flowingW, policy.meterTriggerLeadMs);
  return near ? Math.min(maxPowerW, Math.ceil(Math.max(flowingW * HEADROOM, maxPowerW / 5))) : maxPowerW;
}

/** How far the charger's clock is ahead of ours, ms: messages only ever make it look slower. */
function clockSkewMs({ startedAt, startReceivedAt, meter }: Session): number {
  return Math.max(startedAt - startReceivedAt, meter.at - meter.receivedAt);
}

/** When time alone makes the plan a question: to be sent, or at its end. */
export function profileDueAt(session: Session): number | undefined {
  const { chargingProfile: budget, profileReviewAt: planAt } = session;
  if (budget?.status === 'rejected') {
    const endsAt = budget.previous?.endsAt;
    // Only a reading can tell, however long the charger is away.
    const known = endsAt !== undefined && (isStoppedByPreviousProfile(session) || isPowerContinuing(session, endsAt));
    return known ? endsAt + READING_WAIT_MS : undefined;
  }
  if (!mayHaveProfile(session)) return undefined;
  if (budget?.status === 'requested') return budget.from + ANSWER_TIMEOUT_MS;
  const end = profileEndAt(session);
  return planAt !== undefined && (end === undefined || planAt < end) ? planAt : end;
}

/** When the plan in force lets no more through, and a reading that could prolong it is not waited for any longer. */
export function profileEndAt({ chargingProfile: budget, resumedAt }: Session): number | undefined {
  if (budget?.status !== 'accepted') return undefined;
  return resumedAt === undefined ? budget.endsAt : Math.max(budget.endsAt, resumedAt + READING_WAIT_MS);
}

export type ProfileAnswer = 'accepted' | 'rejected' | 'unknown' | 'not-sent';

/** What the charger's answer makes of the plan. */
export function applyProfileAnswer(session: Session, answer: ProfileAnswer, now: number): ProfileChange | undefined {
  const { chargingProfile: budget } = session;
  if (budget?.status !== 'requested') return undefined;
  const { previous: before } = budget;
  const mine = omit(budget, 'previous');
  const rest = omit(session, 'chargingProfile');
  switch (answer) {
    case 'accepted':
      return { session: { ...rest, chargingProfile: { ...mine, status: 'accepted' } }, effects: [] };
    case 'rejected':
      // An older one that it took would now end the session too early.
      return {
        session: { ...rest, chargingProfile: { ...mine, status: 'rejected', ...(before && { previous: before }) } },
        effects: before ? [clearProfile(now)] : [],
      };
    case 'unknown':
    case 'not-sent': {
      // Whichever of the two is in force, the earlier end may bite.
      const budgetNow: ActiveProfile | undefined = before && { ...before, status: 'accepted' };
      return {
        session: { ...rest, ...(budgetNow && { chargingProfile: budgetNow }), profileReviewAt: now + RETRY_MS },
        effects: [],
      };
    }
  }
}

/** Whether a plan that the charger would neither renew nor give up has stopped the power, as a reading since its end shows. */
export function isStoppedByPreviousProfile({ chargingProfile: budget, meter }: Session): boolean {
  if (budget?.status !== 'rejected' || !budget.previous) return false;
  return meter.receivedAt > budget.previous.endsAt && (meter.powerW ?? 0) === 0;
}

/** Whether power flows though that plan has ended: so it was given up. A reading that was late on its way does not show it. */
function isPowerContinuing(session: Session, endsAt: number): boolean {
  const { meter } = session;
  return (meter.powerW ?? 0) > 0 && meter.at - clockSkewMs(session) > endsAt + READING_WAIT_MS;
}

/** Owed when a session with a plan is over: some chargers keep what they were told. */
export function cleanUpProfile(session: Session, now: number): EffectDraft[] {
  return session.chargingProfile ? [clearProfile(now)] : [];
}

function clearProfile(now: number): EffectDraft {
  return { kind: 'clear-charging-profile', notAfter: now + CLEAR_WINDOW_MS };
}

/** The charger is back, or has restarted: it may have lost its plan, and the readings since will say more. */
export function profileAfterReconnect(session: Session, now: number): Pick<Session, 'profileReviewAt'> {
  return mayHaveProfile(session) ? { profileReviewAt: now + RETRY_MS } : {};
}

/** The limit was changed: the plan is too, at once; and what the station keeps is the old one, until it says otherwise. */
export function withChangedLimit(session: Session, now: number): Session {
  const untold = omit(session, 'enforcedLimits');
  return mayHaveProfile(untold) ? { ...untold, profileReviewAt: now } : untold;
}
