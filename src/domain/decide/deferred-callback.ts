/** Defers the reply to a start, stop or cancel until its outcome is known, because the reply reports the outcome. */
import type { ReceivedRequest } from '../model/command.js';
import type { Accepted, Decision, DecisionContext, EffectDraft } from '../model/decision.js';
import type { CallbackAction } from '../model/effect.js';
import { omit } from '../model/object.js';
import { isTerminal, type DeferredCallback, type Order } from '../model/order.js';

/** Builds the callback that answers a request. */
export function replyCallback(action: CallbackAction, messageId: string): EffectDraft {
  return { kind: 'callback', action, class: 'answer', inReplyTo: messageId };
}

/** Defers a reply until the outcome is known, or for `policy.answerWithinMs` at most. */
export function deferCallback(
  order: Order,
  callback: Omit<DeferredCallback, 'until'>,
  { now, policy }: DecisionContext,
): Order {
  const { awaits, action, messageId } = callback;
  return { ...order, deferredCallback: { awaits, action, messageId, until: now + policy.answerWithinMs } };
}

/**
 * Defers the reply to a request to stop until the session ends. Returns `undefined` if there is no request, or if a
 * reply is deferred already: only one can wait, so a further request is answered at once.
 */
export function awaitEnd(
  order: Order,
  action: DeferredCallback['action'],
  request: Pick<ReceivedRequest, 'messageId'> | undefined,
  context: DecisionContext,
): Order | undefined {
  if (!request || order.deferredCallback) return undefined;
  return deferCallback(order, { awaits: 'end', action, messageId: request.messageId }, context);
}

/** Adds the deferred callback, before all other effects, to the decision that settles its outcome. */
export function releaseDeferred(decision: Decision): Decision {
  if ('refusal' in decision || decision.save !== 'document') return decision;
  const { order } = decision;
  const { deferredCallback } = order;
  if (!deferredCallback || !hasOutcome(order, deferredCallback)) return decision;
  return prependReply({ ...decision, order: omit(order, 'deferredCallback') }, deferredCallback);
}

/** Adds the deferred callback without waiting any longer; the outcome will follow as an unsolicited callback. */
export function expireDeferred(decision: Accepted, deferredCallback: DeferredCallback): Accepted {
  return prependReply({ ...decision, save: 'document' }, deferredCallback);
}

function prependReply(decision: Accepted, { action, messageId }: DeferredCallback): Accepted {
  return { ...decision, effects: [replyCallback(action, messageId), ...decision.effects] };
}

/**
 * Checks whether the reply would report what it waits for. An end that is only inferred does not count: a buyer app
 * reads a provisional order as a running one, and the stop may still arrive in time.
 */
function hasOutcome(order: Order, { awaits }: DeferredCallback): boolean {
  if (awaits === 'end') return isTerminal(order);
  return order.state !== 'confirmed' && order.state !== 'starting';
}
