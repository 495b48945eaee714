/** Orders whose charging begins when the buyer app says so: the driver is at the charger then. */
import type { OrderCommand } from '../model/command.js';
import type { Decision, DecisionContext } from '../model/decision.js';
import { accept } from './results.js';
import { replyCallback, deferCallback } from './deferred-callback.js';
import { type Order, type RemoteStart, isTerminal } from '../model/order.js';
import { pendingReservation } from './reservation.js';
import type { SessionPolicy } from '../model/policy.js';
import { requestStart, startDeadline } from './remote-start.js';
import { omit } from '../model/object.js';

/** The confirmed order as it waits to be started; a booked one is waited for from its slot's beginning. */
export function awaitBuyerStart(order: Order, start: RemoteStart, policy: SessionPolicy): Order {
  const wait = order.slot ? policy.slotGraceMs : policy.buyerStartMs;
  return { ...order, awaitsBuyerStart: true, remoteStart: { ...start, deadline: start.requestedAt + wait } };
}

/** A repeat of a start that is under way or done starts nothing, and is told how things are. */
export function startByBuyer(
  order: Order,
  command: Extract<OrderCommand, { type: 'start' }>,
  around: DecisionContext,
): Decision {
  const { now, policy } = around;
  const reply = replyCallback({ action: 'on_update', messageId: command.request.messageId });
  const path = 'message.order';
  if (order.state === 'draft') return { refusal: { code: 'not-confirmed', path } };
  if (isTerminal(order) || order.state === 'provisional') {
    return { refusal: { code: 'update-not-possible', path, detail: order.outcome?.code ?? order.state } };
  }
  if (!order.awaitsBuyerStart || !order.remoteStart) return accept(order, [reply]);
  const slot = pendingReservation(order);
  if (slot)
    return { refusal: { code: 'slot-invalid', path, detail: `it begins at ${new Date(slot.from).toISOString()}` } };
  // A slot keeps its own grace: whoever starts at its end still gets the time to plug in.
  const start: RemoteStart = {
    ...order.remoteStart,
    requestedAt: now,
    deadline: startDeadline(order, now, policy),
    attempts: 0,
  };
  const begun = deferCallback(
    { ...omit(order, 'awaitsBuyerStart'), remoteStart: start, connectorState: command.connectorState },
    'start',
    command.request,
    around,
  );
  if (!command.chargerOnline) return accept(begun);
  const asked = requestStart(begun, start, around);
  return accept(asked.order, [asked.effect]);
}
