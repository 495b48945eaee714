/** The RemoteStart of an order: when it is sent, and until when a transaction may begin. */
import { startProfile } from '../metering/charging-profile.js';
import type { DecisionContext, EffectDraft } from '../model/decision.js';
import type { ConnectorStatus } from '../model/network.js';
import type { Order, RemoteStart } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';

/** Connector states in which a new order can start, because nothing is charging there. */
export const FREE_STATUSES: ReadonlySet<ConnectorStatus> = new Set(['Available', 'Preparing']);

/** How often the start of a booked order is retried. Without a booking the driver has to plug in soon. */
const SLOT_RETRY_MS = 60_000;

/** The start with its next retry, if the order has a slot and the deadline leaves time for one. */
export function withRetryAt(order: Pick<Order, 'slot'>, start: RemoteStart, now: number): RemoteStart {
  return order.slot && now + SLOT_RETRY_MS < start.deadline ? { ...start, recheckAt: now + SLOT_RETRY_MS } : start;
}

/** The latest time at which a transaction requested at `now` may begin. @unit Epoch ms. */
export function startDeadline({ slot }: Pick<Order, 'slot'>, now: number, policy: SessionPolicy): number {
  const afterRequest = now + policy.startTimeoutMs;
  return slot ? Math.max(afterRequest, slot.from + policy.slotGraceMs) : afterRequest;
}

/**
 * The order in state `starting`, and the RemoteStart that it owes. If the charger accepts charging profiles, the
 * RemoteStart carries one, so that the limit holds from the first moment; after a rejection it is sent without.
 */
export function requestStart(
  order: Order,
  start: RemoteStart,
  { now, maxPowerW, capabilities }: DecisionContext,
): { readonly order: Order; readonly effect: EffectDraft } {
  const profile =
    capabilities?.chargingRate && start.withProfile !== false ? startProfile(order, maxPowerW, now) : undefined;
  const remoteStart = withRetryAt(order, profile ? { ...start, withProfile: true } : start, now);
  return {
    order: { ...order, state: 'starting', remoteStart },
    effect: { kind: 'remote-start', notAfter: start.deadline, ...(profile && { profile }) },
  };
}
