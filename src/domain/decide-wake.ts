/** What time alone changes, and when it will: every wait is a function of the saved order, so a restart loses none. */
import type { Accepted } from './decision.js';
import type { Surroundings } from './decide.js';
import { changed, endUnstarted, tell, unchanged, without } from './change.js';
import { complete, INFERRED } from './decide-session.js';
import { limitDueAt, limitReached } from './limit.js';
import type { Order, Session } from './order.js';
import type { SessionPolicy } from './policy.js';
import { becomeProvisional } from './provisional.js';
import { beginStop } from './stop.js';

/** When the order next needs a `wake`, epoch ms; `undefined` when only others can move it. */
export function wakeAt(order: Order, policy: SessionPolicy): number | undefined {
  const { start, session } = order;
  switch (order.state) {
    case 'confirmed':
      return start && start.wantedAt + policy.pendingMs;
    case 'starting':
      return start && earliest(start.deadline, start.recheckAt);
    case 'charging':
    case 'suspended':
      return (
        session &&
        earliest(limitDueAt(order, session, policy.stopLatencyMs), unsureAt(session, policy), silentAt(session, policy))
      );
    case 'offline':
      return session && offlineAt(session, policy);
    case 'stopping':
      return (
        session &&
        earliest(
          session.stop?.retryAt,
          unsureAt(session, policy),
          session.offlineSince && session.offlineSince + policy.offlineMs,
        )
      );
    case 'provisional':
      return session?.finalAt;
    default:
      return undefined;
  }
}

function earliest(a: number | undefined, b: number | undefined, c?: number): number | undefined {
  const earlier = a === undefined || (b !== undefined && b < a) ? b : a;
  return earlier === undefined || (c !== undefined && c < earlier) ? c : earlier;
}

function unsureAt(session: Session, policy: SessionPolicy): number | undefined {
  return session.unsureSince === undefined ? undefined : session.unsureSince + policy.unsureMs;
}

/** When a session that reports nothing is asked how it is. */
function silentAt(session: Session, policy: SessionPolicy): number {
  return Math.max(session.meter.receivedAt, session.askedAt ?? 0) + policy.silentMs;
}

function offlineAt(session: Session, policy: SessionPolicy): number | undefined {
  if (session.offlineSince === undefined) return undefined;
  return (
    session.offlineSince + (session.offlineTold ? policy.offlineMs : Math.min(policy.offlineGraceMs, policy.offlineMs))
  );
}

export function wake(order: Order, around: Surroundings): Accepted {
  const { now, policy } = around;
  const due = wakeAt(order, policy);
  if (due === undefined || now < due) return unchanged(order);
  switch (order.state) {
    case 'confirmed':
      return endUnstarted(order, 'failed', 'charger-offline', around);
    case 'starting':
      return wakeStarting(order, around);
    case 'charging':
    case 'suspended':
      return wakeRunning(order, around);
    case 'offline':
      return wakeOffline(order, around);
    case 'stopping':
      return wakeStopping(order, around);
    case 'provisional':
      return wakeProvisional(order, around);
    default:
      return unchanged(order);
  }
}

function wakeStarting(order: Order, around: Surroundings): Accepted {
  const { start } = order;
  const { now } = around;
  if (!start) return unchanged(order);
  if (now >= start.deadline) return endUnstarted(order, 'failed', 'start-timeout', around);
  // The same tag again is harmless: a second transaction with it is refused (at most one is ever billed).
  const waiting = { ...order, start: without(start, 'recheckAt') };
  const free = order.connectorState.status === 'Available' || order.connectorState.status === 'Preparing';
  // One that is still on its way will be answered, or given up, before another is of any use.
  const underWay = order.effects.some((effect) => effect.kind === 'remote-start');
  return changed(waiting, free && !underWay ? [{ kind: 'remote-start', notAfter: start.deadline }] : []);
}

function wakeRunning(order: Order, around: Surroundings): Accepted {
  const { session } = order;
  const { now, policy } = around;
  if (!session) return unchanged(order);
  const unsure = unsureAt(session, policy);
  if (unsure !== undefined && now >= unsure) {
    return becomeProvisional(order, session.unsureReason ?? 'unsure', around, policy.lostStopMs);
  }
  const reason = limitReached(order, session, now, policy.stopLatencyMs);
  if (reason) return beginStop(order, reason, around);
  if (now < silentAt(session, policy)) return unchanged(order);
  return { ...changed({ ...order, session: { ...session, askedAt: now } }), askMeter: true };
}

function wakeOffline(order: Order, around: Surroundings): Accepted {
  const { session } = order;
  const { now, policy } = around;
  if (!session || session.offlineSince === undefined) return unchanged(order);
  if (now >= session.offlineSince + policy.offlineMs) {
    return becomeProvisional(order, 'charger away', around, policy.finalMs);
  }
  return changed({ ...order, session: { ...session, offlineTold: true } }, [tell('state')]);
}

function wakeStopping(order: Order, around: Surroundings): Accepted {
  const { session } = order;
  const { now, policy } = around;
  if (!session?.stop) return unchanged(order);
  const unsure = unsureAt(session, policy);
  if (unsure !== undefined && now >= unsure) {
    return becomeProvisional(order, session.unsureReason ?? 'unsure', around, policy.lostStopMs);
  }
  if (session.offlineSince !== undefined && now >= session.offlineSince + policy.offlineMs) {
    return becomeProvisional(order, 'charger away', around, policy.finalMs);
  }
  if (now < session.stop.retryAt) return unchanged(order);
  if (session.offlineSince !== undefined) {
    // It was not asked, so nothing is counted against it; its return sends the stop again.
    const stop = { ...session.stop, retryAt: now + policy.stopRetryMs };
    return changed({ ...order, session: { ...session, stop } });
  }
  const attempts = session.stop.attempts + 1;
  const exhausted = session.stop.attempts >= policy.stopAttempts;
  const retryAt = now + policy.stopRetryMs * (exhausted ? 10 : 1);
  const again: Order = {
    ...order,
    session: { ...session, stop: { ...session.stop, attempts, retryAt } },
  };
  const rows =
    session.stop.attempts === policy.stopAttempts
      ? [
          {
            kind: 'stop-not-obeyed' as const,
            detail: `${policy.stopAttempts} RemoteStops did not end transaction ${session.transactionId}; the bill is capped.`,
          },
        ]
      : [];
  return changed(again, [{ kind: 'remote-stop' }], rows);
}

function wakeProvisional(order: Order, around: Surroundings): Accepted {
  const { session } = order;
  if (!session) return unchanged(order);
  const { meter } = session;
  const final = {
    energyWh: meter.energyWh,
    registerWh: meter.registerWh,
    confidence: 'estimated' as const,
  };
  return complete(order, session, final, INFERRED, meter.at, around);
}
