/** Reconnects, disconnects, boots and connector changes of a charger, and what they mean for an order. */
import { profileAfterReconnect } from '../metering/charging-profile.js';
import { setBackDiscrepancies, withDoubtfulGap } from '../metering/clock-gap.js';
import type { CommandOf } from '../model/command.js';
import type { Accepted, DecisionContext } from '../model/decision.js';
import type { ConnectorStatus } from '../model/network.js';
import { omit } from '../model/object.js';
import { isTerminal, type Order, type RemoteStart } from '../model/order.js';
import type { Session } from '../model/session.js';
import { requestStart, startDeadline, withRetryAt } from './remote-start.js';
import { pendingReservation, reservationAfterReconnect } from './reservation.js';
import { accept, endBeforeStart, noChange, notify } from './results.js';
import { becomeProvisional } from './session-end.js';

/** Sends what waited for the charger: a reservation, a start or a stop; an offline session goes on. */
export function chargerConnected(order: Order, context: DecisionContext): Accepted {
  const { now } = context;
  switch (order.state) {
    case 'confirmed':
      return startAfterReconnect(order, context);
    case 'starting':
      return recheckAfterReconnect(order, context);
    case 'offline': {
      const wasNotified = order.session?.offlineNotified === true;
      // Only the next reading shows what was delivered in the meantime.
      return { ...resumeSession(order, 'charging', wasNotified, now), triggerMeterValues: true };
    }
    case 'stopping':
      return order.session?.offlineSince === undefined
        ? noChange(order)
        : { ...resumeSession(order, 'stopping', false, now), effects: [{ kind: 'remote-stop' }] };
    default:
      return noChange(order);
  }
}

function startAfterReconnect(order: Order, context: DecisionContext): Accepted {
  const slot = pendingReservation(order);
  if (slot) return reservationAfterReconnect(order, slot, context);
  if (!order.remoteStart || order.awaitsBuyerStart) return noChange(order);
  const deadline = startDeadline(order, context.now, context.policy);
  const starting = requestStart(order, { ...order.remoteStart, deadline }, context);
  return accept(starting.order, [starting.effect]);
}

/**
 * Waits for a queued start before an unanswered RemoteStart is sent again. Reconnects prolong the deadline, but not
 * beyond `pendingMs + startTimeoutMs` after the request.
 */
function recheckAfterReconnect(order: Order, { now, policy }: DecisionContext): Accepted {
  if (order.remoteStart?.answer !== 'unknown') return noChange(order);
  const { requestedAt, deadline } = order.remoteStart;
  const latest = requestedAt + policy.pendingMs + policy.startTimeoutMs;
  const remoteStart: RemoteStart = {
    ...order.remoteStart,
    recheckAt: now + policy.recheckMs,
    deadline: Math.max(deadline, Math.min(now + policy.startTimeoutMs, latest)),
  };
  return accept({ ...order, remoteStart });
}

function resumeSession(order: Order, state: 'charging' | 'stopping', wasNotified: boolean, now: number): Accepted {
  if (!order.session) return noChange(order);
  const session: Session = {
    ...omit(order.session, 'offlineSince', 'offlineNotified'),
    resumedAt: now,
    meterTriggeredAt: now,
    ...profileAfterReconnect(order.session, now),
  };
  return accept({ ...order, state, session }, wasNotified ? [notify('state')] : []);
}

/** Marks a running session as offline. After a restart of our process, a pending start gets its full time again. */
export function chargerDisconnected(
  order: Order,
  command: CommandOf<'charger-disconnected'>,
  { now, policy }: DecisionContext,
): Accepted {
  const { session, remoteStart } = order;
  if (order.state === 'starting' && remoteStart && command.restarted) {
    // The start may be queued in the charger because we were away, which must not fail the buyer's order.
    const deadline = Math.max(remoteStart.deadline, now + policy.startTimeoutMs);
    return accept({ ...order, remoteStart: { ...remoteStart, deadline } });
  }
  if (!session || session.offlineSince !== undefined) return noChange(order);
  const away = { ...(command.restarted ? withDoubtfulGap(session, order, now) : session), offlineSince: now };
  const discrepancies = setBackDiscrepancies(order, command.setBackMs, { now });
  switch (order.state) {
    case 'charging':
    case 'suspended':
      return accept({ ...order, state: 'offline', session: away }, [], discrepancies);
    case 'stopping':
      return accept({ ...order, session: away }, [], discrepancies);
    default:
      return noChange(order);
  }
}

/** A boot loses pending RemoteStarts and ends transactions, whether or not a stop is queued. */
export function chargerBooted(order: Order, { now, policy }: DecisionContext): Accepted {
  switch (order.state) {
    case 'starting': {
      if (!order.remoteStart || order.remoteStart.attempts === 0) return noChange(order);
      const recheckAt = now + policy.recheckMs;
      return accept({ ...order, remoteStart: { ...order.remoteStart, answer: 'unknown', recheckAt } });
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

/**
 * Marks the end of a session as suspected. Unless a message disproves it within `endSuspicionMs`, the session becomes
 * provisional.
 */
export function suspectEnd(order: Order, reason: string, now: number): Accepted {
  if (!order.session || order.session.endSuspectedSince !== undefined) return noChange(order);
  return accept({ ...order, session: { ...order.session, endSuspectedSince: now, endSuspectedReason: reason } });
}

/** Applies a new state of the ordered connector; a fault or an unplugged cable can end the start. */
export function connectorChanged(
  order: Order,
  { connectorState }: CommandOf<'connector-changed'>,
  context: DecisionContext,
): Accepted {
  const before = order.connectorState;
  if (before.status === connectorState.status && before.errorCode === connectorState.errorCode) return noChange(order);
  const changed: Order = { ...order, connectorState };
  switch (order.state) {
    case 'starting':
      return connectorChangedAtStart(changed, before.status, context);
    case 'charging':
    case 'suspended':
    case 'stopping':
      return connectorChangedInSession(changed, before.status, context);
    case 'confirmed':
      return accept(changed, order.awaitsBuyerStart && !pendingReservation(order) ? [notify('progress')] : []);
    case 'offline':
      return accept(changed);
    default:
      return noChange(order);
  }
}

function connectorChangedAtStart(order: Order, before: ConnectorStatus, context: DecisionContext): Accepted {
  const { status } = order.connectorState;
  if (status === 'Faulted') return endBeforeStart(order, 'connector-faulted', context);
  const { remoteStart } = order;
  if (status === 'Available' && before === 'Preparing' && remoteStart?.answer === 'accepted') {
    // The charger's own ConnectionTimeOut has passed; no other message reports it (OCPP 1.6 §5.11).
    const start = withRetryAt(order, remoteStart, context.now);
    if (start.recheckAt === undefined) return endBeforeStart(order, 'start-timeout', context);
    return accept({ ...order, remoteStart: start }, [notify('progress')]);
  }
  return accept(order, [notify('progress')]);
}

function connectorChangedInSession(order: Order, before: ConnectorStatus, { now }: DecisionContext): Accepted {
  const isRunning = order.state !== 'stopping';
  // The end of a fault is a state change like the fault itself, so no later progress callback may replace it.
  const callbacks = before === 'Faulted' ? [notify('state')] : isRunning ? [notify('progress')] : [];
  switch (order.connectorState.status) {
    case 'Charging':
      return accept({ ...clearSuspicion(order), ...(isRunning && { state: 'charging' as const }) }, callbacks);
    case 'SuspendedEV':
    case 'SuspendedEVSE':
      return accept({ ...clearSuspicion(order), ...(isRunning && { state: 'suspended' as const }) }, callbacks);
    case 'Faulted':
      return accept(order, [notify('state')]);
    case 'Available':
    case 'Preparing':
      return accept(suspectEnd(order, 'connector-free', now).order);
    default:
      return accept(order);
  }
}

/**
 * Applies the charger's report on a transaction whose end is suspected. If the transaction is over and no message of it
 * is queued, its stop will never come.
 */
export function transactionStatusReported(
  order: Order,
  { ongoing, messagesQueued }: CommandOf<'transaction-status-reported'>,
  context: DecisionContext,
): Accepted {
  if (order.session?.endSuspectedSince === undefined || isTerminal(order) || order.state === 'provisional') {
    return noChange(order);
  }
  if (ongoing) return accept(clearSuspicion(order));
  if (messagesQueued) return noChange(order);
  const { endSuspectedReason = 'end suspected' } = order.session;
  return becomeProvisional(order, endSuspectedReason, context, context.policy.lostStopMs);
}

/** Clears the suspicion that the session has ended. */
export function clearSuspicion(order: Order): Order {
  if (order.session?.endSuspectedSince === undefined) return order;
  return { ...order, session: omit(order.session, 'endSuspectedSince', 'endSuspectedReason') };
}

/** Another transaction took the connector before the session began. */
export function connectorOccupied(order: Order, context: DecisionContext): Accepted {
  return order.state === 'starting' || (order.state === 'confirmed' && !pendingReservation(order))
    ? endBeforeStart(order, 'connector-taken', context)
    : noChange(order);
}
