/** Sends orders' requests to the payment provider until it reports their results, and applies its reports. */
import {
  isLookedUp,
  isPaymentEffect,
  lookUpWait,
  mayBeSent,
  resultDeadline,
} from '../../domain/billing/payment-result.js';
import { overReturned } from '../../domain/billing/provider-totals.js';
import type { OrderCommand } from '../../domain/model/command.js';
import type { Effect, PaymentEffect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';
import { type ProviderPayment, amountAvailable, amountHeld } from '../../domain/model/payment.js';
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { PaymentProvider, PaymentResult, PaymentUpdates } from '../../ports/payment-provider.js';
import type { Clock, Random } from '../../ports/runtime.js';
import type { Store } from '../../ports/store.js';
import { type AttemptResult, Outbox, type OutboxItem, type OutboxOutcome } from '../callbacks/outbox.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';

export interface PaymentRequestsDeps {
  /** Absent if we collect no payments ourselves. */
  readonly provider?: PaymentProvider | undefined;
  readonly store: Pick<Store, 'commit'>;
  readonly orderCache: Pick<OrderCache, 'get' | 'getCached' | 'findNewest'>;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Delays between attempts, ms; the last one repeats. */
  readonly retryMs: readonly number[];
  /** How long a request without an answer is retried, ms. */
  readonly giveUpAfterMs: number;
}

/** How long to wait before looking again at totals that seem to have fallen, ms. */
const LOOK_AGAIN_MS = 2000;

export class PaymentRequests implements PaymentUpdates, OrderEffectHandler {
  readonly #deps: PaymentRequestsDeps;
  readonly #outbox: Outbox;

  constructor(deps: PaymentRequestsDeps) {
    const { clock, random, retryMs, events } = deps;
    this.#deps = deps;
    const onError = (error: unknown): void => report(events, 'payment requests', error);
    this.#outbox = new Outbox({ clock, random, retryMs, onError });
  }

  /** Queues payment requests. Recovered ones are repeated with the same idempotency key. */
  handleEffects(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) if (isPaymentEffect(effect)) this.#outbox.add(this.#toItem(order, effect));
  }

  stop(): Promise<void> {
    return this.#outbox.stop();
  }

  /**
   * Applies a payment that the provider reports. If the order is unknown, opens one discrepancy per amount: for money
   * that the provider has, or has given back beyond what it took.
   */
  async paymentUpdated(orderId: string, payment: ProviderPayment): Promise<void> {
    const { store, orderCache, orders, discrepancies, events } = this.#deps;
    events.emit('payment.update', { orderId, state: payment.state });
    const order = await orderCache.get(orderId);
    // An expired draft may be removed before the command's turn, and the command is then refused.
    if (order && !('refusal' in (await orders.handle(order, { type: 'payment-updated', payment })))) return;
    const { reference, paid, refunded } = payment;
    const amount = paid - refunded + amountHeld(payment);
    const loss = overReturned(payment);
    if (!loss && amount <= 0) return;
    const detail = `The provider has ${amount} (minor units) as payment ${reference} for order ${orderId}, which does not exist.`;
    const unmatched = { kind: 'payment-unmatched', detail, amount, key: `${reference}:${amount}` } as const;
    await store.commit({ discrepancies: discrepancies.create(undefined, [loss ?? unmatched]) });
  }

  /**
   * Looks up the open payment of a Beckn transaction's draft at the provider and applies the result, because the
   * notification may have been lost. Does nothing without a provider or such a draft, or if the quote is paid in full.
   * @param buyer The buyer app's `buyerKey`.
   */
  async lookUpDraftPayment(buyer: string, becknTransactionId: string): Promise<void> {
    const { provider, orderCache } = this.#deps;
    if (!provider) return;
    const order = await orderCache.findNewest(buyer, becknTransactionId);
    const reference = order?.payment?.providerReference;
    if (order?.state !== 'draft' || reference === undefined || amountAvailable(order.payment) >= order.quote.total)
      return;
    await this.#lookUp(order, reference);
  }

  #toItem(order: Order, effect: PaymentEffect): OutboxItem {
    return {
      id: `${order.id}#${effect.seq}`,
      // Each request has its own queue, so that one that waits for its result does not delay the others.
      queueKey: `${order.id}#${effect.seq}`,
      recipient: 'payment provider',
      decidedAt: effect.createdAt,
      dueAt: effect.dueAt,
      giveUpAt: effect.createdAt + this.#deps.giveUpAfterMs,
      attempts: effect.attempts,
      retryRefusals: false,
      send: () => this.#send(order, effect.seq),
      settle: (outcome) => this.#settle(order, effect, outcome),
    };
  }

  /**
   * Sends the request or looks up its result. The request counts as delivered once it is no longer pending in the
   * order.
   */
  async #send(saved: Order, seq: number): Promise<AttemptResult | undefined> {
    const order = (await this.#deps.orderCache.get(saved.id)) ?? saved;
    const effect = this.#owed(order.id, seq);
    if (!effect) return undefined;
    if (isLookedUp(effect)) return this.#lookForResult(order, effect);
    if (effect.kind === 'payment-refund' && !mayBeSent(effect)) {
      const obstacle = await this.#prepareRefund(order, effect);
      if (obstacle) return obstacle;
    }
    passCrashPoint('payment.sending');
    const result = await this.#askProvider(order, effect);
    passCrashPoint('payment.sent');
    if (result.kind !== 'succeeded') return this.#lookAfterFailure(order, effect, result);
    const { payment } = result;
    await this.#deps.orders.handle(order, { type: 'payment-updated', payment, requestKey: effect.key });
    return this.#resultOf(order.id, seq);
  }

  /**
   * Looks up the payment before a refund, because the provider may already have returned the money to the payer, and
   * marks the refund as sent. If the totals have changed, the order gets a different refund, or none.
   * @returns Why the refund is not sent now; `undefined` if it can be.
   */
  async #prepareRefund(order: Order, { seq, reference }: PaymentEffect): Promise<AttemptResult | undefined> {
    const { orders, orderCache, clock } = this.#deps;
    const looked = await this.#lookUp(order, reference);
    if (looked?.kind === 'failed') return looked;
    if (reference === undefined && orderCache.getCached(order.id)?.payment?.fallSuspectedAt !== undefined)
      return { kind: 'failed', reason: 'the provider shows lower totals', retryAfterMs: LOOK_AGAIN_MS };
    const sentAt = clock.now();
    await orders.amendEffects(order, (effects) =>
      effects.map((effect) => (effect.seq === seq && isPaymentEffect(effect) ? { ...effect, sentAt } : effect)),
    );
    return this.#owed(order.id, seq) ? undefined : { kind: 'delivered' };
  }

  /**
   * Looks up the payment after a failure or refusal, because a person or the provider itself may have done what we
   * asked for. Does not do so after an unanswered first attempt, because its request may still be on its way and the
   * totals would prove nothing; nor for a payment link.
   */
  async #lookAfterFailure(
    order: Order,
    effect: PaymentEffect,
    failure: Exclude<PaymentResult, { kind: 'succeeded' }>,
  ): Promise<AttemptResult> {
    if (effect.kind === 'payment-request' || (failure.kind === 'failed' && effect.attempts === 0)) return failure;
    const looked = await this.#lookUp(order, effect.reference);
    if (looked?.kind === 'failed') return { kind: 'failed', reason: failure.reason };
    return this.#owed(order.id, effect.seq) ? failure : { kind: 'delivered' };
  }

  async #lookForResult(order: Order, effect: PaymentEffect): Promise<AttemptResult> {
    const { key, reference, seq } = effect;
    let looked = await this.#lookUp(order, reference);
    if (reference !== undefined && this.#owed(order.id, seq)?.leftOpen) {
      await this.#deps.provider?.closeLink({ orderId: order.id, reference }, `${key}:close`);
      // The provider may not have closed the link, and its answer to a repeated request may be outdated.
      looked = await this.#lookUp(order, reference);
    }
    const reason = looked && looked.kind !== 'succeeded' ? looked.reason : undefined;
    return this.#resultOf(order.id, seq, reason);
  }

  /** @returns `undefined` if the payment cannot be looked up, for lack of a provider or a reference. */
  async #lookUp(order: Order, reference = order.payment?.providerReference): Promise<PaymentResult | undefined> {
    const { provider, orders } = this.#deps;
    if (!provider || reference === undefined) return undefined;
    const result = await provider.lookUp({ orderId: order.id, reference });
    if (result.kind !== 'succeeded') return result;
    await orders.handle(order, { type: 'payment-updated', payment: result.payment, lookedUp: true });
    return result;
  }

  #resultOf(orderId: string, seq: number, reason = 'the totals do not show it yet'): AttemptResult {
    const now = this.#deps.clock.now();
    const effect = this.#owed(orderId, seq);
    if (!effect) return { kind: 'delivered' };
    if (now >= resultDeadline(effect)) return { kind: 'refused', reason };
    const retryAfterMs = Math.min(lookUpWait(effect, now), resultDeadline(effect) - now);
    // An answered request has a deadline of its own.
    return { kind: 'failed', reason, retryAfterMs, giveUpAt: Infinity };
  }

  #owed(orderId: string, seq: number): PaymentEffect | undefined {
    const effects = this.#deps.orderCache.getCached(orderId)?.effects ?? [];
    const effect = effects.find((owed) => owed.seq === seq);
    return effect && isPaymentEffect(effect) ? effect : undefined;
  }

  #askProvider(order: Order, effect: PaymentEffect): Promise<PaymentResult> {
    const { provider } = this.#deps;
    if (!provider) return Promise.resolve({ kind: 'refused', reason: 'no payment provider is configured' });
    const { key, amount, mode = 'charge', until = effect.createdAt } = effect;
    const request = { key, orderId: order.id, amount, currency: order.tariff.currency };
    if (effect.kind === 'payment-request') return provider.requestPayment({ ...request, mode, until });
    const reference = effect.reference ?? order.payment?.providerReference;
    if (reference === undefined)
      return Promise.resolve({ kind: 'refused', reason: 'the provider has given no reference for the payment' });
    return effect.kind === 'payment-capture'
      ? provider.capture({ ...request, reference })
      : provider.refund({ ...request, reference });
  }

  async #settle(order: Order, { seq, kind }: PaymentEffect, outcome: OutboxOutcome): Promise<void> {
    const { orders, events } = this.#deps;
    events.emit('payment.answered', { orderId: order.id, request: kind, outcome: outcome.kind });
    const effect = this.#owed(order.id, seq);
    if (outcome.kind === 'retry')
      await orders.amendEffects(order, (effects) => effects.map((other) => withAttempt(other, seq, outcome)));
    else if (effect && outcome.kind !== 'delivered')
      await orders.handle(order, toFailure(effect, outcome.reason), { settledEffect: seq });
    passCrashPoint('payment.settled');
  }
}

function toFailure(effect: PaymentEffect, reason: string): OrderCommand {
  const { kind: requestKind, key, amount } = effect;
  const answered = isLookedUp(effect) ? { answered: true as const } : {};
  return { type: 'payment-request-failed', requestKind, key, amount, reason, ...answered };
}

function withAttempt(effect: Effect, seq: number, outcome: OutboxOutcome): Effect {
  if (effect.seq !== seq || outcome.kind !== 'retry' || !isPaymentEffect(effect)) return effect;
  const { dueAt, reason: lastError } = outcome;
  const isCounted = effect.kind !== 'payment-refund' || mayBeSent(effect);
  return { ...effect, attempts: isCounted ? outcome.attempts : 0, dueAt, lastError };
}
