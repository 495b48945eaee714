/** Asking for the end of a running session. */
import type { Accepted, EffectDraft, DecisionContext } from '../model/decision.js';
import { accept, noChange } from './results.js';
import type { Order } from '../model/order.js';
import type { Session, StopReason } from '../model/session.js';

/** From running to `stopping`: one RemoteStop is owed, and another after `stopRetryMs` if it is not obeyed. */
export function requestStop(
  order: Order,
  reason: StopReason,
  around: DecisionContext,
  effects: readonly EffectDraft[] = [],
): Accepted {
  const { session } = order;
  if (!session || session.stop) return effects.length > 0 ? accept(order, effects) : noChange(order);
  const { now, policy } = around;
  const stopping: Order = {
    ...order,
    state: 'stopping',
    session: {
      ...session,
      stop: { reason, at: now, attempts: 1, retryAt: now + policy.stopRetryMs },
    },
  };
  return accept(stopping, [{ kind: 'remote-stop' }, ...effects]);
}

/**
 * How long the charger took from the first RemoteStop to the end of energy, ms: by its own clock where that can be
 * true, else by the arrival of its StopTransaction. `undefined` when it was asked more than once, or was away.
 */
export function stopLatency(session: Session, endedAt: number, now: number): number | undefined {
  const { stop, startedAt, startReceivedAt, resumedAt } = session;
  if (stop?.attempts !== 1 || session.offlineSince !== undefined || (resumedAt ?? 0) > stop.at) return undefined;
  const told = now - stop.at;
  const byItsClock = endedAt - (startedAt - startReceivedAt) - stop.at;
  return byItsClock >= 0 && byItsClock < told ? byItsClock : told;
}
