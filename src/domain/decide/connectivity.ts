/** What the comings and goings of a charger mean for an order. */
import { becomeProvisional } from './session-end.js';
import type { OrderCommand } from '../model/command.js';
import type { Accepted } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { changed, endUnstarted, tell, unchanged } from './results.js';
import type { ConnectorStatus } from '../model/network.js';
import { isTerminal, type Order, type Session } from '../model/order.js';
import { planAfterReturn } from '../metering/charging-profile.js';
import { slotAfterReturn, waiting } from './reservation.js';
import { askStart, patiently, startDeadline } from './remote-start.js';
import { without } from '../model/object.js';

type Of<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

export function chargerConnected(order: Order, around: Surroundings): Accepted {
  const { now, policy } = around;
  switch (order.state) {
    case 'confirmed': {
      const slot = waiting(order);
      if (slot) return slotAfterReturn(order, slot, around);
      if (!order.start || order.awaitsStart) return unchanged(order);
      const deadline = startDeadline(order, now, policy);
      const asked = askStart(order, { ...order.start, deadline }, around);
      return changed(asked.order, [asked.effect]);
    }
    case 'starting': {
      if (order.start?.answer !== 'unknown') return unchanged(order);
      // Whatever became of the RemoteStart, a queued StartTransaction would come now; look again shortly. A charger
      // that comes and goes does not hold an order for ever.
      const { wantedAt, deadline } = order.start;
      const latest = wantedAt + policy.pendingMs + policy.startTimeoutMs;
      const start = {
        ...order.start,
        recheckAt: now + policy.recheckMs,
        deadline: Math.max(deadline, Math.min(now + policy.startTimeoutMs, latest)),
      };
      return changed({ ...order, start });
    }
    case 'offline': {
      const told = order.session?.offlineTold === true;
      // What flowed meanwhile is known from the next reading, and from nothing else.
      return { ...backOnline(order, 'charging', told, now), askMeter: true };
    }
    case 'stopping':
      return order.session?.offlineSince === undefined
        ? unchanged(order)
        : {
            ...backOnline(order, 'stopping', false, now),
            effects: [{ kind: 'remote-stop' }],
          };
    default:
      return unchanged(order);
  }
}

function backOnline(order: Order, state: 'charging' | 'stopping', told: boolean, now: number): Accepted {
  if (!order.session) return unchanged(order);
  const session: Session = {
    ...without(order.session, 'offlineSince', 'offlineTold'),
    resumedAt: now,
    askedAt: now,
    ...planAfterReturn(order.session, now),
  };
  return changed({ ...order, state, session }, told ? [tell('state')] : []);
}

export function chargerDisconnected(order: Order, command: Of<'charger-disconnected'>, around: Surroundings): Accepted {
  const { session, start } = order;
  const { now, policy } = around;
  if (order.state === 'starting' && start && command.restarted) {
    // The start may wait in the charger's queue because we were away: that is no fault of the buyer's.
    return changed({ ...order, start: { ...start, deadline: Math.max(start.deadline, now + policy.startTimeoutMs) } });
  }
  if (!session || session.offlineSince !== undefined) return unchanged(order);
  switch (order.state) {
    case 'charging':
    case 'suspended':
      return changed({ ...order, state: 'offline', session: { ...session, offlineSince: now } });
    case 'stopping':
      return changed({ ...order, session: { ...session, offlineSince: now } });
    default:
      return unchanged(order);
  }
}

/** A boot forgets RemoteStarts, and ends transactions: by a queued StopTransaction, or by none. */
export function chargerBooted(order: Order, around: Surroundings): Accepted {
  const { now, policy } = around;
  switch (order.state) {
    case 'starting': {
      if (!order.start || order.start.attempts === 0) return unchanged(order);
      const start = {
        ...order.start,
        answer: 'unknown' as const,
        recheckAt: now + policy.recheckMs,
      };
      return changed({ ...order, start });
    }
    case 'charging':
    case 'suspended':
    case 'offline':
    case 'stopping':
      return doubt(order, 'charger-rebooted', now);
    default:
      return unchanged(order);
  }
}

/** The end of the session is suspected: who says nothing to the contrary within `unsureMs` is believed to be gone. */
export function doubt(order: Order, why: string, now: number): Accepted {
  if (!order.session || order.session.unsureSince !== undefined) return unchanged(order);
  return changed({
    ...order,
    session: { ...order.session, unsureSince: now, unsureReason: why },
  });
}

export function connectorChanged(order: Order, command: Of<'connector-changed'>, around: Surroundings): Accepted {
  const before = order.connectorState;
  const state = command.connectorState;
  if (before.status === state.status && before.errorCode === state.errorCode) return unchanged(order);
  const moved: Order = { ...order, connectorState: state };
  switch (order.state) {
    case 'starting':
      if (state.status === 'Faulted') return endUnstarted(moved, 'failed', 'connector-faulted', around);
      if (state.status === 'Available' && before.status === 'Preparing' && order.start?.answer === 'accepted') {
        // The charger's own ConnectionTimeOut ran out; it says nothing else (OCPP 1.6 §5.11).
        const start = patiently(order, order.start, around.now);
        if (start.recheckAt !== undefined) return changed({ ...moved, start }, [tell('progress')]);
        return endUnstarted(moved, 'failed', 'start-timeout', around);
      }
      return changed(moved, [tell('progress')]);
    case 'charging':
    case 'suspended':
    case 'stopping':
      return duringSession(moved, before.status, around);
    case 'confirmed':
      return changed(moved, order.awaitsStart && !waiting(order) ? [tell('progress')] : []);
    case 'offline':
      return changed(moved);
    default:
      return unchanged(order);
  }
}

function duringSession(order: Order, before: ConnectorStatus, around: Surroundings): Accepted {
  const running = order.state !== 'stopping';
  // That a fault is over is news like the fault itself; nothing newer takes its place.
  const told = before === 'Faulted' ? [tell('state')] : running ? [tell('progress')] : [];
  switch (order.connectorState.status) {
    case 'Charging':
      return changed({ ...sure(order), ...(running && { state: 'charging' as const }) }, told);
    case 'SuspendedEV':
    case 'SuspendedEVSE':
      return changed({ ...sure(order), ...(running && { state: 'suspended' as const }) }, told);
    case 'Faulted':
      return changed(order, [tell('state')]);
    case 'Available':
    case 'Preparing': {
      const doubted = doubt(order, 'connector-free', around.now);
      return doubted.save === 'none' ? changed(order) : doubted;
    }
    default:
      return changed(order);
  }
}

/** A charger that knows nothing of a transaction any more, and has nothing to send about it, will never tell its end. */
export function sessionChecked(order: Order, command: Of<'session-checked'>, around: Surroundings): Accepted {
  if (order.session?.unsureSince === undefined || isTerminal(order) || order.state === 'provisional')
    return unchanged(order);
  if (command.ongoing) return changed(sure(order));
  if (command.queued) return unchanged(order);
  return becomeProvisional(order, order.session.unsureReason ?? 'unsure', around, around.policy.lostStopMs);
}

/** The session is known to be alive again. */
export function sure(order: Order): Order {
  if (order.session?.unsureSince === undefined) return order;
  return {
    ...order,
    session: without(order.session, 'unsureSince', 'unsureReason'),
  };
}

/** The connector went to somebody else before the session began. */
export function connectorLost(order: Order, around: Surroundings): Accepted {
  return order.state === 'starting' || (order.state === 'confirmed' && !waiting(order))
    ? endUnstarted(order, 'failed', 'connector-taken', around)
    : unchanged(order);
}
