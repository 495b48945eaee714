/** Asking a charger to begin. */
import type { DecisionContext, EffectDraft } from '../model/decision.js';
import type { ConnectorStatus } from '../model/network.js';
import type { Order, RemoteStart } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import { startProfile } from '../metering/charging-profile.js';

/** A connector in one of these can take a new order: nobody charges there. */
export const FREE_STATUSES: ReadonlySet<ConnectorStatus> = new Set(['Available', 'Preparing']);

/** A driver who booked is waited for; who did not, has to plug in soon. */
const SLOT_RETRY_MS = 60_000;

/** When the start of a booked order is looked at again: charger and driver may need more than one try. */
export function withRetryAt(order: Pick<Order, 'slot'>, start: RemoteStart, now: number): RemoteStart {
  return order.slot && now + SLOT_RETRY_MS < start.deadline ? { ...start, recheckAt: now + SLOT_RETRY_MS } : start;
}

/** Until when a transaction may begin that is asked for now. */
export function startDeadline({ slot }: Pick<Order, 'slot'>, now: number, policy: SessionPolicy): number {
  const soon = now + policy.startTimeoutMs;
  return slot ? Math.max(soon, slot.from + policy.slotGraceMs) : soon;
}

/**
 * The order as it waits for its transaction, and the RemoteStart that it owes. Where the charger takes power plans the
 * start carries one, so that the limit holds from the first moment; one that was refused with it is asked without.
 */
export function requestStart(
  order: Order,
  start: RemoteStart,
  around: DecisionContext,
): { order: Order; effect: EffectDraft } {
  const plan =
    around.capabilities?.chargingRate && start.withProfile !== false
      ? startProfile(order, around.maxPowerW, around.now)
      : undefined;
  const asked = withRetryAt(order, plan ? { ...start, withProfile: true } : start, around.now);
  return {
    order: { ...order, state: 'starting', remoteStart: asked },
    effect: { kind: 'remote-start', notAfter: start.deadline, ...(plan && { profile: plan }) },
  };
}
