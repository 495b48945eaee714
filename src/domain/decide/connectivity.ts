/** Applies a charger's reconnects, disconnects, boots and connector changes to an order. */
import { profileAfterReconnect } from '../metering/charging-profile.js';
import { setBackDiscrepancies, withClockGap } from '../metering/clock-gap.js';
import { isEndStatus, isSuspension, isTransactionStatus } from '../metering/liveness.js';
import type { CommandOf } from '../model/command.js';
import type { Accepted, DecisionContext } from '../model/decision.js';
import type { ConnectorStatus } from '../model/network.js';
import { omit } from '../model/object.js';
import { isTerminal, type Order, type RemoteStart } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import { copySession } from '../model/running-copies.js';
import type { Session } from '../model/session.js';
import { deadlinesOf, requestStart, startDeadline, withRetryAt } from './remote-start.js';
import { pendingReservation, reservationAfterReconnect } from './reservation.js';
import { accept, endBeforeStart, noChange, notify } from './results.js';
import { becomeProvisional, completeByAssumedStop, suspectEnd } from './session-end.js';

/** Handles a reconnect: requests a pending reservation, start or stop, or resumes an offline session. */
export function chargerConnected(order: Order, context: DecisionContext): Accepted {
  const { now } = context;
  switch (order.state) {
    case 'confirmed':
      return startAfterReconnect(order, context);
    case 'starting': {
      const { remoteStart } = order;
      return remoteStart?.answer === 'unknown' ? awaitQueuedStart(order, remoteStart, context) : noChange(order);
    }
    case 'offline': {
      const wasNotified = order.session?.offlineNotified === true;
      // Only a new reading shows what was delivered while the charger was offline.
      return { ...resumeSession(order, 'charging', wasNotified, now), triggerMeterValues: true };
    }
    case 'stopping':
      return order.session?.offlineSince === undefined
        ? noChange(order)
        : { ...resumeSession(order, 'stopping', false, now), effects: [{ kind: 'remote-stop' }] };
    case 'provisional':
      // If the session went on, its queued readings come first. They do not show what was delivered since.
      return order.session ? accept({ ...order, session: { ...order.session, resumedAt: now } }) : noChange(order);
    default:
      return noChange(order);
  }
}

function startAfterReconnect(order: Order, context: DecisionContext): Accepted {
  const slot = pendingReservation(order);
  if (slot) return reservationAfterReconnect(order, slot, context);
  const { remoteStart } = order;
  if (!remoteStart || order.awaitsBuyerStart) return noChange(order);
  // A repeat could not be sent, but the charger may have obeyed the RemoteStart before it.
  if (remoteStart.attempts > 0) return awaitQueuedStart({ ...order, state: 'starting' }, remoteStart, context);
  const deadline = startDeadline(order, context.now, context.policy);
  return requestStart(order, { ...remoteStart, deadline }, context);
}

/**
 * Waits for a start that the charger may have queued, before sending the RemoteStart again. Reconnects prolong the
 * wait, but never beyond the order's deadline for starts.
 */
function awaitQueuedStart(order: Order, start: RemoteStart, { now, policy }: DecisionContext): Accepted {
  const latest = deadlinesOf(order, policy).startBy;
  const remoteStart: RemoteStart = {
    ...start,
    recheckAt: now + policy.recheckMs,
    deadline: Math.max(start.deadline, Math.min(now + policy.startTimeoutMs, latest)),
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

/**
 * Marks a running session as offline. After a restart of our process, also records the time that is in doubt or, if a
 * start is pending, extends its deadline.
 */
export function chargerDisconnected(
  order: Order,
  { restart }: CommandOf<'charger-disconnected'>,
  { now, policy }: DecisionContext,
): Accepted {
  const { session, remoteStart } = order;
  if (order.state === 'starting' && remoteStart && restart) {
    // The charger may have queued the start while our process was down, which must not fail the order.
    const latest = deadlinesOf(order, policy).startBy;
    const deadline = Math.max(remoteStart.deadline, Math.min(now + policy.startTimeoutMs, latest));
    const missed = restart.setBackMs !== undefined && { missedTime: true as const };
    return accept({ ...order, remoteStart: { ...remoteStart, deadline, ...missed } });
  }
  if (!session || (session.offlineSince !== undefined && !restart)) return noChange(order);
  const doubted = restart ? withClockGap(session, restart, now) : session;
  const away = { ...doubted, offlineSince: doubted.offlineSince ?? now };
  const discrepancies = setBackDiscrepancies(order, restart ?? {}, { now });
  switch (order.state) {
    case 'charging':
    case 'suspended':
      return accept({ ...order, state: 'offline', session: away }, [], discrepancies);
    case 'offline':
    case 'stopping':
      return accept({ ...order, session: away }, [], discrepancies);
    default:
      return noChange(order);
  }
}

/** Handles a reboot, in which the charger may have ended transactions and lost pending RemoteStarts. */
export function chargerBooted(order: Order, { now, policy }: DecisionContext): Accepted {
  switch (order.state) {
    case 'starting': {
      if (!order.remoteStart || order.remoteStart.attempts === 0) return noChange(order);
      const recheckAt = now + policy.recheckMs;
      const remoteStart = omit(order.remoteStart, 'transactionId');
      return accept({ ...order, remoteStart: { ...remoteStart, answer: 'unknown', recheckAt } });
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

/** Applies a new state of the order's connector. Before the session, a fault or a plug-in timeout can end the order. */
export function connectorChanged(
  order: Order,
  { connectorState }: CommandOf<'connector-changed'>,
  context: DecisionContext,
): Accepted {
  const before = order.connectorState;
  const isRepeated = before.status === connectorState.status && before.errorCode === connectorState.errorCode;
  // Readings or a reconnect may have made the order charge since.
  const isSuspendedAgain = order.state === 'charging' && isSuspension(connectorState.status);
  if (isRepeated && !isSuspendedAgain)
    return isTransactionStatus(connectorState.status) ? confirmStillRunning(order, context) : noChange(order);
  const changed: Order = { ...order, connectorState };
  const { session } = order;
  if (session?.assumedStop && isEndStatus(connectorState.status))
    return completeByAssumedStop(changed, session, session.assumedStop, context);
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

/** Handles a repeated connector status that shows a transaction, which refutes a suspected end. */
function confirmStillRunning(order: Order, { now, policy }: DecisionContext): Accepted {
  return order.session?.endSuspectedSince === undefined ? noChange(order) : accept(proveAlive(order, now, policy));
}

function connectorChangedAtStart(order: Order, before: ConnectorStatus, context: DecisionContext): Accepted {
  const { status } = order.connectorState;
  if (status === 'Faulted') return endBeforeStart(order, 'connector-faulted', context);
  const { remoteStart } = order;
  if (status === 'Available' && before === 'Preparing' && remoteStart?.answer === 'accepted') {
    // The charger's ConnectionTimeOut expired, or the cable was unplugged (OCPP 1.6 §4.9). No other message follows.
    const start = withRetryAt(order, remoteStart, context.now);
    if (start.recheckAt === undefined) return endBeforeStart(order, 'start-timeout', context);
    return accept({ ...order, remoteStart: start }, [notify('progress')]);
  }
  return accept(order, [notify('progress')]);
}

function connectorChangedInSession(order: Order, before: ConnectorStatus, { now, policy }: DecisionContext): Accepted {
  const isRunning = order.state !== 'stopping';
  // The end of a fault is a state change like the fault itself; as `progress` it might be replaced by a later callback.
  const callbacks = before === 'Faulted' ? [notify('state')] : isRunning ? [notify('progress')] : [];
  switch (order.connectorState.status) {
    case 'Charging':
      return accept({ ...proveAlive(order, now, policy), ...(isRunning && { state: 'charging' as const }) }, callbacks);
    case 'SuspendedEV':
    case 'SuspendedEVSE':
      return accept(
        { ...proveAlive(order, now, policy), ...(isRunning && { state: 'suspended' as const }) },
        callbacks,
      );
    case 'Faulted':
      return accept(order, [notify('state')]);
    case 'Available':
    case 'Preparing':
    case 'Finishing':
    case 'Reserved':
      return accept(suspectEnd(order, 'connector-free', now).order);
    default:
      return accept(order);
  }
}

/**
 * Applies the station's answer about a transaction that may have ended. If it is over and none of its messages are
 * queued, its stop is probably lost, so the order becomes provisional at once.
 */
export function transactionStatusReported(
  order: Order,
  { ongoing, messagesQueued }: CommandOf<'transaction-status-reported'>,
  context: DecisionContext,
): Accepted {
  const { session } = order;
  if (!session || isTerminal(order) || order.state === 'provisional') return noChange(order);
  if (session.endSuspectedSince === undefined && order.state !== 'stopping') return noChange(order);
  if (ongoing) return accept(proveAlive(order, context.now, context.policy));
  if (messagesQueued) return noChange(order);
  const { endSuspectedReason = 'the charger has ended it' } = session;
  const denied: Order = { ...order, session: { ...session, notOngoing: true } };
  return becomeProvisional(denied, endSuspectedReason, context, context.policy.lostStopMs);
}

/** Records proof that the order's transaction is running. */
function proveAlive(order: Order, at: number, policy: Pick<SessionPolicy, 'proveAliveMs'>): Order {
  return order.session ? { ...order, session: withProofOfLife(order.session, at, policy) } : order;
}

/**
 * Records proof that the session is running: its end is no longer suspected, and the next check is postponed.
 * @param meter The new state of the meter, if the proof is a reading.
 */
export function withProofOfLife(
  session: Session,
  at: number,
  policy: Pick<SessionPolicy, 'proveAliveMs'>,
  meter = session.meter,
): Session {
  const { endSuspectedSince, endSuspectedReason, assumedStop } = session;
  const isSuspected = endSuspectedSince !== undefined || endSuspectedReason !== undefined || assumedStop !== undefined;
  const trusted = isSuspected ? omit(session, 'endSuspectedSince', 'endSuspectedReason', 'assumedStop') : session;
  return copySession(trusted, meter, at + policy.proveAliveMs);
}
