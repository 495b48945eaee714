/** Requests an order's RemoteStart, with its deadline and retries. */
import { startProfile } from '../metering/charging-profile.js';
import type { DecisionContext, EffectDraft } from '../model/decision.js';
import type { ConnectorStatus } from '../model/network.js';
import type { Order, RemoteStart } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';

/** Connector statuses in which a new order can start, because no transaction is running. */
export const FREE_STATUSES: ReadonlySet<ConnectorStatus> = new Set(['Available', 'Preparing']);

/** Interval at which the start of an order with a slot is retried. */
const SLOT_RETRY_MS = 60_000;

/** Schedules the next retry of a start, if the order has a slot and the deadline leaves time for a retry. */
export function withRetryAt(order: Pick<Order, 'slot'>, start: RemoteStart, now: number): RemoteStart {
  return order.slot && now + SLOT_RETRY_MS < start.deadline ? { ...start, recheckAt: now + SLOT_RETRY_MS } : start;
}

/** Returns until when the beginning of a transaction that is requested at `now` is awaited. @unit Epoch ms. */
export function startDeadline({ slot }: Pick<Order, 'slot'>, now: number, policy: SessionPolicy): number {
  const afterRequest = now + policy.startTimeoutMs;
  return slot ? Math.max(afterRequest, slot.from + policy.slotGraceMs) : afterRequest;
}

/**
 * Moves an order to `starting` and returns its RemoteStart. If possible, the RemoteStart carries a charging profile, so
 * that the limit applies from the first moment; after a rejection it is sent without one.
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
