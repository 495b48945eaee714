/** What the comings and goings of a charger mean for an order. */
import { becomeProvisional } from './session-end.js';
import type { OrderCommand } from '../model/command.js';
import type { Accepted, DecisionContext } from '../model/decision.js';
import { accept, endBeforeStart, notify, noChange } from './results.js';
import type { ConnectorStatus } from '../model/network.js';
import { isTerminal, type Order } from '../model/order.js';
import { type Session } from '../model/session.js';
import { profileAfterReconnect } from '../metering/charging-profile.js';
import { reservationAfterReconnect, pendingReservation } from './reservation.js';
import { requestStart, withRetryAt, startDeadline } from './remote-start.js';
import { omit } from '../model/object.js';

type Command<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

export function chargerConnected(order: Order, around: DecisionContext): Accepted {
  const { now, policy } = around;
  switch (order.state) {
    case 'confirmed': {
      const slot = pendingReservation(order);
      if (slot) return reservationAfterReconnect(order, slot, around);
      if (!order.remoteStart || order.awaitsBuyerStart) return noChange(order);
      const deadline = startDeadline(order, now, policy);
      const asked = requestStart(order, { ...order.remoteStart, deadline }, around);
      return accept(asked.order, [asked.effect]);
    }
    case 'starting': {
      if (order.remoteStart?.answer !== 'unknown') return noChange(order);
      // Whatever became of the RemoteStart, a queued StartTransaction would come now; look again shortly. A charger
      // that comes and goes does not hold an order for ever.
      const { requestedAt: wantedAt, deadline } = order.remoteStart;
      const latest = wantedAt + policy.pendingMs + policy.startTimeoutMs;
      const start = {
        ...order.remoteStart,
        recheckAt: now + policy.recheckMs,
        deadline: Math.max(deadline, Math.min(now + policy.startTimeoutMs, latest)),
      };
      return accept({ ...order, remoteStart: start });
    }
    case 'offline': {
      const told = order.session?.offlineNotified === true;
      // What flowed meanwhile is known from the next reading, and from nothing else.
      return { ...resumeSession(order, 'charging', told, now), triggerMeterValues: true };
    }
    case 'stopping':
      return order.session?.offlineSince === undefined
        ? noChange(order)
        : {
            ...resumeSession(order, 'stopping', false, now),
            effects: [{ kind: 'remote-stop' }],
          };
    default:
      return noChange(order);
  }
}

function resumeSession(order: Order, state: 'charging' | 'stopping', told: boolean, now: number): Accepted {
  if (!order.session) return noChange(order);
  const session: Session = {
    ...omit(order.session, 'offlineSince', 'offlineNotified'),
    resumedAt: now,
    meterTriggeredAt: now,
    ...profileAfterReconnect(order.session, now),
  };
  return accept({ ...order, state, session }, told ? [notify('state')] : []);
}

export function chargerDisconnected(
  order: Order,
  command: Command<'charger-disconnected'>,
  around: DecisionContext,
): Accepted {
  const { session, remoteStart: start } = order;
  const { now, policy } = around;
  if (order.state === 'starting' && start && command.restarted) {
    // The start may wait in the charger's queue because we were away: that is no fault of the buyer's.
    return accept({
      ...order,
      remoteStart: { ...start, deadline: Math.max(start.deadline, now + policy.startTimeoutMs) },
    });
  }
  if (!session || session.offlineSince !== undefined) return noChange(order);
  switch (order.state) {
    case 'charging':
    case 'suspended':
      return accept({ ...order, state: 'offline', session: { ...session, offlineSince: now } });
    case 'stopping':
      return accept({ ...order, session: { ...session, offlineSince: now } });
    default:
      return noChange(order);
  }
}

/** A boot forgets RemoteStarts, and ends transactions: by a queued StopTransaction, or by none. */
export function chargerBooted(order: Order, around: DecisionContext): Accepted {
  const { now, policy } = around;
  switch (order.state) {
    case 'starting': {
      if (!order.remoteStart || order.remoteStart.attempts === 0) return noChange(order);
      const start = {
        ...order.remoteStart,
        answer: 'unknown' as const,
        recheckAt: now + policy.recheckMs,
      };
      return accept({ ...order, remoteStart: start });
    }
    case 'charging':
    case 'suspended':
    case 'offline':
    case 'stopping':
      return suspectEnd(order, 'charger-rebooted', now);
    default:
      return noChange(order);
  }
}

/** The end of the session is suspected: who says nothing to the contrary within `unsureMs` is believed to be gone. */
export function suspectEnd(order: Order, why: string, now: number): Accepted {
  if (!order.session || order.session.endSuspectedSince !== undefined) return noChange(order);
  return accept({
    ...order,
    session: { ...order.session, endSuspectedSince: now, endSuspectedReason: why },
  });
}

export function connectorChanged(
  order: Order,
  command: Command<'connector-changed'>,
  around: DecisionContext,
): Accepted {
  const before = order.connectorState;
  const state = command.connectorState;
  if (before.status === state.status && before.errorCode === state.errorCode) return noChange(order);
  const moved: Order = { ...order, connectorState: state };
  switch (order.state) {
    case 'starting':
      if (state.status === 'Faulted') return endBeforeStart(moved, 'failed', 'connector-faulted', around);
      if (state.status === 'Available' && before.status === 'Preparing' && order.remoteStart?.answer === 'accepted') {
        // The charger's own ConnectionTimeOut ran out; it says nothing else (OCPP 1.6 §5.11).
        const start = withRetryAt(order, order.remoteStart, around.now);
        if (start.recheckAt !== undefined) return accept({ ...moved, remoteStart: start }, [notify('progress')]);
        return endBeforeStart(moved, 'failed', 'start-timeout', around);
      }
      return accept(moved, [notify('progress')]);
    case 'charging':
    case 'suspended':
    case 'stopping':
      return connectorChangedInSession(moved, before.status, around);
    case 'confirmed':
      return accept(moved, order.awaitsBuyerStart && !pendingReservation(order) ? [notify('progress')] : []);
    case 'offline':
      return accept(moved);
    default:
      return noChange(order);
  }
}

function connectorChangedInSession(order: Order, before: ConnectorStatus, around: DecisionContext): Accepted {
  const running = order.state !== 'stopping';
  // That a fault is over is news like the fault itself; nothing newer takes its place.
  const told = before === 'Faulted' ? [notify('state')] : running ? [notify('progress')] : [];
  switch (order.connectorState.status) {
    case 'Charging':
      return accept({ ...clearSuspicion(order), ...(running && { state: 'charging' as const }) }, told);
    case 'SuspendedEV':
    case 'SuspendedEVSE':
      return accept({ ...clearSuspicion(order), ...(running && { state: 'suspended' as const }) }, told);
    case 'Faulted':
      return accept(order, [notify('state')]);
    case 'Available':
    case 'Preparing': {
      const doubted = suspectEnd(order, 'connector-free', around.now);
      return doubted.save === 'none' ? accept(order) : doubted;
    }
    default:
      return accept(order);
  }
}

/** A charger that knows nothing of a transaction any more, and has nothing to send about it, will never tell its end. */
export function transactionStatusReported(
  order: Order,
  command: Command<'transaction-status-reported'>,
  around: DecisionContext,
): Accepted {
  if (order.session?.endSuspectedSince === undefined || isTerminal(order) || order.state === 'provisional')
    return noChange(order);
  if (command.ongoing) return accept(clearSuspicion(order));
  if (command.messagesQueued) return noChange(order);
  return becomeProvisional(order, order.session.endSuspectedReason ?? 'unsure', around, around.policy.lostStopMs);
}

/** The session is known to be alive again. */
export function clearSuspicion(order: Order): Order {
  if (order.session?.endSuspectedSince === undefined) return order;
  return {
    ...order,
    session: omit(order.session, 'endSuspectedSince', 'endSuspectedReason'),
  };
}

/** The connector went to somebody else before the session began. */
export function connectorOccupied(order: Order, around: DecisionContext): Accepted {
  return order.state === 'starting' || (order.state === 'confirmed' && !pendingReservation(order))
    ? endBeforeStart(order, 'failed', 'connector-taken', around)
    : noChange(order);
}
