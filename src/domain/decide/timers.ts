/** Calculates an order's next deadline and handles it when it passes. Deadlines derive from the saved order. */
import {
  applyProfileAnswer,
  isStoppedByPreviousProfile,
  profileDueAt,
  profileEndAt,
  renewProfile,
} from '../metering/charging-profile.js';
import { limitDueAt, limitReached, stopReasonFor } from '../metering/limit.js';
import { NO_SIGN_OF_LIFE, proveAliveBy } from '../metering/liveness.js';
import { limitOrMeterTriggerAt, meterTriggerAt } from '../metering/meter-trigger.js';
import { sessionMs, unconfirmedMs } from '../metering/reading-time.js';
import type { Accepted, DecisionContext } from '../model/decision.js';
import { FREE_STATUSES } from '../model/network.js';
import { omit } from '../model/object.js';
import { isHoldingDraft, isTerminal, type Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Session, StopRequest } from '../model/session.js';
import { expireDeferred } from './deferred-callback.js';
import { paymentDeadline, paymentTimerDue } from './payment.js';
import { deadlinesOf, requestStart, withRetryAt } from './remote-start.js';
import { isEndSuspected, provisionalTimerDue, repeatStop, requestStop } from './remote-stop.js';
import { pendingReservation, reservationDeadline, reservationTimerDue } from './reservation.js';
import { accept, endBeforeStart, noChange, notify, saveMeter } from './results.js';
import { becomeProvisional, suspectEnd } from './session-end.js';

/**
 * Returns when the order next needs a `timer-due` command.
 * @unit   Epoch ms.
 * @shape  `undefined` if time alone changes nothing.
 */
export function nextDeadline(order: Order, policy: SessionPolicy): number | undefined {
  return earliest(stateDeadline(order, policy), order.deferredCallback?.until, paymentDeadline(order));
}

/**
 * Checks whether a step of the clock would wrongly move a deadline of the order. A booked slot and the date by which a
 * bill must be paid do not count, because calendar times follow the new time. Terminal callbacks do not count either,
 * because they are retried for days.
 */
export function movesWithTime(order: Order, policy: SessionPolicy): boolean {
  const { effects, deferredCallback } = order;
  if (effects.some((effect) => effect.kind === 'callback' && effect.class !== 'terminal')) return true;
  const state = pendingReservation(order) ? undefined : stateDeadline(order, policy);
  const billed = isTerminal(order) && order.payment;
  const payment = paymentDeadline(billed ? { ...order, payment: omit(billed, 'dueAt') } : order);
  return earliest(state, deferredCallback?.until, payment) !== undefined;
}

function stateDeadline(order: Order, policy: SessionPolicy): number | undefined {
  const { remoteStart, session } = order;
  switch (order.state) {
    case 'confirmed':
      return confirmedDeadline(order, policy);
    case 'starting':
      return remoteStart && earliest(remoteStart.deadline, remoteStart.recheckAt);
    case 'charging':
    case 'suspended': {
      if (!session) return undefined;
      const limitOrTriggerAt = limitOrMeterTriggerAt(order, session, policy);
      const lifeOrEnd = Math.min(lifeDeadline(session, policy), endBy(order, policy));
      return earliest(lifeOrEnd, profileDueAt(session), limitOrTriggerAt);
    }
    case 'offline':
      return session && earliest(offlineDeadline(session, policy), endBy(order, policy));
    case 'stopping': {
      if (!session) return undefined;
      const offlineEnd = session.offlineSince && session.offlineSince + policy.offlineMs;
      const lifeAt = offlineEnd === undefined ? lifeDeadline(session, policy) : suspicionDeadline(session, policy);
      const lifeOrEnd = Math.min(lifeAt ?? Infinity, obeyBy(order, policy));
      return earliest(session.stop?.retryAt, lifeOrEnd, offlineEnd);
    }
    case 'provisional':
      return session && earliest(session.finalAt, session.stop && provisionalStopAt(session.stop, policy));
    case 'draft':
      return isHoldingDraft(order) ? order.quote.expiresAt : undefined;
    case 'completed':
    case 'cancelled':
    case 'failed':
      return cleanUpDeadline(order);
  }
}

function confirmedDeadline(order: Order, policy: SessionPolicy): number | undefined {
  const { remoteStart, slot } = order;
  const { startBy } = deadlinesOf(order, policy);
  if (pendingReservation(order)) return slot && Math.min(reservationDeadline(slot), startBy);
  if (order.awaitsBuyerStart) return Math.min(remoteStart?.deadline ?? Infinity, startBy);
  if (!remoteStart) return startBy;
  return Math.min(Math.max(remoteStart.requestedAt + policy.pendingMs, slot ? remoteStart.deadline : 0), startBy);
}

/** Returns when a suspected end is accepted or, if none is suspected, when a proof of life is requested. */
function lifeDeadline(session: Session, policy: SessionPolicy): number {
  return suspicionDeadline(session, policy) ?? proveAliveBy(session, policy);
}

/** Returns when the session must end. Time that only a step of the host's clock may have added does not count. */
function endBy(order: Order, policy: SessionPolicy): number {
  return deadlinesOf(order, policy).endBy + unconfirmedMs(order.session ?? {});
}

/** Returns when to give up on a session that does not end even though its stop was requested. */
function obeyBy(order: Order, policy: SessionPolicy): number {
  return Math.max(endBy(order, policy), order.session?.stop?.at ?? 0) + policy.lostStopMs;
}

/** Returns when to repeat the RemoteStop of a provisional order; `undefined` once the attempts are used up. */
function provisionalStopAt({ attempts, retryAt }: StopRequest, policy: SessionPolicy): number | undefined {
  return attempts < policy.stopAttempts ? retryAt : undefined;
}

function earliest(a: number | undefined, b: number | undefined, c?: number): number | undefined {
  const earlier = a === undefined || (b !== undefined && b < a) ? b : a;
  return earlier === undefined || (c !== undefined && c < earlier) ? c : earlier;
}

function suspicionDeadline(session: Session, policy: SessionPolicy): number | undefined {
  return session.endSuspectedSince === undefined ? undefined : session.endSuspectedSince + policy.endSuspicionMs;
}

/** Returns when the first pending command of an ended order expires. */
function cleanUpDeadline({ effects }: Order): number | undefined {
  return effects.reduce<number | undefined>(
    (first, effect) => ('notAfter' in effect ? earliest(first, effect.notAfter) : first),
    undefined,
  );
}

function offlineDeadline({ offlineSince, offlineNotified }: Session, policy: SessionPolicy): number | undefined {
  if (offlineSince === undefined) return undefined;
  return offlineSince + (offlineNotified ? policy.offlineMs : Math.min(policy.offlineGraceMs, policy.offlineMs));
}

/** Connector statuses in which to repeat a start. A reserved connector is assumed to be reserved for the order. */
const STARTABLE: ReadonlySet<string> = new Set([...FREE_STATUSES, 'Reserved']);
/** A charging profile is rounded down to whole seconds, so it ends a little early. */
const PROFILE_END_TOLERANCE_MS = 5000;
/** A profile cuts the power when it ends. If no renewal has succeeded by then, one is still tried for this long. */
const PROFILE_RETRIES_MS = 30_000;

/** Handles a passed deadline of the payment or, if there is none, of the order's state and its deferred callback. */
export function timerDue(order: Order, context: DecisionContext): Accepted {
  const { deferredCallback } = order;
  const paymentDue = paymentTimerDue(order, context);
  if (paymentDue) return paymentDue;
  if (!deferredCallback || context.now < deferredCallback.until) return stateTimerDue(order, context);
  return expireDeferred(stateTimerDue(omit(order, 'deferredCallback'), context), deferredCallback);
}

function stateTimerDue(order: Order, context: DecisionContext): Accepted {
  const { now, policy } = context;
  const deadline = stateDeadline(order, policy);
  if (deadline === undefined || now < deadline) return noChange(order);
  switch (order.state) {
    case 'confirmed': {
      const slot = pendingReservation(order);
      if (slot && now < deadlinesOf(order, policy).startBy) return reservationTimerDue(order, slot, context);
      return endBeforeStart(order, order.awaitsBuyerStart ? 'start-not-asked' : 'charger-offline', context);
    }
    case 'starting':
      return startingTimerDue(order, context);
    case 'charging':
    case 'suspended':
      return runningTimerDue(order, context);
    case 'offline':
      return offlineTimerDue(order, context);
    case 'stopping':
      return stoppingTimerDue(order, context);
    case 'provisional':
      return provisionalTimerDue(order, context);
    case 'draft':
      return accept({ ...order, connectorHeld: false });
    case 'completed':
    case 'cancelled':
    case 'failed': {
      // These commands have expired, because the charger stayed offline.
      const effects = order.effects.filter((effect) => !('notAfter' in effect && effect.notAfter <= now));
      return accept({ ...order, effects });
    }
  }
}

function startingTimerDue(order: Order, context: DecisionContext): Accepted {
  const { remoteStart } = order;
  const { now } = context;
  if (!remoteStart) return noChange(order);
  if (now >= remoteStart.deadline) return endBeforeStart(order, 'start-timeout', context);
  // A repeat is harmless: a second transaction with the same idTag is refused, so at most one is billed.
  const unscheduled = { ...order, remoteStart: omit(remoteStart, 'recheckAt') };
  const isFree = STARTABLE.has(order.connectorState.status);
  // A RemoteStart that is still pending will be answered or expire, so another would be pointless.
  const isPending = order.effects.some((effect) => effect.kind === 'remote-start');
  if (!isFree || isPending) {
    return accept({ ...unscheduled, remoteStart: withRetryAt(order, unscheduled.remoteStart, now) });
  }
  return requestStart(unscheduled, unscheduled.remoteStart, context);
}

function runningTimerDue(order: Order, context: DecisionContext): Accepted {
  const { session } = order;
  const { now, policy } = context;
  if (!session) return noChange(order);
  const ended = suspicionTimerDue(order, session, context);
  if (ended) return ended;
  const reason = now >= endBy(order, policy) ? 'policy' : limitReached(order, session, now, policy);
  if (reason) return requestStop(order, reason, context);
  const silent = lifeTimerDue(order, session, context);
  if (silent) return silent;
  const profileAt = profileDueAt(session);
  if (profileAt !== undefined && now >= profileAt) return profileTimerDue(order, session, context);
  if (now < meterTriggerAt(session, limitDueAt(order, session, policy), policy)) return noChange(order);
  const triggered: Order = { ...order, session: { ...session, meterTriggeredAt: now } };
  const decision = isEndSuspected(order, session, context)
    ? suspectEnd(triggered, 'connector-free', now)
    : saveMeter(triggered);
  return { ...decision, triggerMeterValues: true };
}

function suspicionTimerDue(order: Order, session: Session, context: DecisionContext): Accepted | undefined {
  const at = suspicionDeadline(session, context.policy);
  return at !== undefined && context.now >= at ? believeEnd(order, session, context) : undefined;
}

/** If the session has shown no sign of life in time, suspects its end and asks the charger for a proof. */
function lifeTimerDue(order: Order, session: Session, { now, policy }: DecisionContext): Accepted | undefined {
  if (session.endSuspectedSince !== undefined || now < proveAliveBy(session, policy)) return undefined;
  return { ...suspectEnd(order, NO_SIGN_OF_LIFE, now), triggerMeterValues: true, checkTransaction: true };
}

function believeEnd(order: Order, session: Session, context: DecisionContext): Accepted {
  const { endSuspectedReason = 'end suspected' } = session;
  return becomeProvisional(order, endSuspectedReason, context, context.policy.lostStopMs);
}

/**
 * Handles a due charging profile: counts a request as unanswered, or sets or renews the profile. If nothing more may be
 * delivered, or no renewal succeeds, stops the session when the profile ends.
 */
function profileTimerDue(order: Order, session: Session, context: DecisionContext): Accepted {
  const { now } = context;
  const unanswered = applyProfileAnswer(session, 'unknown', now);
  if (unanswered) {
    const effects = order.effects.filter((effect) => effect.kind !== 'set-charging-profile');
    return accept({ ...order, effects, session: unanswered.session });
  }
  if (isStoppedByPreviousProfile(session)) return requestStop(order, stopReasonFor(order, 'energy'), context);
  if (session.chargingProfile?.status === 'rejected') {
    return accept({ ...order, session: { ...session, chargingProfile: omit(session.chargingProfile, 'previous') } });
  }
  const endAt = profileEndAt(session);
  const isLapsed = session.profileReviewAt !== undefined && now >= (endAt ?? Infinity) + PROFILE_RETRIES_MS;
  const renewal = isLapsed ? undefined : renewProfile(order, session, context);
  if (renewal) return accept({ ...order, session: renewal.session }, renewal.effects);
  if (endAt === undefined || now < endAt) return saveMeter({ ...order, session: omit(session, 'profileReviewAt') });
  const { timeMs = Infinity } = order.caps;
  const isTimeUsed = sessionMs(session, now) + PROFILE_END_TOLERANCE_MS >= timeMs;
  return requestStop(order, stopReasonFor(order, isTimeUsed ? 'time' : 'energy'), context);
}

function offlineTimerDue(order: Order, context: DecisionContext): Accepted {
  const { session } = order;
  const { now, policy } = context;
  if (!session || session.offlineSince === undefined) return noChange(order);
  if (now >= Math.min(session.offlineSince + policy.offlineMs, endBy(order, policy))) {
    return becomeProvisional(order, 'charger offline', context, policy.finalMs);
  }
  return accept({ ...order, session: { ...session, offlineNotified: true } }, [notify('state')]);
}

function stoppingTimerDue(order: Order, context: DecisionContext): Accepted {
  const { session } = order;
  const { now, policy } = context;
  if (!session?.stop) return noChange(order);
  const { offlineSince } = session;
  const ended = suspicionTimerDue(order, session, context);
  if (ended) return ended;
  const silent = offlineSince === undefined ? lifeTimerDue(order, session, context) : undefined;
  if (silent) return silent;
  if (now >= obeyBy(order, policy)) {
    return becomeProvisional(order, 'it did not end by its deadline', context, policy.lostStopMs);
  }
  if (offlineSince !== undefined && now >= offlineSince + policy.offlineMs) {
    return becomeProvisional(order, 'charger offline', context, policy.finalMs);
  }
  if (now < session.stop.retryAt) return noChange(order);
  if (offlineSince === undefined) return repeatStop(order, session, session.stop, context);
  // An offline charger gets no RemoteStop, so no attempt is counted; the next one is sent when it reconnects.
  const stop = { ...session.stop, retryAt: now + policy.stopRetryMs };
  return accept({ ...order, session: { ...session, stop } });
}
