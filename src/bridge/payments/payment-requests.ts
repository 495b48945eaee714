/** Sends orders' requests to the payment provider, and applies the payments that it reports to the orders. */
import type { OrderCommand } from '../../domain/model/command.js';
import type { Effect, PaymentEffect } from '../../domain/model/effect.js';
import type { Order } from '../../domain/model/order.js';
import { type PaymentRequestKind, type ProviderPayment, amountReceived } from '../../domain/model/payment.js';
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
  readonly orderCache: Pick<OrderCache, 'get' | 'findNewest'>;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Delays between attempts, ms; the last one repeats. */
  readonly retryMs: readonly number[];
  /** How long a payment request is retried, ms. */
  readonly giveUpAfterMs: number;
}

const PAYMENT_KINDS: ReadonlySet<string> = new Set<PaymentRequestKind>([
  'payment-request',
  'payment-capture',
  'payment-refund',
]);

export class PaymentRequests implements PaymentUpdates, OrderEffectHandler {
  readonly #deps: PaymentRequestsDeps;
  readonly #outbox: Outbox;

  constructor(deps: PaymentRequestsDeps) {
    const { clock, random, retryMs, events } = deps;
    this.#deps = deps;
    const onError = (error: unknown): void => report(events, 'payment requests', error);
    this.#outbox = new Outbox({ clock, random, retryMs, onError });
  }

  /** Repeats recovered requests with the same idempotency key. */
  handleEffects(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) if (isPaymentEffect(effect)) this.#outbox.add(this.#toItem(order, effect));
  }

  stop(): Promise<void> {
    return this.#outbox.stop();
  }

  /** Applies a payment that the provider reports. Money for an unknown order opens one discrepancy per amount. */
  async paymentUpdated(orderId: string, payment: ProviderPayment): Promise<void> {
    const { store, orderCache, orders, discrepancies, events } = this.#deps;
    events.emit('payment.update', { orderId, state: payment.state });
    const order = await orderCache.get(orderId);
    // An expired draft may be removed before the command's turn, and the command is then refused.
    if (order && !('refusal' in (await orders.handle(order, { type: 'payment-updated', payment })))) return;
    const { reference, paid, authorisedAmount, refunded } = payment;
    const amount = Math.max(paid, authorisedAmount) - refunded;
    if (amount <= 0) return;
    const detail = `The provider has ${amount} (minor units) as payment ${reference} for order ${orderId}, which does not exist.`;
    const found = discrepancies.create(undefined, [
      { kind: 'payment-unmatched', detail, amount, key: `${reference}:${amount}` },
    ]);
    await store.commit({ discrepancies: found });
  }

  /**
   * Asks the provider about the unpaid payment of a Beckn transaction's draft, and applies the answer, because the
   * notification may have been lost. Does nothing if there is no provider or no such draft, or if money has been
   * received.
   * @param buyer The buyer app's `buyerKey`.
   */
  async lookUpDraftPayment(buyer: string, becknTransactionId: string): Promise<void> {
    const { provider, orderCache } = this.#deps;
    if (!provider) return;
    const order = await orderCache.findNewest(buyer, becknTransactionId);
    const reference = order?.payment?.providerReference;
    if (order?.state !== 'draft' || reference === undefined || amountReceived(order.payment) > 0) return;
    const result = await provider.lookUp(reference);
    if (result.kind === 'succeeded') await this.paymentUpdated(order.id, result.payment);
  }

  #toItem(order: Order, effect: PaymentEffect): OutboxItem {
    let result: PaymentResult | undefined;
    return {
      id: `${order.id}#${effect.seq}`,
      queueKey: order.id,
      recipient: 'payment provider',
      dueAt: effect.dueAt,
      giveUpAt: effect.createdAt + this.#deps.giveUpAfterMs,
      attempts: effect.attempts,
      retryRefusals: false,
      send: async () => {
        result = await this.#send(order, effect);
        return result && toAttemptResult(result);
      },
      settle: (outcome) => this.#settle(order, effect, outcome, result),
    };
  }

  async #send(saved: Order, effect: PaymentEffect): Promise<PaymentResult | undefined> {
    const { orders, orderCache } = this.#deps;
    if (!orders.owesEffect(saved.id, effect.seq)) return undefined;
    const order = (await orderCache.get(saved.id)) ?? saved;
    passCrashPoint('payment.sending');
    const result = await this.#askProvider(order, effect);
    passCrashPoint('payment.sent');
    return result;
  }

  #askProvider(order: Order, effect: PaymentEffect): Promise<PaymentResult> {
    const { provider } = this.#deps;
    if (!provider) return Promise.resolve({ kind: 'refused', reason: 'no payment provider is configured' });
    const { key, amount, mode = 'charge', until = effect.createdAt } = effect;
    const request = { key, orderId: order.id, amount, currency: order.tariff.currency };
    if (effect.kind === 'payment-request') return provider.requestPayment({ ...request, mode, until });
    const reference = order.payment?.providerReference;
    if (reference === undefined)
      return Promise.resolve({ kind: 'refused', reason: 'the provider has given no reference for the payment' });
    return effect.kind === 'payment-capture'
      ? provider.capture({ ...request, reference })
      : provider.refund({ ...request, reference });
  }

  async #settle(
    order: Order,
    effect: PaymentEffect,
    outcome: OutboxOutcome,
    result: PaymentResult | undefined,
  ): Promise<void> {
    const { orders, events } = this.#deps;
    events.emit('payment.answered', { orderId: order.id, request: effect.kind, outcome: outcome.kind });
    const command = toPaymentCommand(effect, outcome, result);
    if (command) await orders.handle(order, command, { settledEffect: effect.seq });
    else await orders.amendEffects(order, (effects) => effects.map((other) => withAttempt(other, effect.seq, outcome)));
    passCrashPoint('payment.settled');
  }
}

function isPaymentEffect(effect: Effect): effect is PaymentEffect {
  return PAYMENT_KINDS.has(effect.kind);
}

function toAttemptResult(result: PaymentResult): AttemptResult {
  return result.kind === 'succeeded' ? { kind: 'delivered' } : { kind: result.kind, reason: result.reason };
}

/** Returns the command that settles the effect; `undefined` if it will be retried. */
function toPaymentCommand(
  effect: PaymentEffect,
  outcome: OutboxOutcome,
  result: PaymentResult | undefined,
): OrderCommand | undefined {
  if (outcome.kind === 'delivered' && result?.kind === 'succeeded') {
    const request = effect.kind === 'payment-request' ? { requestKey: effect.key } : {};
    return { type: 'payment-updated', payment: result.payment, ...request };
  }
  if (outcome.kind !== 'refused' && outcome.kind !== 'given-up') return undefined;
  const { kind: requestKind, key, amount } = effect;
  return { type: 'payment-request-failed', requestKind, key, amount, reason: outcome.reason };
}

function withAttempt(effect: Effect, seq: number, outcome: OutboxOutcome): Effect {
  if (effect.seq !== seq || outcome.kind !== 'retry' || !isPaymentEffect(effect)) return effect;
  return { ...effect, attempts: outcome.attempts, dueAt: outcome.dueAt, lastError: outcome.reason };
}
