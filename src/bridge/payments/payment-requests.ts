/** Money on its way: what orders want of the payment provider, done at least once, and what the provider tells. */
import type { OrderCommand } from '../../domain/model/command.js';
import type { Effect, Order, PaymentEffect } from '../../domain/model/order.js';
import { type PaymentErrand, type PaymentTold, received } from '../../domain/model/payment.js';
import type { Book } from '../orders/order-cache.js';
import { chaosPoint } from '../orders/crash-points.js';
import type { Desk } from '../orders/order-command-handler.js';
import { Outbox, type Parcel, type ParcelOutcome } from '../callbacks/outbox.js';
import type { Delivery } from '../../ports/buyer-requests.js';
import type { Events } from '../../ports/events.js';
import type { PaymentAnswer, PaymentIntake, PaymentProvider } from '../../ports/payment-provider.js';
import type { Clock, Random } from '../../ports/runtime.js';
import { StoreFault, type Store } from '../../ports/store.js';
import type { Scribe } from '../orders/effect-factory.js';

export interface PaymentsDeps {
  readonly provider?: PaymentProvider | undefined;
  readonly store: Store;
  readonly book: Book;
  readonly desk: Desk;
  readonly scribe: Scribe;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly retryMs: readonly number[];
  /** How long an errand is tried, ms. */
  readonly horizonMs: number;
}

const KINDS: ReadonlySet<string> = new Set<PaymentErrand>(['payment-request', 'payment-capture', 'payment-refund']);

export class Payments implements PaymentIntake {
  readonly #deps: PaymentsDeps;
  readonly #outbox: Outbox;

  constructor(deps: PaymentsDeps) {
    this.#deps = deps;
    this.#outbox = new Outbox(deps.clock, deps.random, deps.retryMs, (error) =>
      deps.events.emit(error instanceof StoreFault ? 'store.failed' : 'bug', { where: 'payments', error }),
    );
  }

  /** Takes over what an order wants of the provider. After a restart it is asked again, under the same key. */
  fromOrder(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) if (isPayment(effect)) this.#outbox.add(this.#parcel(order, effect));
  }

  async stop(): Promise<void> {
    this.#outbox.stop();
    await this.#outbox.quiet();
  }

  /** What the provider tells unasked. Of an order that we do not know, a person is told once. */
  async told(orderId: string, told: PaymentTold): Promise<void> {
    const { store, book, desk, scribe, events } = this.#deps;
    events.emit('payment.told', { orderId, state: told.state });
    const order = await book.get(orderId);
    // One that was too old is gone by the time that this is saved.
    if (order && !('refusal' in (await desk.apply(order, { type: 'payment-changed', told })))) return;
    const amount = Math.max(told.paid, told.held) - told.refunded;
    if (amount <= 0) return;
    const detail = `The provider holds ${amount} (minor units) as payment ${told.reference} for order ${orderId}, which is not there.`;
    const rows = scribe.rows(undefined, [
      { kind: 'payment-unmatched', detail, amount, key: `${told.reference}:${amount}` },
    ]);
    await store.commit({ rows });
  }

  /**
   * Asks how the payment of a draft stands whose webhook may be lost; what is learned is saved like one that came. Where
   * nobody collects on our side nothing is read.
   */
  async lookUp(buyer: string, becknTransactionId: string): Promise<void> {
    const { provider, book } = this.#deps;
    if (!provider) return;
    const order = await book.newestOf(buyer, becknTransactionId);
    const reference = order?.payment?.providerReference;
    if (order?.state !== 'draft' || reference === undefined || received(order.payment) > 0) return;
    const answer = await provider.lookUp(reference);
    if (answer.kind === 'told') await this.told(order.id, answer.told);
  }

  #parcel(order: Order, effect: PaymentEffect): Parcel {
    const { desk, book, events, horizonMs } = this.#deps;
    let answer: PaymentAnswer | undefined;
    return {
      id: `${order.id}#${effect.seq}`,
      lane: order.id,
      buyer: 'payments',
      dueAt: effect.dueAt,
      horizon: effect.createdAt + horizonMs,
      attempts: effect.attempts,
      insistent: false,
      send: async () => {
        if (!desk.owes(order.id, effect.seq)) return undefined;
        const now = (await book.get(order.id)) ?? order;
        chaosPoint('payment.sending');
        answer = await this.#ask(now, effect);
        chaosPoint('payment.sent');
        return deliveryOf(answer);
      },
      settled: async (outcome) => {
        events.emit('payment.answered', { orderId: order.id, errand: effect.kind, outcome: outcome.kind });
        const command = commandOf(effect, outcome, answer);
        if (command) await desk.apply(order, command, { settles: effect.seq });
        else await desk.amend(order, (effects) => effects.map((other) => tried(other, effect.seq, outcome)));
        chaosPoint('payment.settled');
      },
    };
  }

  #ask(order: Order, effect: PaymentEffect): Promise<PaymentAnswer> {
    const { provider } = this.#deps;
    if (!provider) return Promise.resolve({ kind: 'refused', reason: 'no payment provider is configured' });
    const { key, amount, mode = 'charge', until = effect.createdAt } = effect;
    const errand = { key, orderId: order.id, amount, currency: order.tariff.currency };
    if (effect.kind === 'payment-request') return provider.request({ ...errand, mode, until });
    const reference = order.payment?.providerReference;
    if (reference === undefined) return Promise.resolve({ kind: 'refused', reason: 'the provider has not named it' });
    return effect.kind === 'payment-capture'
      ? provider.capture({ ...errand, reference })
      : provider.refund({ ...errand, reference });
  }
}

function isPayment(effect: Effect): effect is PaymentEffect {
  return KINDS.has(effect.kind);
}

function deliveryOf(answer: PaymentAnswer): Delivery {
  return answer.kind === 'told' ? { kind: 'delivered' } : { kind: answer.kind, reason: answer.reason };
}

function commandOf(
  effect: PaymentEffect,
  outcome: ParcelOutcome,
  answer: PaymentAnswer | undefined,
): OrderCommand | undefined {
  if (outcome.kind === 'delivered' && answer?.kind === 'told') {
    const request = effect.kind === 'payment-request' ? { request: effect.key } : {};
    return { type: 'payment-changed', told: answer.told, ...request };
  }
  if (outcome.kind !== 'refused' && outcome.kind !== 'given-up') return undefined;
  const { kind: errand, key, amount } = effect;
  return { type: 'payment-refused', errand, key, amount, reason: outcome.reason };
}

function tried(effect: Effect, seq: number, outcome: ParcelOutcome): Effect {
  if (effect.seq !== seq || outcome.kind !== 'again' || !isPayment(effect)) return effect;
  return { ...effect, attempts: outcome.attempts, dueAt: outcome.dueAt, lastError: outcome.reason };
}
