/** What time alone changes, and when it will: every wait is a function of the saved order, so a restart loses none. */
import type { Accepted, DecisionContext } from '../model/decision.js';
import { accept, endBeforeStart, notify, noChange } from './results.js';
import { suspectEnd } from './connectivity.js';
import { omit } from '../model/object.js';
import { completeSession } from './transaction.js';
import { becomeProvisional, INFERRED } from './session-end.js';
import { limitDueAt, limitReached, stopReasonFor } from '../metering/limit.js';
import { finalEnergy, elapsedMs } from '../metering/meter.js';
import { isHoldingDraft, type Order } from '../model/order.js';
import { type Session } from '../model/session.js';
import type { SessionPolicy } from '../model/policy.js';
import { paymentDeadline, paymentTimerDue } from './payment.js';
import { expireDeferred } from './deferred-callback.js';
import {
  applyProfileAnswer,
  isStoppedByPreviousProfile,
  PROFILE_ENDING_MS,
  profileDueAt,
  profileEndAt,
  renewProfile,
} from '../metering/charging-profile.js';
import { reservationDeadline, reservationTimerDue, pendingReservation } from './reservation.js';
import { requestStart, FREE_STATUSES, withRetryAt } from './remote-start.js';
import { requestStop } from './remote-stop.js';

/** When the order next needs a `wake`, epoch ms; `undefined` when only others can move it. */
export function nextDeadline(order: Order, policy: SessionPolicy): number | undefined {
  return earliest(stateDeadline(order, policy), order.deferredCallback?.until, paymentDeadline(order));
}

function stateDeadline(order: Order, policy: SessionPolicy): number | undefined {
  const { remoteStart: start, session } = order;
  switch (order.state) {
    case 'confirmed':
      if (pendingReservation(order)) return order.slot && reservationDeadline(order.slot);
      if (order.awaitsBuyerStart) return start?.deadline;
      return start && Math.max(start.requestedAt + policy.pendingMs, order.slot ? start.deadline : 0);
    case 'starting':
      return start && earliest(start.deadline, start.recheckAt);
    case 'charging':
    case 'suspended':
      return (
        session &&
        earliest(
          suspicionDeadline(session, policy),
          profileDueAt(session),
          limitOrMeterTriggerAt(order, session, policy),
        )
      );
    case 'offline':
      return session && offlineDeadline(session, policy);
    case 'stopping':
      return (
        session &&
        earliest(
          session.stop?.retryAt,
          suspicionDeadline(session, policy),
          session.offlineSince && session.offlineSince + policy.offlineMs,
        )
      );
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

function earliest(a: number | undefined, b: number | undefined, c?: number): number | undefined {
  const earlier = a === undefined || (b !== undefined && b < a) ? b : a;
  return earlier === undefined || (c !== undefined && c < earlier) ? c : earlier;
}

function suspicionDeadline(session: Session, policy: SessionPolicy): number | undefined {
  return session.endSuspectedSince === undefined ? undefined : session.endSuspectedSince + policy.endSuspicionMs;
}

/** When what an ended order still wants of its charger is worth nothing any more. */
function cleanUpDeadline({ effects }: Order): number | undefined {
  return effects.reduce<number | undefined>(
    (first, effect) => ('notAfter' in effect ? earliest(first, effect.notAfter) : first),
    undefined,
  );
}

function limitOrMeterTriggerAt(order: Order, session: Session, policy: SessionPolicy): number {
  const limit = limitDueAt(order, session, policy);
  return Math.min(limit ?? Infinity, meterTriggerAt(session, limit, policy));
}

/**
 * When a reading is next asked for: every few seconds shortly before the session is stopped, or its power plan ends;
 * else when nothing was heard for long.
 */
function meterTriggerAt(session: Session, limit: number | undefined, policy: SessionPolicy): number {
  const heard = Math.max(session.meter.receivedAt, session.meterTriggeredAt ?? 0);
  const from = Math.min(
    (limit ?? Infinity) - policy.meterTriggerLeadMs,
    (profileEndAt(session) ?? Infinity) - PROFILE_ENDING_MS,
  );
  const near = Math.max(from, heard + policy.meterTriggerIntervalMs);
  return Math.min(near, heard + policy.silentMs);
}

function offlineDeadline(session: Session, policy: SessionPolicy): number | undefined {
  if (session.offlineSince === undefined) return undefined;
  return (
    session.offlineSince +
    (session.offlineNotified ? policy.offlineMs : Math.min(policy.offlineGraceMs, policy.offlineMs))
  );
}

/** A start can be asked for here. One that is reserved is reserved for the order that asks. */
const STARTABLE: ReadonlySet<string> = new Set([...FREE_STATUSES, 'Reserved']);
/** A plan counts in whole seconds and ends a little early. */
const PROFILE_END_TOLERANCE_MS = 5000;

export function timerDue(order: Order, around: DecisionContext): Accepted {
  const { deferredCallback: deferred } = order;
  const paid = paymentTimerDue(order, around);
  if (paid) return paid;
  if (!deferred || around.now < deferred.until) return stateTimerDue(order, around);
  return expireDeferred(stateTimerDue(omit(order, 'deferredCallback'), around), deferred);
}

function stateTimerDue(order: Order, around: DecisionContext): Accepted {
  const { now, policy } = around;
  const due = stateDeadline(order, policy);
  if (due === undefined || now < due) return noChange(order);
  switch (order.state) {
    case 'confirmed': {
      const slot = pendingReservation(order);
      if (slot) return reservationTimerDue(order, slot, around);
      return order.awaitsBuyerStart
        ? endBeforeStart(order, 'cancelled', 'start-not-asked', around)
        : endBeforeStart(order, 'failed', 'charger-offline', around);
    }
    case 'starting':
      return startingTimerDue(order, around);
    case 'charging':
    case 'suspended':
      return runningTimerDue(order, around);
    case 'offline':
      return offlineTimerDue(order, around);
    case 'stopping':
      return stoppingTimerDue(order, around);
    case 'provisional':
      return provisionalTimerDue(order, around);
    case 'draft':
      return accept({ ...order, connectorHeld: false });
    case 'completed':
    case 'cancelled':
    case 'failed':
      // Its charger stayed away too long: what it was told has run out by itself.
      return accept({
        ...order,
        effects: order.effects.filter((effect) => !('notAfter' in effect && effect.notAfter <= now)),
      });
  }
}

function startingTimerDue(order: Order, around: DecisionContext): Accepted {
  const { remoteStart: start } = order;
  const { now } = around;
  if (!start) return noChange(order);
  if (now >= start.deadline) return endBeforeStart(order, 'failed', 'start-timeout', around);
  // The same tag again is harmless: a second transaction with it is refused (at most one is ever billed).
  const idle = { ...order, remoteStart: omit(start, 'recheckAt') };
  const free = STARTABLE.has(order.connectorState.status);
  // One that is still on its way will be answered, or given up, before another is of any use.
  const underWay = order.effects.some((effect) => effect.kind === 'remote-start');
  if (!free || underWay) return accept({ ...idle, remoteStart: withRetryAt(order, idle.remoteStart, now) });
  const asked = requestStart(idle, idle.remoteStart, around);
  return accept(asked.order, [asked.effect]);
}

function runningTimerDue(order: Order, around: DecisionContext): Accepted {
  const { session } = order;
  const { now, policy } = around;
  if (!session) return noChange(order);
  const unsure = suspicionDeadline(session, policy);
  if (unsure !== undefined && now >= unsure) {
    return becomeProvisional(order, session.endSuspectedReason ?? 'unsure', around, policy.lostStopMs);
  }
  const reason = limitReached(order, session, now, policy);
  if (reason) return requestStop(order, reason, around);
  const plan = profileDueAt(session);
  if (plan !== undefined && now >= plan) return profileTimerDue(order, session, around);
  if (now < meterTriggerAt(session, limitDueAt(order, session, policy), policy)) return noChange(order);
  const asking: Order = { ...order, session: { ...session, meterTriggeredAt: now } };
  if (isEndSuspected(order, session, around))
    return { ...suspectEnd(asking, 'connector-free', now), triggerMeterValues: true };
  return {
    order: asking,
    effects: [],
    discrepancies: [],
    save: 'meter',
    triggerMeterValues: true,
  };
}

/** Its connector was last said to be free, and no reading says otherwise: one of before may have calmed the first doubt. */
function isEndSuspected(
  { connectorState }: Order,
  { meter, endSuspectedSince: unsureSince }: Session,
  { now, policy }: DecisionContext,
): boolean {
  return (
    FREE_STATUSES.has(connectorState.status) && unsureSince === undefined && now - meter.receivedAt >= policy.silentMs
  );
}

/** The plan is given, or renewed; where there is nothing more to give, its end is the session's. */
function profileTimerDue(order: Order, session: Session, around: DecisionContext): Accepted {
  const { now, policy } = around;
  const unanswered = applyProfileAnswer(session, 'unknown', now);
  if (unanswered) {
    const effects = order.effects.filter((effect) => effect.kind !== 'set-charging-profile');
    return accept({ ...order, effects, session: unanswered.session });
  }
  if (isStoppedByPreviousProfile(session)) return requestStop(order, stopReasonFor(order, 'energy'), around);
  if (session.chargingProfile?.status === 'rejected')
    return accept({ ...order, session: { ...session, chargingProfile: omit(session.chargingProfile, 'previous') } });
  const renewal = renewProfile(order, session, now, around.maxPowerW, policy);
  if (renewal) return accept({ ...order, session: renewal.session }, renewal.effects);
  const end = profileEndAt(session);
  if (end === undefined || now < end)
    return {
      order: { ...order, session: omit(session, 'profileReviewAt') },
      effects: [],
      discrepancies: [],
      save: 'meter',
    };
  const { timeMs } = order.caps;
  const late = timeMs !== undefined && elapsedMs(session, session.meter.at, now) + PROFILE_END_TOLERANCE_MS >= timeMs;
  return requestStop(order, stopReasonFor(order, late ? 'time' : 'energy'), around);
}

function offlineTimerDue(order: Order, around: DecisionContext): Accepted {
  const { session } = order;
  const { now, policy } = around;
  if (!session || session.offlineSince === undefined) return noChange(order);
  if (now >= session.offlineSince + policy.offlineMs) {
    return becomeProvisional(order, 'charger away', around, policy.finalMs);
  }
  return accept({ ...order, session: { ...session, offlineNotified: true } }, [notify('state')]);
}

function stoppingTimerDue(order: Order, around: DecisionContext): Accepted {
  const { session } = order;
  const { now, policy } = around;
  if (!session?.stop) return noChange(order);
  const unsure = suspicionDeadline(session, policy);
  if (unsure !== undefined && now >= unsure) {
    return becomeProvisional(order, session.endSuspectedReason ?? 'unsure', around, policy.lostStopMs);
  }
  if (session.offlineSince !== undefined && now >= session.offlineSince + policy.offlineMs) {
    return becomeProvisional(order, 'charger away', around, policy.finalMs);
  }
  if (now < session.stop.retryAt) return noChange(order);
  if (session.offlineSince !== undefined) {
    // It was not asked, so nothing is counted against it; its return sends the stop again.
    const stop = { ...session.stop, retryAt: now + policy.stopRetryMs };
    return accept({ ...order, session: { ...session, stop } });
  }
  const attempts = session.stop.attempts + 1;
  const exhausted = session.stop.attempts >= policy.stopAttempts;
  const retryAt = now + policy.stopRetryMs * (exhausted ? 10 : 1);
  const stop = { ...session.stop, attempts, retryAt };
  const asked: Order = { ...order, session: { ...session, stop } };
  const again = isEndSuspected(order, session, around) ? suspectEnd(asked, 'connector-free', now).order : asked;
  const rows =
    session.stop.attempts === policy.stopAttempts
      ? [
          {
            kind: 'stop-not-obeyed' as const,
            detail: `${policy.stopAttempts} RemoteStops did not end transaction ${session.transactionId}; the bill is capped.`,
          },
        ]
      : [];
  return accept(again, [{ kind: 'remote-stop' }], rows);
}

function provisionalTimerDue(order: Order, around: DecisionContext): Accepted {
  const { session } = order;
  if (!session) return noChange(order);
  const { at } = session.meter;
  const final = finalEnergy(session.meter, session, around.maxPowerW, { at, receivedAt: around.now });
  const confidence = final.confidence === 'disputed' ? 'disputed' : 'estimated';
  return completeSession(order, session, { ...final, confidence }, INFERRED, at, around);
}
