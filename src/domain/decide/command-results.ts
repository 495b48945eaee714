/**
 * Handles the charger's responses to our calls, and its reports on limits that it enforces. Only the transaction's own
 * messages prove that it began or ended.
 */
import { applyProfileAnswer, withChangedLimit } from '../metering/charging-profile.js';
import { enforcedAfter, stopReasonFor } from '../metering/limit.js';
import type { CommandOf } from '../model/command.js';
import type { Accepted, DecisionContext } from '../model/decision.js';
import { omit } from '../model/object.js';
import { isTerminal, type Order, type RemoteStart } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import { deadlinesOf, requestStart, withRetryAt } from './remote-start.js';
import { requestStop } from './remote-stop.js';
import { accept, endBeforeStart, noChange } from './results.js';

/** Applies the response to a RemoteStart: the order waits for its transaction, is started again, or ends. */
export function startAnswered(order: Order, command: CommandOf<'start-answered'>, context: DecisionContext): Accepted {
  const { remoteStart } = order;
  if (order.state !== 'starting' || !remoteStart) return noChange(order);
  const { now, policy } = context;
  switch (command.answer) {
    case 'accepted':
      return startAccepted(order, remoteStart, command, now);
    case 'rejected':
      return startRejected(order, remoteStart, context);
    case 'quarantined':
      // The charger may still obey an earlier RemoteStart.
      return remoteStart.attempts > 0
        ? awaitStartWindow(order, remoteStart, now)
        : endBeforeStart(order, 'charger-quarantined', context);
    case 'unknown': {
      const answered = withAnswer(countAttempt(remoteStart), 'unknown', now);
      return accept({ ...order, remoteStart: { ...answered, recheckAt: now + policy.recheckMs } });
    }
    case 'not-sent': {
      const pendingUntil = Math.min(
        Math.max(remoteStart.requestedAt + policy.pendingMs, reservationRetryUntil(order, remoteStart, policy)),
        deadlinesOf(order, policy).startBy,
      );
      return now >= pendingUntil
        ? endBeforeStart(order, 'charger-offline', context)
        : accept({ ...order, state: 'confirmed' });
    }
  }
}

function startAccepted(
  order: Order,
  remoteStart: RemoteStart,
  { transactionId }: CommandOf<'start-answered'>,
  now: number,
): Accepted {
  const answered: RemoteStart = {
    ...withAnswer(countAttempt(remoteStart), 'accepted', now),
    ...(transactionId !== undefined && { transactionId }),
  };
  return accept({ ...order, remoteStart: withRetryAt(order, answered, now) });
}

function startRejected(order: Order, remoteStart: RemoteStart, context: DecisionContext): Accepted {
  const { now } = context;
  // The charger may reject a repeat because it is obeying an earlier RemoteStart, so wait until the deadline.
  if (remoteStart.attempts > 0) return awaitStartWindow(order, remoteStart, now);
  if (remoteStart.withProfile && now < remoteStart.deadline) {
    // Some chargers reject a RemoteStart because of its charging profile. @source OCPP 1.6 §5.11
    return requestStart(order, { ...remoteStart, withProfile: false }, context);
  }
  const rejected = withAnswer(remoteStart, 'rejected', now);
  const retried = withRetryAt(order, rejected, now);
  return retried.recheckAt === undefined
    ? endBeforeStart({ ...order, remoteStart: rejected }, 'start-rejected', context)
    : accept({ ...order, remoteStart: retried });
}

/**
 * Returns when to give up starting a booked order, epoch ms; 0 without a slot. Reconnects extend the deadline of its
 * RemoteStart, so the slot sets an upper limit.
 */
function reservationRetryUntil({ slot }: Order, { deadline }: RemoteStart, policy: SessionPolicy): number {
  return slot ? Math.min(deadline, slot.from + policy.slotGraceMs + policy.startTimeoutMs) : 0;
}

function awaitStartWindow(order: Order, remoteStart: RemoteStart, now: number): Accepted {
  return accept({ ...order, remoteStart: withAnswer(countAttempt(remoteStart), 'unknown', now) });
}

function countAttempt(remoteStart: RemoteStart): RemoteStart {
  return { ...remoteStart, attempts: remoteStart.attempts + 1 };
}

/** Records an answer, and cancels the repeat that a boot or a reconnect has scheduled in the meantime. */
function withAnswer(remoteStart: RemoteStart, answer: NonNullable<RemoteStart['answer']>, at: number): RemoteStart {
  return { ...omit(remoteStart, 'recheckAt'), answer, answeredAt: at };
}

/**
 * Brings forward the repeat of a rejected RemoteStop, unless the attempts are used up. An accepted one changes nothing:
 * the session still runs.
 */
export function stopAnswered(
  order: Order,
  { answer }: CommandOf<'stop-answered'>,
  { now, policy }: DecisionContext,
): Accepted {
  const { session } = order;
  if (order.state !== 'stopping' || !session?.stop) return noChange(order);
  const { stop } = session;
  if (answer !== 'rejected' || stop.attempts > policy.stopAttempts) return noChange(order);
  const retryAt = Math.min(stop.retryAt, now + Math.min(policy.stopRetryMs, REJECTED_STOP_RETRY_MS));
  return accept({ ...order, session: { ...session, stop: { ...stop, retryAt } } });
}

const REJECTED_STOP_RETRY_MS = 5000;

/** Records the response to a SetChargingProfile; a rejection also clears the previous profile. */
export function chargingProfileAnswered(
  order: Order,
  { answer }: CommandOf<'charging-profile-answered'>,
  { now }: DecisionContext,
): Accepted {
  const change = order.session && applyProfileAnswer(order.session, answer, now);
  return change ? accept({ ...order, session: change.session }, change.effects) : noChange(order);
}

/** Records which limits of the order the station now enforces itself. */
export function transactionLimitsSet(
  order: Order,
  { limits }: CommandOf<'transaction-limits-set'>,
  { now }: DecisionContext,
): Accepted {
  const { session } = order;
  if (!session || isTerminal(order)) return noChange(order);
  const before = session.enforcedLimits ?? [];
  const enforced = enforcedAfter(order, session, limits);
  if (enforced.join() === before.join()) return noChange(order);
  // With the energy limit enforced, no review is needed; an existing profile is still renewed before it ends.
  if (enforced.includes('energy')) {
    return accept({ ...order, session: { ...omit(session, 'profileReviewAt'), enforcedLimits: enforced } });
  }
  const reviewed = before.includes('energy') ? withChangedLimit(session, now) : omit(session, 'enforcedLimits');
  return accept({ ...order, session: { ...reviewed, ...(enforced.length > 0 && { enforcedLimits: enforced }) } });
}

/** Requests a stop when the station reports that it reached a limit, because the transaction is still open. */
export function transactionLimitReached(
  order: Order,
  { limit }: CommandOf<'transaction-limit-reached'>,
  context: DecisionContext,
): Accepted {
  const isRunning = order.state === 'charging' || order.state === 'suspended';
  return isRunning ? requestStop(order, stopReasonFor(order, limit), context) : noChange(order);
}
