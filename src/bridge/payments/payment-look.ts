/**
 * Looks up a payment at its provider before the order starts, because an order must not start if its payment was
 * withdrawn.
 */
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { PaymentProvider } from '../../ports/payment-provider.js';
import type { Cancel, Clock } from '../../ports/runtime.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';

export interface PaymentLookDeps {
  /** Absent if we collect no payments ourselves. */
  readonly provider?: PaymentProvider | undefined;
  readonly orderCache: Pick<OrderCache, 'getCached'>;
  readonly orders: OrderCommandHandler;
  readonly clock: Clock;
  readonly events: Events;
}

const PAUSE_MS = 2000;
/**
 * How many look-ups may fail before the order starts on the basis of the provider's last report, so that drivers do not
 * wait long.
 */
const MAX_FAILURES = 3;

export class PaymentLook {
  readonly #deps: PaymentLookDeps;
  readonly #pauses = new Map<Cancel, () => void>();
  #stopped = false;

  constructor(deps: PaymentLookDeps) {
    this.#deps = deps;
  }

  /** Returns true for an order that is prepaid to us through the payment provider. */
  isNeeded({ payment }: Order): boolean {
    const isPrepaid = payment?.collectedBy === 'BPP' && payment.type === 'PRE-ORDER';
    return isPrepaid && payment.providerReference !== undefined && this.#deps.provider !== undefined;
  }

  /**
   * Looks up the payment and applies the result, which ends an order whose payment was withdrawn. Resolves once a
   * look-up succeeds or too many have failed, but not while we suspect a withdrawal.
   * @param isWanted Returns false once the start is no longer pending or is too late; the wait then ends.
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
    const result = await provider.lookUp({ orderId: order.id, reference });
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
