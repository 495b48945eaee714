/** Asking for the end of a running session. */
import type { Accepted, WantedEffect } from './decision.js';
import type { Surroundings } from './decide.js';
import { changed, unchanged } from './change.js';
import type { Order, StopReason } from './order.js';

/** From running to `stopping`: one RemoteStop is owed, and another after `stopRetryMs` if it is not obeyed. */
export function beginStop(
  order: Order,
  reason: StopReason,
  around: Surroundings,
  effects: readonly WantedEffect[] = [],
): Accepted {
  const { session } = order;
  if (!session || session.stop) return effects.length > 0 ? changed(order, effects) : unchanged(order);
  const { now, policy } = around;
  const stopping: Order = {
    ...order,
    state: 'stopping',
    session: {
      ...session,
      stop: { reason, at: now, attempts: 1, retryAt: now + policy.stopRetryMs },
    },
  };
  return changed(stopping, [{ kind: 'remote-stop' }, ...effects]);
}
