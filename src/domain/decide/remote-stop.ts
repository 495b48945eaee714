/** Decides when the RemoteStop of a running session is sent and repeated. */
import type { Accepted, DecisionContext, DiscrepancyDraft, EffectDraft } from '../model/decision.js';
import { FREE_STATUSES } from '../model/network.js';
import type { Order } from '../model/order.js';
import type { Session, StopReason, StopRequest } from '../model/session.js';
import { accept, noChange } from './results.js';
import { completeByAssumedStop, completeByLastReading, suspectEnd } from './session-end.js';

/**
 * Moves a running order to `stopping` with a RemoteStop, which the timer repeats until the session ends; if a stop was
 * requested before, only adds the effects. An order that is already provisional stays provisional, although its session
 * may still be running.
 */
export function requestStop(
  order: Order,
  reason: StopReason,
  { now, policy }: DecisionContext,
  effects: readonly EffectDraft[] = [],
): Accepted {
  const { session } = order;
  if (!session || session.stop) return effects.length > 0 ? accept(order, effects) : noChange(order);
  const stopping: Order = {
    ...order,
    state: order.state === 'provisional' ? order.state : 'stopping',
    session: { ...session, stop: { reason, at: now, attempts: 1, retryAt: now + policy.stopRetryMs } },
  };
  return accept(stopping, [{ kind: 'remote-stop' }, ...effects]);
}

/**
 * Returns `buyer` or `operator` if one of them asked to stop the order. A stop for a limit or by policy does not count,
 * because that is decided anew for each session.
 */
export function requestedStop({ session, deferredCallback }: Order): StopReason | undefined {
  const reason = session?.stop?.reason;
  if (reason === 'buyer' || reason === 'operator') return reason;
  return deferredCallback?.awaits === 'end' ? 'buyer' : undefined;
}

/** The factor by which the interval between RemoteStops grows once `policy.stopAttempts` are used up. */
const EXHAUSTED_STOP_FACTOR = 10;

/**
 * Sends another RemoteStop. Once the attempts are used up, opens one discrepancy, repeats the RemoteStop less often,
 * and asks the charger each time whether the transaction is running.
 */
export function repeatStop(order: Order, session: Session, request: StopRequest, context: DecisionContext): Accepted {
  const { now, policy } = context;
  const isExhausted = request.attempts >= policy.stopAttempts;
  const retryAt = now + policy.stopRetryMs * (isExhausted ? EXHAUSTED_STOP_FACTOR : 1);
  const stop = { ...request, attempts: request.attempts + 1, retryAt };
  const repeated: Order = { ...order, session: { ...session, stop } };
  const isSuspected = isEndSuspected(order, session, context);
  const next = isSuspected ? suspectEnd(repeated, 'connector-free', now).order : repeated;
  const discrepancy: DiscrepancyDraft = {
    kind: 'stop-not-obeyed',
    detail: `${policy.stopAttempts} RemoteStops did not end transaction ${session.transactionId}; the bill is capped.`,
  };
  const isUsedUp = request.attempts === policy.stopAttempts;
  const decision = accept(next, [{ kind: 'remote-stop' }], isUsedUp ? [discrepancy] : []);
  return isExhausted ? { ...decision, checkTransaction: true } : decision;
}

/** Checks for a new suspicion of an end: the connector was reported free, and no recent reading says otherwise. */
export function isEndSuspected(
  { connectorState }: Order,
  { meter, endSuspectedSince }: Session,
  { now, policy }: DecisionContext,
): boolean {
  const isSilent = now - meter.receivedAt >= policy.silentMs;
  return FREE_STATUSES.has(connectorState.status) && endSuspectedSince === undefined && isSilent;
}

/** Sends another RemoteStop to the transaction of a provisional order. */
export function repeatProvisionalStop(order: Order, stop: StopRequest, { now, policy }: DecisionContext): Accepted {
  if (!order.session) return noChange(order);
  const repeated = { ...stop, attempts: stop.attempts + 1, retryAt: now + policy.stopRetryMs };
  return accept({ ...order, session: { ...order.session, stop: repeated } }, [{ kind: 'remote-stop' }]);
}

/**
 * Repeats the RemoteStop of a provisional order, if one was requested, while its stop is still awaited. After that,
 * completes the order by its assumed stop or its last reading.
 */
export function provisionalTimerDue(order: Order, context: DecisionContext): Accepted {
  const { session } = order;
  if (!session) return noChange(order);
  const { stop } = session;
  if (stop && context.now < (session.finalAt ?? 0)) return repeatProvisionalStop(order, stop, context);
  const { assumedStop } = session;
  return assumedStop
    ? completeByAssumedStop(order, session, assumedStop, context)
    : completeByLastReading(order, session, context);
}

/**
 * Returns how long the charger took from the RemoteStop until energy stopped flowing.
 * @unit   ms out; `endedAt` in charger time, `now` in our time, epoch ms.
 * @shape  By the charger's clock if that is plausible, otherwise by the arrival of its stop.
 * @errors None; `undefined` unless there was exactly one RemoteStop and the charger stayed online after it.
 */
export function stopLatency(session: Session, endedAt: number, now: number): number | undefined {
  const { stop, startedAt, startReceivedAt, resumedAt } = session;
  if (stop?.attempts !== 1 || session.offlineSince !== undefined || (resumedAt ?? 0) > stop.at) return undefined;
  const byArrival = now - stop.at;
  const byChargerClock = endedAt - (startedAt - startReceivedAt) - stop.at;
  return byChargerClock >= 0 && byChargerClock < byArrival ? byChargerClock : byArrival;
}
