/** What a charger's answer to our own call means. An answer is a hint; the transaction's messages are the truth. */
import type { OrderCommand } from '../model/command.js';
import type { Accepted } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { changed, endUnstarted, unchanged } from './results.js';
import { reasonOf } from '../metering/limit.js';
import { isTerminal, type Order, type Start } from '../model/order.js';
import { answeredPlan } from '../metering/charging-profile.js';
import { askStart, patiently } from './remote-start.js';
import { beginStop } from './remote-stop.js';
import { without } from '../model/object.js';

type Of<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

export function startAnswered(order: Order, command: Of<'start-answered'>, around: Surroundings): Accepted {
  const { start } = order;
  if (order.state !== 'starting' || !start) return unchanged(order);
  const { now, policy } = around;
  switch (command.answer) {
    case 'accepted':
      return changed({
        ...order,
        start: patiently(
          order,
          {
            ...answered(start, 'accepted', now),
            attempts: start.attempts + 1,
            ...(command.transactionId !== undefined && { transactionId: command.transactionId }),
          },
          now,
        ),
      });
    case 'rejected':
      // A second RemoteStart may well be refused because the first one is being obeyed: only the window decides then.
      if (start.attempts > 0) return onlyTheWindow(order, start, now);
      if (start.planned && now < start.deadline) {
        // Some refuse a start for the power plan that it carries. @source OCPP 1.6 §5.11
        const asked = askStart(order, { ...start, planned: false }, around);
        return changed(asked.order, [asked.effect]);
      }
      return refusedStart(order, answered(start, 'rejected', now), around);
    case 'barred':
      // One that left before may be obeyed still.
      return start.attempts > 0
        ? onlyTheWindow(order, start, now)
        : endUnstarted(order, 'failed', 'charger-quarantined', around);
    case 'unknown':
      return changed({
        ...order,
        start: {
          ...answered(start, 'unknown', now),
          attempts: start.attempts + 1,
          recheckAt: now + policy.recheckMs,
        },
      });
    case 'not-sent':
      return now >= Math.max(start.wantedAt + policy.pendingMs, slotUntil(order, start, policy))
        ? endUnstarted(order, 'failed', 'charger-offline', around)
        : changed({ ...order, state: 'confirmed' });
  }
}

/** Until when a booked one is tried: each return of its charger prolongs the deadline, but not for ever. */
function slotUntil({ slot }: Order, start: Start, policy: Surroundings['policy']): number {
  return slot ? Math.min(start.deadline, slot.from + policy.slotGraceMs + policy.startTimeoutMs) : 0;
}

function onlyTheWindow(order: Order, start: Start, now: number): Accepted {
  return changed({ ...order, start: { ...answered(start, 'unknown', now), attempts: start.attempts + 1 } });
}

function refusedStart(order: Order, start: Start, around: Surroundings): Accepted {
  const patient = patiently(order, start, around.now);
  return patient.recheckAt === undefined
    ? endUnstarted({ ...order, start }, 'failed', 'start-rejected', around)
    : changed({ ...order, start: patient });
}

function answered(start: Start, answer: NonNullable<Start['answer']>, at: number): Start {
  return { ...start, answer, answeredAt: at };
}

export function stopAnswered(order: Order, command: Of<'stop-answered'>, around: Surroundings): Accepted {
  const stop = order.session?.stop;
  if (order.state !== 'stopping' || !order.session || !stop) return unchanged(order);
  // Accepted is no end: the transaction's own stop is waited for, and asked for again if it does not come.
  if (command.answer !== 'rejected' || stop.attempts > around.policy.stopAttempts) return unchanged(order);
  const soon = around.now + Math.min(around.policy.stopRetryMs, 5000);
  return changed({
    ...order,
    session: {
      ...order.session,
      stop: { ...stop, retryAt: Math.min(stop.retryAt, soon) },
    },
  });
}

export function planAnswered(order: Order, command: Of<'plan-answered'>, around: Surroundings): Accepted {
  const answered = order.session && answeredPlan(order.session, command.answer, around.now);
  return answered ? changed({ ...order, session: answered.session }, answered.effects) : unchanged(order);
}

export function limitsKept(order: Order, command: Of<'limits-kept'>): Accepted {
  const { session } = order;
  if (!session || isTerminal(order) || command.limits.every((limit) => session.kept?.includes(limit))) {
    return unchanged(order);
  }
  // A plan that is in force is renewed when it wears out, and not before.
  const calm = command.limits.includes('energy') ? without(session, 'planAt') : session;
  return changed({ ...order, session: { ...calm, kept: [...new Set([...(session.kept ?? []), ...command.limits])] } });
}

/** The station stopped giving power because a limit that it keeps is reached: the session is over, its transaction not yet. */
export function limitHit(order: Order, command: Of<'limit-hit'>, around: Surroundings): Accepted {
  const running = order.state === 'charging' || order.state === 'suspended';
  return running ? beginStop(order, reasonOf(order, command.limit), around) : unchanged(order);
}
