/** What time alone changes, and when it will: every wait is a function of the saved order, so a restart loses none. */
import type { Accepted } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { changed, endUnstarted, tell, unchanged } from './results.js';
import { doubt } from './connectivity.js';
import { without } from '../model/object.js';
import { complete } from './transaction.js';
import { becomeProvisional, INFERRED } from './session-end.js';
import { limitDueAt, limitReached, reasonOf } from '../metering/limit.js';
import { finalEnergy, lastedMs } from '../metering/meter.js';
import { isHeld, type Order, type Session } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import { paymentWakeAt, wakePayment } from './payment.js';
import { answerDeferred } from './deferred-callback.js';
import {
  answeredPlan,
  heldByOldPlan,
  PLAN_ENDS_MS,
  planDueAt,
  planEndAt,
  renewedPlan,
} from '../metering/charging-profile.js';
import { slotWakeAt, wakeSlot, waiting } from './reservation.js';
import { askStart, FREE, patiently } from './remote-start.js';
import { beginStop } from './remote-stop.js';

/** When the order next needs a `wake`, epoch ms; `undefined` when only others can move it. */
export function wakeAt(order: Order, policy: SessionPolicy): number | undefined {
  return earliest(stateWakeAt(order, policy), order.deferred?.until, paymentWakeAt(order));
}

function stateWakeAt(order: Order, policy: SessionPolicy): number | undefined {
  const { start, session } = order;
  switch (order.state) {
    case 'confirmed':
      if (waiting(order)) return order.slot && slotWakeAt(order.slot);
      if (order.awaitsStart) return start?.deadline;
      return start && Math.max(start.wantedAt + policy.pendingMs, order.slot ? start.deadline : 0);
    case 'starting':
      return start && earliest(start.deadline, start.recheckAt);
    case 'charging':
    case 'suspended':
      return session && earliest(unsureAt(session, policy), planDueAt(session), limitOrAskAt(order, session, policy));
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
    case 'draft':
      return isHeld(order) ? order.quote.expiresAt : undefined;
    case 'completed':
    case 'cancelled':
    case 'failed':
      return untidyUntil(order);
  }
}

function earliest(a: number | undefined, b: number | undefined, c?: number): number | undefined {
  const earlier = a === undefined || (b !== undefined && b < a) ? b : a;
  return earlier === undefined || (c !== undefined && c < earlier) ? c : earlier;
}

function unsureAt(session: Session, policy: SessionPolicy): number | undefined {
  return session.unsureSince === undefined ? undefined : session.unsureSince + policy.unsureMs;
}

/** When what an ended order still wants of its charger is worth nothing any more. */
function untidyUntil({ effects }: Order): number | undefined {
  return effects.reduce<number | undefined>(
    (first, effect) => ('notAfter' in effect ? earliest(first, effect.notAfter) : first),
    undefined,
  );
}

function limitOrAskAt(order: Order, session: Session, policy: SessionPolicy): number {
  const limit = limitDueAt(order, session, policy);
  return Math.min(limit ?? Infinity, askAt(session, limit, policy));
}

/**
 * When a reading is next asked for: every few seconds shortly before the session is stopped, or its power plan ends;
 * else when nothing was heard for long.
 */
function askAt(session: Session, limit: number | undefined, policy: SessionPolicy): number {
  const heard = Math.max(session.meter.receivedAt, session.askedAt ?? 0);
  const from = Math.min((limit ?? Infinity) - policy.askMeterBeforeMs, (planEndAt(session) ?? Infinity) - PLAN_ENDS_MS);
  const near = Math.max(from, heard + policy.askMeterMs);
  return Math.min(near, heard + policy.silentMs);
}

function offlineAt(session: Session, policy: SessionPolicy): number | undefined {
  if (session.offlineSince === undefined) return undefined;
  return (
    session.offlineSince + (session.offlineTold ? policy.offlineMs : Math.min(policy.offlineGraceMs, policy.offlineMs))
  );
}

/** A start can be asked for here. One that is reserved is reserved for the order that asks. */
const ASKABLE: ReadonlySet<string> = new Set([...FREE, 'Reserved']);
/** A plan counts in whole seconds and ends a little early. */
const ALMOST_MS = 5000;

export function wake(order: Order, around: Surroundings): Accepted {
  const { deferred } = order;
  const paid = wakePayment(order, around);
  if (paid) return paid;
  if (!deferred || around.now < deferred.until) return wakeState(order, around);
  return answerDeferred(wakeState(without(order, 'deferred'), around), deferred);
}

function wakeState(order: Order, around: Surroundings): Accepted {
  const { now, policy } = around;
  const due = stateWakeAt(order, policy);
  if (due === undefined || now < due) return unchanged(order);
  switch (order.state) {
    case 'confirmed': {
      const slot = waiting(order);
      if (slot) return wakeSlot(order, slot, around);
      return order.awaitsStart
        ? endUnstarted(order, 'cancelled', 'start-not-asked', around)
        : endUnstarted(order, 'failed', 'charger-offline', around);
    }
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
    case 'draft':
      return changed({ ...order, held: false });
    case 'completed':
    case 'cancelled':
    case 'failed':
      // Its charger stayed away too long: what it was told has run out by itself.
      return changed({
        ...order,
        effects: order.effects.filter((effect) => !('notAfter' in effect && effect.notAfter <= now)),
      });
  }
}

function wakeStarting(order: Order, around: Surroundings): Accepted {
  const { start } = order;
  const { now } = around;
  if (!start) return unchanged(order);
  if (now >= start.deadline) return endUnstarted(order, 'failed', 'start-timeout', around);
  // The same tag again is harmless: a second transaction with it is refused (at most one is ever billed).
  const idle = { ...order, start: without(start, 'recheckAt') };
  const free = ASKABLE.has(order.connectorState.status);
  // One that is still on its way will be answered, or given up, before another is of any use.
  const underWay = order.effects.some((effect) => effect.kind === 'remote-start');
  if (!free || underWay) return changed({ ...idle, start: patiently(order, idle.start, now) });
  const asked = askStart(idle, idle.start, around);
  return changed(asked.order, [asked.effect]);
}

function wakeRunning(order: Order, around: Surroundings): Accepted {
  const { session } = order;
  const { now, policy } = around;
  if (!session) return unchanged(order);
  const unsure = unsureAt(session, policy);
  if (unsure !== undefined && now >= unsure) {
    return becomeProvisional(order, session.unsureReason ?? 'unsure', around, policy.lostStopMs);
  }
  const reason = limitReached(order, session, now, policy);
  if (reason) return beginStop(order, reason, around);
  const plan = planDueAt(session);
  if (plan !== undefined && now >= plan) return wakePlan(order, session, around);
  if (now < askAt(session, limitDueAt(order, session, policy), policy)) return unchanged(order);
  const asking: Order = { ...order, session: { ...session, askedAt: now } };
  if (doubtful(order, session, around)) return { ...doubt(asking, 'connector-free', now), askMeter: true };
  return {
    order: asking,
    effects: [],
    rows: [],
    save: 'meter',
    askMeter: true,
  };
}

/** Its connector was last said to be free, and no reading says otherwise: one of before may have calmed the first doubt. */
function doubtful({ connectorState }: Order, { meter, unsureSince }: Session, { now, policy }: Surroundings): boolean {
  return FREE.has(connectorState.status) && unsureSince === undefined && now - meter.receivedAt >= policy.silentMs;
}

/** The plan is given, or renewed; where there is nothing more to give, its end is the session's. */
function wakePlan(order: Order, session: Session, around: Surroundings): Accepted {
  const { now, policy } = around;
  const unanswered = answeredPlan(session, 'unknown', now);
  if (unanswered) {
    const effects = order.effects.filter((effect) => effect.kind !== 'power-plan');
    return changed({ ...order, effects, session: unanswered.session });
  }
  if (heldByOldPlan(session)) return beginStop(order, reasonOf(order, 'energy'), around);
  if (session.budget?.standing === 'refused')
    return changed({ ...order, session: { ...session, budget: without(session.budget, 'before') } });
  const renewal = renewedPlan(order, session, now, around.maxPowerW, policy);
  if (renewal) return changed({ ...order, session: renewal.session }, renewal.effects);
  const end = planEndAt(session);
  if (end === undefined || now < end)
    return { order: { ...order, session: without(session, 'planAt') }, effects: [], rows: [], save: 'meter' };
  const { timeMs } = order.caps;
  const late = timeMs !== undefined && lastedMs(session, session.meter.at, now) + ALMOST_MS >= timeMs;
  return beginStop(order, reasonOf(order, late ? 'time' : 'energy'), around);
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
  const stop = { ...session.stop, attempts, retryAt };
  const asked: Order = { ...order, session: { ...session, stop } };
  const again = doubtful(order, session, around) ? doubt(asked, 'connector-free', now).order : asked;
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
  const { at } = session.meter;
  const final = finalEnergy(session.meter, session, around.maxPowerW, { at, receivedAt: around.now });
  const confidence = final.confidence === 'disputed' ? 'disputed' : 'estimated';
  return complete(order, session, { ...final, confidence }, INFERRED, at, around);
}
