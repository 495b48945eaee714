/** Handles orders whose charging begins when the buyer app requests it, because the driver is then at the charger. */
import type { CommandOf } from '../model/command.js';
import type { Decision, DecisionContext } from '../model/decision.js';
import { omit } from '../model/object.js';
import { isTerminal, type Order, type RemoteStart } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import { deferCallback, replyCallback } from './deferred-callback.js';
import { isSameSelection } from './quote.js';
import { requestStart, startDeadline } from './remote-start.js';
import { pendingReservation } from './reservation.js';
import { accept } from './results.js';

/** Makes a confirmed order wait for the buyer's start. If it has a slot, the wait begins with the slot. */
export function awaitBuyerStart(order: Order, start: RemoteStart, policy: SessionPolicy): Order {
  const waitMs = order.slot ? policy.slotGraceMs : policy.buyerStartMs;
  return { ...order, awaitsBuyerStart: true, remoteStart: { ...start, deadline: start.requestedAt + waitMs } };
}

/**
 * Starts an order that waits for its buyer. A repeated start is answered with the current state and starts nothing.
 * @errors `not-confirmed` for a draft; `update-not-possible` after the end, even an inferred one, and if the request
 *         states a limit that differs from the order's, because a start changes no limit; `slot-invalid` before the
 *         slot begins.
 */
export function startByBuyer(order: Order, command: CommandOf<'start'>, context: DecisionContext): Decision {
  const { now, policy } = context;
  const { messageId } = command.request;
  const path = 'message.order';
  if (order.state === 'draft') return { refusal: { code: 'not-confirmed', path } };
  if (isTerminal(order) || order.state === 'provisional') {
    return { refusal: { code: 'update-not-possible', path, detail: order.outcome?.code ?? order.state } };
  }
  const { limit } = command;
  if (limit && !isSameSelection(order, { limit })) {
    const detail = 'it states another limit than the order; a request to start charging changes no limit';
    return { refusal: { code: 'update-not-possible', path, detail } };
  }
  if (!order.awaitsBuyerStart || !order.remoteStart) return accept(order, [replyCallback('on_update', messageId)]);
  const slot = pendingReservation(order);
  if (slot) {
    return { refusal: { code: 'slot-invalid', path, detail: `it begins at ${new Date(slot.from).toISOString()}` } };
  }
  // The deadline covers the slot's grace period, and even a late start leaves the full time to plug in.
  const remoteStart: RemoteStart = {
    ...order.remoteStart,
    requestedAt: now,
    deadline: startDeadline(order, now, policy),
    attempts: 0,
  };
  const started = deferCallback(
    { ...omit(order, 'awaitsBuyerStart'), remoteStart, connectorState: command.connectorState },
    { awaits: 'start', action: 'on_update', messageId },
    context,
  );
  if (!command.chargerOnline) return accept(started);
  return requestStart(started, remoteStart, context);
}
