/** What a charger's answer to our own call means. An answer is a hint; the transaction's messages are the truth. */
import type { OrderCommand } from '../model/command.js';
import type { Accepted, DecisionContext } from '../model/decision.js';
import { accept, endBeforeStart, noChange } from './results.js';
import { stopReasonFor } from '../metering/limit.js';
import { isTerminal, type Order, type RemoteStart } from '../model/order.js';
import { applyProfileAnswer } from '../metering/charging-profile.js';
import { requestStart, withRetryAt } from './remote-start.js';
import { requestStop } from './remote-stop.js';
import { omit } from '../model/object.js';

type Command<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

export function startAnswered(order: Order, command: Command<'start-answered'>, around: DecisionContext): Accepted {
  const { remoteStart: start } = order;
  if (order.state !== 'starting' || !start) return noChange(order);
  const { now, policy } = around;
  switch (command.answer) {
    case 'accepted':
      return accept({
        ...order,
        remoteStart: withRetryAt(
          order,
          {
            ...withStartAnswer(start, 'accepted', now),
            attempts: start.attempts + 1,
            ...(command.transactionId !== undefined && { transactionId: command.transactionId }),
          },
          now,
        ),
      });
    case 'rejected':
      // A second RemoteStart may well be refused because the first one is being obeyed: only the window decides then.
      if (start.attempts > 0) return awaitStartWindow(order, start, now);
      if (start.withProfile && now < start.deadline) {
        // Some refuse a start for the power plan that it carries. @source OCPP 1.6 §5.11
        const asked = requestStart(order, { ...start, withProfile: false }, around);
        return accept(asked.order, [asked.effect]);
      }
      return startRejected(order, withStartAnswer(start, 'rejected', now), around);
    case 'quarantined':
      // One that left before may be obeyed still.
      return start.attempts > 0
        ? awaitStartWindow(order, start, now)
        : endBeforeStart(order, 'failed', 'charger-quarantined', around);
    case 'unknown':
      return accept({
        ...order,
        remoteStart: {
          ...withStartAnswer(start, 'unknown', now),
          attempts: start.attempts + 1,
          recheckAt: now + policy.recheckMs,
        },
      });
    case 'not-sent':
      return now >= Math.max(start.requestedAt + policy.pendingMs, reservationRetryUntil(order, start, policy))
        ? endBeforeStart(order, 'failed', 'charger-offline', around)
        : accept({ ...order, state: 'confirmed' });
  }
}

/** Until when a booked one is tried: each return of its charger prolongs the deadline, but not for ever. */
function reservationRetryUntil({ slot }: Order, start: RemoteStart, policy: DecisionContext['policy']): number {
  return slot ? Math.min(start.deadline, slot.from + policy.slotGraceMs + policy.startTimeoutMs) : 0;
}

function awaitStartWindow(order: Order, start: RemoteStart, now: number): Accepted {
  return accept({ ...order, remoteStart: { ...withStartAnswer(start, 'unknown', now), attempts: start.attempts + 1 } });
}

function startRejected(order: Order, start: RemoteStart, around: DecisionContext): Accepted {
  const patient = withRetryAt(order, start, around.now);
  return patient.recheckAt === undefined
    ? endBeforeStart({ ...order, remoteStart: start }, 'failed', 'start-rejected', around)
    : accept({ ...order, remoteStart: patient });
}

function withStartAnswer(start: RemoteStart, answer: NonNullable<RemoteStart['answer']>, at: number): RemoteStart {
  return { ...start, answer, answeredAt: at };
}

export function stopAnswered(order: Order, command: Command<'stop-answered'>, around: DecisionContext): Accepted {
  const stop = order.session?.stop;
  if (order.state !== 'stopping' || !order.session || !stop) return noChange(order);
  // Accepted is no end: the transaction's own stop is waited for, and asked for again if it does not come.
  if (command.answer !== 'rejected' || stop.attempts > around.policy.stopAttempts) return noChange(order);
  const soon = around.now + Math.min(around.policy.stopRetryMs, 5000);
  return accept({
    ...order,
    session: {
      ...order.session,
      stop: { ...stop, retryAt: Math.min(stop.retryAt, soon) },
    },
  });
}

export function chargingProfileAnswered(
  order: Order,
  command: Command<'charging-profile-answered'>,
  around: DecisionContext,
): Accepted {
  const answered = order.session && applyProfileAnswer(order.session, command.answer, around.now);
  return answered ? accept({ ...order, session: answered.session }, answered.effects) : noChange(order);
}

export function transactionLimitsSet(order: Order, command: Command<'transaction-limits-set'>): Accepted {
  const { session } = order;
  if (!session || isTerminal(order) || command.limits.every((limit) => session.enforcedLimits?.includes(limit))) {
    return noChange(order);
  }
  // A plan that is in force is renewed when it wears out, and not before.
  const calm = command.limits.includes('energy') ? omit(session, 'profileReviewAt') : session;
  return accept({
    ...order,
    session: { ...calm, enforcedLimits: [...new Set([...(session.enforcedLimits ?? []), ...command.limits])] },
  });
}

/** The station stopped giving power because a limit that it keeps is reached: the session is over, its transaction not yet. */
export function transactionLimitReached(
  order: Order,
  command: Command<'transaction-limit-reached'>,
  around: DecisionContext,
): Accepted {
  const running = order.state === 'charging' || order.state === 'suspended';
  return running ? requestStop(order, stopReasonFor(order, command.limit), around) : noChange(order);
}
