/** Deadlines, and what happens when one is due. They follow from the saved order, so a restart loses none. */
import {
  applyProfileAnswer,
  isStoppedByPreviousProfile,
  profileDueAt,
  profileEndAt,
  renewProfile,
} from '../metering/charging-profile.js';
import { limitDueAt, limitReached, stopReasonFor } from '../metering/limit.js';
import { finalEnergy } from '../metering/meter.js';
import { limitOrMeterTriggerAt, meterTriggerAt } from '../metering/meter-trigger.js';
import { sessionMs } from '../metering/reading-time.js';
import type { Accepted, DecisionContext, DiscrepancyDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import { isHoldingDraft, type Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Session, StopRequest } from '../model/session.js';
import { suspectEnd } from './connectivity.js';
import { expireDeferred } from './deferred-callback.js';
import { paymentDeadline, paymentTimerDue } from './payment.js';
import { FREE_STATUSES, requestStart, withRetryAt } from './remote-start.js';
import { requestStop } from './remote-stop.js';
import { pendingReservation, reservationDeadline, reservationTimerDue } from './reservation.js';
import { accept, endBeforeStart, noChange, notify, saveMeter } from './results.js';
import { becomeProvisional, INFERRED } from './session-end.js';
import { completeSession } from './transaction.js';

/**
 * When the order next needs a `timer-due` command.
 * @unit   Epoch ms.
 * @shape  `undefined` when time alone changes nothing.
 */
export function nextDeadline(order: Order, policy: SessionPolicy): number | undefined {
  return earliest(stateDeadline(order, policy), order.deferredCallback?.until, paymentDeadline(order));
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
      return earliest(suspicionDeadline(session, policy), profileDueAt(session), limitOrTriggerAt);
    }
    case 'offline':
      return session && offlineDeadline(session, policy);
    case 'stopping': {
      if (!session) return undefined;
      const offlineEnd = session.offlineSince && session.offlineSince + policy.offlineMs;
      return earliest(session.stop?.retryAt, suspicionDeadline(session, policy), offlineEnd);
    }
    case 'provisional':
      return session?.finalAt;
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
  if (pendingReservation(order)) return slot && reservationDeadline(slot);
  if (order.awaitsBuyerStart) return remoteStart?.deadline;
  return remoteStart && Math.max(remoteStart.requestedAt + policy.pendingMs, slot ? remoteStart.deadline : 0);
}

function earliest(a: number | undefined, b: number | undefined, c?: number): number | undefined {
  const earlier = a === undefined || (b !== undefined && b < a) ? b : a;
  return earlier === undefined || (c !== undefined && c < earlier) ? c : earlier;
}

function suspicionDeadline(session: Session, policy: SessionPolicy): number | undefined {
  return session.endSuspectedSince === undefined ? undefined : session.endSuspectedSince + policy.endSuspicionMs;
}

/** When the first clean-up command of an ended order expires. */
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

/** Connector states in which a start may be requested; a reserved connector is reserved for the order itself. */
const STARTABLE: ReadonlySet<string> = new Set([...FREE_STATUSES, 'Reserved']);
/** A charging profile counts whole seconds, so it ends a little early. */
const PROFILE_END_TOLERANCE_MS = 5000;
/** How much slower RemoteStops are repeated once `policy.stopAttempts` are used up. */
const EXHAUSTED_STOP_FACTOR = 10;

/** Does what is due now: a payment deadline first, then that of the state, then a deferred callback. */
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
      if (slot) return reservationTimerDue(order, slot, context);
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
      // The charger stayed offline until the clean-up commands were useless.
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
  // A repeat with the same idTag is harmless: a second transaction with it is refused, so at most one is billed.
  const unscheduled = { ...order, remoteStart: omit(remoteStart, 'recheckAt') };
  const isFree = STARTABLE.has(order.connectorState.status);
  // A RemoteStart that is still owed will be answered or expire, so another one is of no use.
  const isPending = order.effects.some((effect) => effect.kind === 'remote-start');
  if (!isFree || isPending) {
    return accept({ ...unscheduled, remoteStart: withRetryAt(order, unscheduled.remoteStart, now) });
  }
  const starting = requestStart(unscheduled, unscheduled.remoteStart, context);
  return accept(starting.order, [starting.effect]);
}

function runningTimerDue(order: Order, context: DecisionContext): Accepted {
  const { session } = order;
  const { now, policy } = context;
  if (!session) return noChange(order);
  const suspicionAt = suspicionDeadline(session, policy);
  if (suspicionAt !== undefined && now >= suspicionAt) return believeEnd(order, session, context);
  const reason = limitReached(order, session, now, policy);
  if (reason) return requestStop(order, reason, context);
  const profileAt = profileDueAt(session);
  if (profileAt !== undefined && now >= profileAt) return profileTimerDue(order, session, context);
  if (now < meterTriggerAt(session, limitDueAt(order, session, policy), policy)) return noChange(order);
  const triggered: Order = { ...order, session: { ...session, meterTriggeredAt: now } };
  const decision = isEndSuspected(order, session, context)
    ? suspectEnd(triggered, 'connector-free', now)
    : saveMeter(triggered);
  return { ...decision, triggerMeterValues: true };
}

function believeEnd(order: Order, session: Session, context: DecisionContext): Accepted {
  const { endSuspectedReason = 'end suspected' } = session;
  return becomeProvisional(order, endSuspectedReason, context, context.policy.lostStopMs);
}

/** The connector was last reported as free, and no recent reading contradicts it. */
function isEndSuspected(
  { connectorState }: Order,
  { meter, endSuspectedSince }: Session,
  { now, policy }: DecisionContext,
): boolean {
  const isSilent = now - meter.receivedAt >= policy.silentMs;
  return FREE_STATUSES.has(connectorState.status) && endSuspectedSince === undefined && isSilent;
}

/** Sets or renews the charging profile. If nothing more may be delivered, the end of the profile ends the session. */
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
  const renewal = renewProfile(order, session, context);
  if (renewal) return accept({ ...order, session: renewal.session }, renewal.effects);
  const endAt = profileEndAt(session);
  if (endAt === undefined || now < endAt) return saveMeter({ ...order, session: omit(session, 'profileReviewAt') });
  const { timeMs = Infinity } = order.caps;
  const isTimeUsed = sessionMs(session, now) + PROFILE_END_TOLERANCE_MS >= timeMs;
  return requestStop(order, stopReasonFor(order, isTimeUsed ? 'time' : 'energy'), context);
}

function offlineTimerDue(order: Order, context: DecisionContext): Accepted {
  const { session } = order;
  const { now, policy } = context;
  if (!session || session.offlineSince === undefined) return noChange(order);
  if (now >= session.offlineSince + policy.offlineMs) {
    return becomeProvisional(order, 'charger offline', context, policy.finalMs);
  }
  return accept({ ...order, session: { ...session, offlineNotified: true } }, [notify('state')]);
}

function stoppingTimerDue(order: Order, context: DecisionContext): Accepted {
  const { session } = order;
  const { now, policy } = context;
  if (!session?.stop) return noChange(order);
  const suspicionAt = suspicionDeadline(session, policy);
  if (suspicionAt !== undefined && now >= suspicionAt) return believeEnd(order, session, context);
  const { offlineSince } = session;
  if (offlineSince !== undefined && now >= offlineSince + policy.offlineMs) {
    return becomeProvisional(order, 'charger offline', context, policy.finalMs);
  }
  if (now < session.stop.retryAt) return noChange(order);
  if (offlineSince === undefined) return repeatStop(order, session, session.stop, context);
  // An offline charger gets no RemoteStop, so no attempt is counted; its reconnect sends the next one.
  const stop = { ...session.stop, retryAt: now + policy.stopRetryMs };
  return accept({ ...order, session: { ...session, stop } });
}

function repeatStop(order: Order, session: Session, request: StopRequest, context: DecisionContext): Accepted {
  const { now, policy } = context;
  const isExhausted = request.attempts >= policy.stopAttempts;
  const retryAt = now + policy.stopRetryMs * (isExhausted ? EXHAUSTED_STOP_FACTOR : 1);
  const stop = { ...request, attempts: request.attempts + 1, retryAt };
  const repeated: Order = { ...order, session: { ...session, stop } };
  const isSuspected = isEndSuspected(order, session, context);
  const next = isSuspected ? suspectEnd(repeated, 'connector-free', now).order : repeated;
  const discrepancy: DiscrepancyDraft = {
    kind: 'stop-not-obeyed',
    detail: `${policy.stopAttempts} RemoteStops did not end transaction ${session.transactionId}; the bill is capped.`,
  };
  return accept(next, [{ kind: 'remote-stop' }], request.attempts === policy.stopAttempts ? [discrepancy] : []);
}

function provisionalTimerDue(order: Order, context: DecisionContext): Accepted {
  const { session } = order;
  if (!session) return noChange(order);
  const { now, maxPowerW } = context;
  const { at } = session.meter;
  const final = finalEnergy(session.meter, session, maxPowerW, { at, receivedAt: now });
  const confidence = final.confidence === 'disputed' ? 'disputed' : 'estimated';
  return completeSession(order, { session, final: { ...final, confidence }, reason: INFERRED, at }, context);
}
