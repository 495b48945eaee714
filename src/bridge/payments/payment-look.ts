/** The look at a payment before its order starts: nothing starts while its money is gone. */
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { PaymentProvider } from '../../ports/payment-provider.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';

export interface PaymentLookDeps {
  /** Absent when no payment is collected on our side. */
  readonly provider?: PaymentProvider | undefined;
  readonly orderCache: Pick<OrderCache, 'getCached'>;
  readonly orders: OrderCommandHandler;
  readonly clock: Clock;
  readonly events: Events;
}

const PAUSE_MS = 2000;
/** Look-ups that may fail before the order starts on the provider's last word, so that a driver does not wait for long. */
const MAX_FAILURES = 3;

export class PaymentLook {
  readonly #deps: PaymentLookDeps;
  readonly #pauses = new Map<Cancel, () => void>();
  #stopped = false;

  constructor(deps: PaymentLookDeps) {
    this.#deps = deps;
  }

  /** True for an order that starts on money which the provider holds for us. */
  isNeeded({ payment }: Order): boolean {
    const isPrepaid = payment?.collectedBy === 'BPP' && payment.type === 'PRE-ORDER';
    return isPrepaid && payment.providerReference !== undefined && this.#deps.provider !== undefined;
  }

  /**
   * Looks the payment up and applies what the provider shows; an order whose money is gone ends by that. Resolves when the
   * totals are known, or when the provider cannot be reached and nothing speaks against them.
   * @param isWanted False once the start is not owed any longer or comes too late.
   */
  async beforeStart(order: Order, isWanted: () => boolean): Promise<void> {
    for (let failures = 0; isWanted() && !this.#stopped;) {
      const seen = await this.#lookUp(order);
      const isSuspected = this.#deps.orderCache.getCached(order.id)?.payment?.fallSuspectedAt !== undefined;
      failures += seen ? 0 : 1;
      if (!isSuspected && (seen || failures >= MAX_FAILURES)) return;
      if (isWanted()) await this.#pause();
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const [cancel, resolve] of this.#pauses) {
      cancel();
      resolve();
    }
    this.#pauses.clear();
  }

  async #lookUp(order: Order): Promise<boolean> {
    const { provider, orders, events } = this.#deps;
    const reference = order.payment?.providerReference;
    if (!provider || reference === undefined) return true;
    const result = await provider.lookUp(reference);
    if (result.kind !== 'succeeded') return false;
    try {
      await orders.handle(order, { type: 'payment-updated', payment: result.payment, lookedUp: true });
      return true;
    } catch (error) {
      report(events, 'payment before a start', error, { orderId: order.id });
      return false;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.callLater(PAUSE_MS, () => {
        this.#pauses.delete(cancel);
        resolve();
      });
      this.#pauses.set(cancel, resolve);
    });
  }
}
