/** Orders whose charging begins when the buyer app says so: the driver is at the charger then. */
import type { OrderCommand } from '../model/command.js';
import type { Decision } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { changed } from './results.js';
import { answerOf, deferAnswer } from './deferred-callback.js';
import { type Order, type Start, isTerminal } from '../model/order.js';
import { waiting } from './reservation.js';
import type { SessionPolicy } from '../model/policy.js';
import { askStart, startDeadline } from './remote-start.js';
import { without } from '../model/object.js';

/** The confirmed order as it waits to be started; a booked one is waited for from its slot's beginning. */
export function awaitingStart(order: Order, start: Start, policy: SessionPolicy): Order {
  const wait = order.slot ? policy.slotGraceMs : policy.buyerStartMs;
  return { ...order, awaitsStart: true, start: { ...start, deadline: start.wantedAt + wait } };
}

/** A repeat of a start that is under way or done starts nothing, and is told how things are. */
export function begin(order: Order, command: Extract<OrderCommand, { type: 'start' }>, around: Surroundings): Decision {
  const { now, policy } = around;
  const reply = answerOf({ action: 'on_update', messageId: command.asked.messageId });
  const path = 'message.order';
  if (order.state === 'draft') return { refusal: { code: 'not-confirmed', path } };
  if (isTerminal(order) || order.state === 'provisional') {
    return { refusal: { code: 'update-not-possible', path, detail: order.outcome?.code ?? order.state } };
  }
  if (!order.awaitsStart || !order.start) return changed(order, [reply]);
  const slot = waiting(order);
  if (slot)
    return { refusal: { code: 'slot-invalid', path, detail: `it begins at ${new Date(slot.from).toISOString()}` } };
  // A slot keeps its own grace: whoever starts at its end still gets the time to plug in.
  const start: Start = { ...order.start, wantedAt: now, deadline: startDeadline(order, now, policy), attempts: 0 };
  const begun = deferAnswer(
    { ...without(order, 'awaitsStart'), start, connectorState: command.connectorState },
    'start',
    command.asked,
    around,
  );
  if (!command.chargerOnline) return changed(begun);
  const asked = askStart(begun, start, around);
  return changed(asked.order, [asked.effect]);
}
