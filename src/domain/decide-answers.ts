/** What a charger's answer to our own call means. An answer is a hint; the transaction's messages are the truth. */
import type { OrderCommand } from './command.js';
import type { Accepted } from './decision.js';
import type { Surroundings } from './decide.js';
import { changed, endUnstarted, unchanged } from './change.js';
import type { Order, Start } from './order.js';

type Of<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

export function startAnswered(order: Order, command: Of<'start-answered'>, around: Surroundings): Accepted {
  const { start } = order;
  if (order.state !== 'starting' || !start) return unchanged(order);
  const { now, policy } = around;
  switch (command.answer) {
    case 'accepted':
      return changed({
        ...order,
        start: {
          ...answered(start, 'accepted', now),
          attempts: start.attempts + 1,
          ...(command.transactionId !== undefined && { transactionId: command.transactionId }),
        },
      });
    case 'rejected':
      // A second RemoteStart may well be refused because the first one is being obeyed: only the window decides then.
      if (start.attempts > 0)
        return changed({
          ...order,
          start: {
            ...answered(start, 'unknown', now),
            attempts: start.attempts + 1,
          },
        });
      return endUnstarted({ ...order, start: answered(start, 'rejected', now) }, 'failed', 'start-rejected', around);
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
      return now >= start.wantedAt + policy.pendingMs
        ? endUnstarted(order, 'failed', 'charger-offline', around)
        : changed({ ...order, state: 'confirmed' });
  }
}

function answered(start: Start, answer: NonNullable<Start['answer']>, at: number): Start {
  return { ...start, answer, answeredAt: at };
}

export function stopAnswered(order: Order, command: Of<'stop-answered'>, around: Surroundings): Accepted {
  const stop = order.session?.stop;
  if (order.state !== 'stopping' || !order.session || !stop) return unchanged(order);
  // Accepted is no end: the transaction's own stop is waited for, and asked for again if it does not come.
  if (command.answer !== 'rejected') return unchanged(order);
  const soon = around.now + Math.min(around.policy.stopRetryMs, 5000);
  return changed({
    ...order,
    session: {
      ...order.session,
      stop: { ...stop, retryAt: Math.min(stop.retryAt, soon) },
    },
  });
}
