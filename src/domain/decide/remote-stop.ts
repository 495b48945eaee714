/** Requests the RemoteStop of a running session, and measures how long the charger takes to obey. */
import type { Accepted, DecisionContext, EffectDraft } from '../model/decision.js';
import type { Order } from '../model/order.js';
import type { Session, StopReason } from '../model/session.js';
import { accept, noChange } from './results.js';

/** Moves a running order to `stopping` with a RemoteStop, which the timer repeats until the session ends. */
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
    state: 'stopping',
    session: { ...session, stop: { reason, at: now, attempts: 1, retryAt: now + policy.stopRetryMs } },
  };
  return accept(stopping, [{ kind: 'remote-stop' }, ...effects]);
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
