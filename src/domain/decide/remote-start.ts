/** Decides when the RemoteStart of an order is sent, and calculates the deadlines of the order. */
import { startProfile } from '../metering/charging-profile.js';
import type { Accepted, DecisionContext } from '../model/decision.js';
import { omit } from '../model/object.js';
import type { Order, OrderDeadlines, RemoteStart } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { Slot } from '../model/reservation.js';
import { accept, endBeforeStart } from './results.js';

type StartPolicy = Pick<
  SessionPolicy,
  'pendingMs' | 'buyerStartMs' | 'startTimeoutMs' | 'slotGraceMs' | 'maxSessionMs'
>;

/**
 * Returns the deadlines that a confirm sets.
 * @unit   Epoch ms.
 * @shape  A booked order may start until `startTimeoutMs` after its grace period, but not after its slot.
 */
export function deadlinesFor(
  confirmed: { readonly now: number; readonly slot?: Slot | undefined; readonly startsBy?: 'buyer' | undefined },
  policy: StartPolicy,
): OrderDeadlines {
  const { now, slot, startsBy } = confirmed;
  const waitMs = startsBy === 'buyer' ? policy.buyerStartMs : policy.pendingMs;
  const startBy = slot
    ? Math.min(slot.from + policy.slotGraceMs + policy.startTimeoutMs, slot.until)
    : now + waitMs + policy.startTimeoutMs;
  return { startBy, endBy: startBy + policy.maxSessionMs };
}

/** Returns an order's deadlines. Before 0.3.0 none were saved; they then follow from when the start was requested. */
export function deadlinesOf(order: Order, policy: StartPolicy): OrderDeadlines {
  if (order.deadlines) return order.deadlines;
  const { remoteStart, slot, awaitsBuyerStart } = order;
  const now = remoteStart?.requestedAt ?? order.createdAt;
  return deadlinesFor({ now, slot, startsBy: awaitsBuyerStart && 'buyer' }, policy);
}

/** How often a booked order's start is retried. Other starts are not retried: their drivers must plug in soon. */
const SLOT_RETRY_MS = 60_000;

/** Schedules the next retry of a start, if the order has a slot and the deadline leaves time for a retry. */
export function withRetryAt(order: Pick<Order, 'slot'>, start: RemoteStart, now: number): RemoteStart {
  return order.slot && now + SLOT_RETRY_MS < start.deadline ? { ...start, recheckAt: now + SLOT_RETRY_MS } : start;
}

/** Returns the latest time at which a transaction requested at `now` may begin. @unit Epoch ms. */
export function startDeadline(order: Order, now: number, policy: SessionPolicy): number {
  const { slot } = order;
  const afterRequest = now + policy.startTimeoutMs;
  const wanted = slot ? Math.max(afterRequest, slot.from + policy.slotGraceMs) : afterRequest;
  return Math.min(wanted, deadlinesOf(order, policy).startBy);
}

/**
 * Moves the order to `starting` and requests a RemoteStart, or ends it if its deadline for starts has passed. If the
 * charger accepts charging profiles, the RemoteStart carries one, so that the limit is enforced from the first moment;
 * after a rejection it is sent without one.
 */
export function requestStart(order: Order, start: RemoteStart, context: DecisionContext): Accepted {
  const { now, maxPowerW, capabilities } = context;
  if (now >= deadlinesOf(order, context.policy).startBy) {
    return endBeforeStart(order, start.attempts > 0 ? 'start-timeout' : 'charger-offline', context);
  }
  const isRefused = start.withProfile === false;
  const profile = capabilities?.chargingRate && !isRefused ? startProfile(order, maxPowerW, now) : undefined;
  const withProfile = isRefused ? { withProfile: false } : profile && { withProfile: true, profile };
  const sent = { ...omit(start, 'profile', 'withProfile'), ...withProfile };
  const remoteStart = withRetryAt(order, sent, now);
  const request = profile && { profile: { limitW: profile.limitW, seconds: profile.seconds } };
  const effect = { kind: 'remote-start', notAfter: start.deadline, ...request } as const;
  return accept({ ...order, state: 'starting', remoteStart }, [effect]);
}
