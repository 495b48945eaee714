/** Delivers orders' callbacks through the outbox, and saves the outcomes in the order's document. */
import type { CallbackEffect, Effect } from '../../domain/model/effect.js';
import { type Order, buyerKey } from '../../domain/model/order.js';
import type { CallbackSender } from '../../ports/callback-delivery.js';
import type { Events } from '../../ports/events.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { emitOutcome, sendCallback } from './callback-outcome.js';
import type { AttemptResult, Outbox, OutboxItem, OutboxOutcome } from './outbox.js';
import type { RefusedCallbacks } from './refused-callbacks.js';

export interface OrderCallbacksDeps {
  readonly orderCache: Pick<OrderCache, 'getCached'>;
  readonly orders: Pick<OrderCommandHandler, 'amendEffects' | 'owesEffect'>;
  readonly refusedCallbacks: RefusedCallbacks;
  readonly callbackSender: CallbackSender;
  /** Shared with `OwedResponses`, so that all callbacks about an order are delivered in sequence. */
  readonly outbox: Outbox;
  readonly events: Events;
}

export class OrderCallbacks implements OrderEffectHandler {
  readonly #deps: OrderCallbacksDeps;

  constructor(deps: OrderCallbacksDeps) {
    this.#deps = deps;
  }

  /** Queues callbacks, even recovered ones. Delivery is at-least-once, so one may be sent again after a restart. */
  handleEffects(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) if (effect.kind === 'callback') this.#deps.outbox.add(this.#toItem(order, effect));
  }

  stop(): Promise<void> {
    return this.#deps.outbox.stop();
  }

  #toItem(order: Order, effect: CallbackEffect): OutboxItem {
    return {
      id: itemId(order, effect),
      queueKey: order.id,
      recipient: buyerKey(order.customer),
      decidedAt: effect.createdAt,
      dueAt: effect.dueAt,
      giveUpAt: effect.giveUpAt,
      attempts: effect.attempts,
      retryRefusals: effect.class === 'terminal',
      send: () => this.#send(order.id, effect),
      settle: (outcome) => this.#settle(order, effect, outcome),
    };
  }

  /** Returns `undefined` if the callback is no longer pending. */
  async #send(orderId: string, effect: CallbackEffect): Promise<AttemptResult | undefined> {
    const { orderCache, orders, callbackSender } = this.#deps;
    const order = orderCache.getCached(orderId);
    if (!order || !orders.owesEffect(orderId, effect.seq)) return undefined;
    const { action, messageId, body } = effect;
    // The buyer app's address may have changed since the callback was saved.
    return sendCallback(callbackSender, { ...order.customer, action, messageId, body });
  }

  async #settle(order: Order, effect: CallbackEffect, outcome: OutboxOutcome): Promise<void> {
    const { orders, refusedCallbacks, events } = this.#deps;
    const { action, class: callbackClass, seq } = effect;
    passCrashPoint('callback.settling');
    const settled = {
      outcome,
      callback: `${action} (${callbackClass})`,
      id: itemId(order, effect),
      order,
      orderId: order.id,
      isReport: callbackClass === 'progress' || callbackClass === 'state',
    };
    const found = await refusedCallbacks.discrepanciesOf(settled);
    await orders.amendEffects(
      order,
      (effects) => settleEffect(effects, seq, outcome),
      found.length > 0 ? { discrepancies: found } : {},
    );
    passCrashPoint('callback.settled');
    emitOutcome(events, outcome, { orderId: order.id, action, class: callbackClass });
  }
}

function itemId(order: Order, effect: CallbackEffect): string {
  return `${order.id}#${effect.seq}`;
}

/** Removes the callback or, if it will be retried, records the failed attempt. */
function settleEffect(effects: readonly Effect[], seq: number, outcome: OutboxOutcome): readonly Effect[] {
  if (!effects.some((effect) => effect.seq === seq)) return effects;
  if (outcome.kind !== 'retry') return effects.filter((effect) => effect.seq !== seq);
  const { attempts, dueAt, reason } = outcome;
  return effects.map((effect) =>
    effect.seq === seq && effect.kind === 'callback' ? { ...effect, attempts, dueAt, lastError: reason } : effect,
  );
}
