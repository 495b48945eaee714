/** Answers that wait: a buyer app that asked for a start or a stop wants to hear of that, not that it was asked for. */
import type { Asked } from '../model/command.js';
import type { Accepted, Decision, WantedEffect } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { type Deferred, isTerminal, type Order } from '../model/order.js';
import { without } from '../model/object.js';

/** The order with its answer put off until then. */
export function deferAnswer(
  order: Order,
  awaits: Deferred['awaits'],
  asked: Asked,
  around: Surroundings,
  action: Deferred['action'] = 'on_update',
): Order {
  const until = around.now + around.policy.answerWithinMs;
  return { ...order, deferred: { awaits, action, messageId: asked.messageId, until } };
}

/** Adds the answer to the decision that brings what it waited for, before anything else that is told. */
export function settleDeferred(decision: Decision): Decision {
  if ('refusal' in decision || decision.save !== 'document') return decision;
  const { order } = decision;
  if (!order.deferred || !hasCome(order, order.deferred)) return decision;
  const effects = [answerOf(order.deferred), ...decision.effects];
  return { ...decision, order: without(order, 'deferred'), effects };
}

/** It would come too late: what is known is told, and the rest unasked when it happens. */
export function answerDeferred(decision: Accepted, deferred: Deferred): Accepted {
  return { ...decision, save: 'document', effects: [answerOf(deferred), ...decision.effects] };
}

function hasCome(order: Order, { awaits }: Deferred): boolean {
  if (awaits === 'end') return isTerminal(order) || order.state === 'provisional';
  return order.state !== 'confirmed' && order.state !== 'starting';
}

export function answerOf({ action, messageId }: Pick<Deferred, 'action' | 'messageId'>): WantedEffect {
  return { kind: 'callback', action, class: 'answer', answers: messageId };
}
