/** Answers that wait: a buyer app that asked for a start or a stop wants to hear of that, not that it was asked for. */
import type { ReceivedRequest } from '../model/command.js';
import type { Accepted, Decision, EffectDraft, DecisionContext } from '../model/decision.js';
import { type DeferredCallback, isTerminal, type Order } from '../model/order.js';
import { omit } from '../model/object.js';

/** The order with its answer put off until then. */
export function deferCallback(
  order: Order,
  awaits: DeferredCallback['awaits'],
  asked: ReceivedRequest,
  around: DecisionContext,
  action: DeferredCallback['action'] = 'on_update',
): Order {
  const until = around.now + around.policy.answerWithinMs;
  return { ...order, deferredCallback: { awaits, action, messageId: asked.messageId, until } };
}

/** Adds the answer to the decision that brings what it waited for, before anything else that is told. */
export function releaseDeferred(decision: Decision): Decision {
  if ('refusal' in decision || decision.save !== 'document') return decision;
  const { order } = decision;
  if (!order.deferredCallback || !isDeferredDue(order, order.deferredCallback)) return decision;
  const effects = [replyCallback(order.deferredCallback), ...decision.effects];
  return { ...decision, order: omit(order, 'deferredCallback'), effects };
}

/** It would come too late: what is known is told, and the rest unasked when it happens. */
export function expireDeferred(decision: Accepted, deferred: DeferredCallback): Accepted {
  return { ...decision, save: 'document', effects: [replyCallback(deferred), ...decision.effects] };
}

function isDeferredDue(order: Order, { awaits }: DeferredCallback): boolean {
  if (awaits === 'end') return isTerminal(order) || order.state === 'provisional';
  return order.state !== 'confirmed' && order.state !== 'starting';
}

export function replyCallback({ action, messageId }: Pick<DeferredCallback, 'action' | 'messageId'>): EffectDraft {
  return { kind: 'callback', action, class: 'answer', inReplyTo: messageId };
}
