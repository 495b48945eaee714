/** The charger's responses to our calls. They are only hints; the messages of the transaction are authoritative. */
import { applyProfileAnswer } from '../metering/charging-profile.js';
import { stopReasonFor } from '../metering/limit.js';
import type { CommandOf } from '../model/command.js';
import type { Accepted, DecisionContext } from '../model/decision.js';
import { omit } from '../model/object.js';
import { isTerminal, type Order, type RemoteStart } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import { deadlinesOf, requestStart, withRetryAt } from './remote-start.js';
import { requestStop } from './remote-stop.js';
import { accept, endBeforeStart, noChange } from './results.js';

/** Records the response to a RemoteStart. */
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
      // The charger may still obey a RemoteStart that was sent before.
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
  // A repeat may be rejected because the charger obeys an earlier RemoteStart, so only the start window decides.
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

/** Until when the start of a booked order is tried: each reconnect prolongs the deadline, but not indefinitely. */
function reservationRetryUntil({ slot }: Order, { deadline }: RemoteStart, policy: SessionPolicy): number {
  return slot ? Math.min(deadline, slot.from + policy.slotGraceMs + policy.startTimeoutMs) : 0;
}

function awaitStartWindow(order: Order, remoteStart: RemoteStart, now: number): Accepted {
  return accept({ ...order, remoteStart: withAnswer(countAttempt(remoteStart), 'unknown', now) });
}

function countAttempt(remoteStart: RemoteStart): RemoteStart {
  return { ...remoteStart, attempts: remoteStart.attempts + 1 };
}

function withAnswer(remoteStart: RemoteStart, answer: NonNullable<RemoteStart['answer']>, at: number): RemoteStart {
  return { ...remoteStart, answer, answeredAt: at };
}

/** Repeats a rejected RemoteStop soon. An accepted one ends nothing; the stop of the transaction is still awaited. */
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

/** Records the response to a charging profile. */
export function chargingProfileAnswered(
  order: Order,
  { answer }: CommandOf<'charging-profile-answered'>,
  { now }: DecisionContext,
): Accepted {
  const change = order.session && applyProfileAnswer(order.session, answer, now);
  return change ? accept({ ...order, session: change.session }, change.effects) : noChange(order);
}

/** Records which limits the station enforces by itself. */
export function transactionLimitsSet(order: Order, { limits }: CommandOf<'transaction-limits-set'>): Accepted {
  const { session } = order;
  const enforced = session?.enforcedLimits ?? [];
  if (!session || isTerminal(order) || limits.every((limit) => enforced.includes(limit))) return noChange(order);
  // A charging profile in force is renewed when it is nearly used up, not before.
  const reviewed = limits.includes('energy') ? omit(session, 'profileReviewAt') : session;
  return accept({ ...order, session: { ...reviewed, enforcedLimits: [...new Set([...enforced, ...limits])] } });
}

/** Stops a session whose station has stopped the energy at a limit; its transaction is still open. */
export function transactionLimitReached(
  order: Order,
  { limit }: CommandOf<'transaction-limit-reached'>,
  context: DecisionContext,
): Accepted {
  const isRunning = order.state === 'charging' || order.state === 'suspended';
  return isRunning ? requestStop(order, stopReasonFor(order, limit), context) : noChange(order);
}
