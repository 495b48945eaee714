/** Money on its way: what orders want of the payment provider, done at least once, and what the provider tells. */
import type { OrderCommand } from '../../domain/model/command.js';
import type { Order } from '../../domain/model/order.js';
import type { Effect, PaymentEffect } from '../../domain/model/effect.js';
import { type PaymentRequestKind, type ProviderPayment, amountReceived } from '../../domain/model/payment.js';
import type { OrderCache } from '../orders/order-cache.js';
import { passCrashPoint } from '../orders/crash-points.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import { Outbox, type OutboxItem, type OutboxOutcome } from '../callbacks/outbox.js';
import type { Delivery } from '../../ports/callback-delivery.js';
import type { Events } from '../../ports/events.js';
import type { PaymentResult, PaymentUpdates, PaymentProvider } from '../../ports/payment-provider.js';
import type { Clock, Random } from '../../ports/runtime.js';
import { StoreFault, type Store } from '../../ports/store.js';
import type { EffectFactory } from '../orders/effect-factory.js';

export interface PaymentRequestsDeps {
  readonly provider?: PaymentProvider | undefined;
  readonly store: Store;
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly effectFactory: EffectFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly retryMs: readonly number[];
  /** How long an errand is tried, ms. */
  readonly giveUpAfterMs: number;
}

const PAYMENT_KINDS: ReadonlySet<string> = new Set<PaymentRequestKind>([
  'payment-request',
  'payment-capture',
  'payment-refund',
]);

export class PaymentRequests implements PaymentUpdates {
  readonly #deps: PaymentRequestsDeps;
  readonly #outbox: Outbox;

  constructor(deps: PaymentRequestsDeps) {
    this.#deps = deps;
    this.#outbox = new Outbox(deps.clock, deps.random, deps.retryMs, (error) =>
      deps.events.emit(error instanceof StoreFault ? 'store.failed' : 'bug', { where: 'payments', error }),
    );
  }

  /** Takes over what an order wants of the provider. After a restart it is asked again, under the same key. */
  handleEffects(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) if (isPaymentEffect(effect)) this.#outbox.add(this.#paymentItem(order, effect));
  }

  async stop(): Promise<void> {
    this.#outbox.stop();
    await this.#outbox.drained();
  }

  /** What the provider tells unasked. Of an order that we do not know, a person is told once. */
  async paymentUpdated(orderId: string, told: ProviderPayment): Promise<void> {
    const { store, orderCache: book, orders: desk, effectFactory: scribe, events } = this.#deps;
    events.emit('payment.update', { orderId, state: told.state });
    const order = await book.get(orderId);
    // One that was too old is gone by the time that this is saved.
    if (order && !('refusal' in (await desk.handle(order, { type: 'payment-updated', payment: told })))) return;
    const amount = Math.max(told.paid, told.authorisedAmount) - told.refunded;
    if (amount <= 0) return;
    const detail = `The provider holds ${amount} (minor units) as payment ${told.reference} for order ${orderId}, which is not there.`;
    const rows = scribe.createDiscrepancies(undefined, [
      { kind: 'payment-unmatched', detail, amount, key: `${told.reference}:${amount}` },
    ]);
    await store.commit({ discrepancies: rows });
  }

  /**
   * Asks how the payment of a draft stands whose webhook may be lost; what is learned is saved like one that came. Where
   * nobody collects on our side nothing is read.
   */
  async lookUpDraftPayment(buyer: string, becknTransactionId: string): Promise<void> {
    const { provider, orderCache: book } = this.#deps;
    if (!provider) return;
    const order = await book.findNewest(buyer, becknTransactionId);
    const reference = order?.payment?.providerReference;
    if (order?.state !== 'draft' || reference === undefined || amountReceived(order.payment) > 0) return;
    const answer = await provider.lookUp(reference);
    if (answer.kind === 'succeeded') await this.paymentUpdated(order.id, answer.payment);
  }

  #paymentItem(order: Order, effect: PaymentEffect): OutboxItem {
    const { orders: desk, orderCache: book, events, giveUpAfterMs: horizonMs } = this.#deps;
    let answer: PaymentResult | undefined;
    return {
      id: `${order.id}#${effect.seq}`,
      queueKey: order.id,
      recipient: 'payments',
      dueAt: effect.dueAt,
      giveUpAt: effect.createdAt + horizonMs,
      attempts: effect.attempts,
      retryRefusals: false,
      send: async () => {
        if (!desk.owesEffect(order.id, effect.seq)) return undefined;
        const now = (await book.get(order.id)) ?? order;
        passCrashPoint('payment.sending');
        answer = await this.#sendToProvider(now, effect);
        passCrashPoint('payment.sent');
        return toDelivery(answer);
      },
      settle: async (outcome) => {
        events.emit('payment.answered', { orderId: order.id, request: effect.kind, outcome: outcome.kind });
        const command = toPaymentCommand(effect, outcome, answer);
        if (command) await desk.handle(order, command, { settledEffect: effect.seq });
        else
          await desk.amendEffects(order, (effects) => effects.map((other) => withAttempt(other, effect.seq, outcome)));
        passCrashPoint('payment.settled');
      },
    };
  }

  #sendToProvider(order: Order, effect: PaymentEffect): Promise<PaymentResult> {
    const { provider } = this.#deps;
    if (!provider) return Promise.resolve({ kind: 'refused', reason: 'no payment provider is configured' });
    const { key, amount, mode = 'charge', until = effect.createdAt } = effect;
    const errand = { key, orderId: order.id, amount, currency: order.tariff.currency };
    if (effect.kind === 'payment-request') return provider.requestPayment({ ...errand, mode, until });
    const reference = order.payment?.providerReference;
    if (reference === undefined) return Promise.resolve({ kind: 'refused', reason: 'the provider has not named it' });
    return effect.kind === 'payment-capture'
      ? provider.capture({ ...errand, reference })
      : provider.refund({ ...errand, reference });
  }
}

function isPaymentEffect(effect: Effect): effect is PaymentEffect {
  return PAYMENT_KINDS.has(effect.kind);
}

function toDelivery(answer: PaymentResult): Delivery {
  return answer.kind === 'succeeded' ? { kind: 'delivered' } : { kind: answer.kind, reason: answer.reason };
}

function toPaymentCommand(
  effect: PaymentEffect,
  outcome: OutboxOutcome,
  answer: PaymentResult | undefined,
): OrderCommand | undefined {
  if (outcome.kind === 'delivered' && answer?.kind === 'succeeded') {
    const request = effect.kind === 'payment-request' ? { requestKey: effect.key } : {};
    return { type: 'payment-updated', payment: answer.payment, ...request };
  }
  if (outcome.kind !== 'refused' && outcome.kind !== 'given-up') return undefined;
  const { kind: errand, key, amount } = effect;
  return { type: 'payment-request-failed', requestKind: errand, key, amount, reason: outcome.reason };
}

function withAttempt(effect: Effect, seq: number, outcome: OutboxOutcome): Effect {
  if (effect.seq !== seq || outcome.kind !== 'retry' || !isPaymentEffect(effect)) return effect;
  return { ...effect, attempts: outcome.attempts, dueAt: outcome.dueAt, lastError: outcome.reason };
}
