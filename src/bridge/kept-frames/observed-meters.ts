/**
 * Applies kept messages to the meters of running sessions in memory, so that limits hold while the store is
 * unavailable. When the messages reach the store, they are applied again, to the earlier meter.
 */
import { decide } from '../../domain/decide/decide.js';
import { nextDeadline } from '../../domain/decide/timers.js';
import type { MeterSample } from '../../domain/model/command.js';
import type { Order } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { Session } from '../../domain/model/session.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { OrderTimers } from '../orders/order-timers.js';

export interface ObservedMetersDeps {
  readonly orderCache: OrderCache;
  readonly orders: Pick<OrderCommandHandler, 'contextFor' | 'sendUnsavedStop' | 'isBusy' | 'handleHints'>;
  readonly timers: Pick<OrderTimers, 'set'>;
  readonly policy: SessionPolicy;
}

export class ObservedMeters {
  readonly #deps: ObservedMetersDeps;
  /** The meters before any kept message, by order id. */
  readonly #before = new Map<string, Session['meter']>();

  constructor(deps: ObservedMetersDeps) {
    this.#deps = deps;
  }

  /** Does nothing while a command about the order is running, whose result would replace the meter. */
  observe(orderId: string, samples: readonly MeterSample[], namesTransaction: boolean): void {
    const { orderCache, orders, timers, policy } = this.#deps;
    const order = orderCache.getCached(orderId);
    if (!order?.session || orders.isBusy(order)) return;
    const { meter } = order.session;
    const command = { type: 'record-sample', samples, namesTransaction, journalSeq: meter.journalSeq } as const;
    const decision = decide(order, command, orders.contextFor(order, command));
    if ('refusal' in decision) return;
    if (decision.effects.some(({ kind }) => kind === 'remote-stop')) orders.sendUnsavedStop(decision.order);
    const after = decision.order.session;
    if (!after || after.end) return;
    if (!this.#before.has(orderId)) this.#before.set(orderId, meter);
    // The rest of the decision, such as progress to report, is decided again when the message reaches the store.
    timers.set(orderId, nextDeadline(this.#replaceMeter(order, after.meter), policy));
    orders.handleHints(decision);
  }

  /**
   * Restores the meters at a charge point whose kept messages are about to reach the store.
   * @returns Undoes that. If the store fails again, limits hold by what the messages say.
   */
  restore(chargePointId: string): () => void {
    const observed = new Map<string, Session['meter']>();
    for (const order of this.#deps.orderCache.openOrdersAt(chargePointId)) {
      const meter = this.#before.get(order.id);
      this.#before.delete(order.id);
      if (!meter || !order.session || order.session.end) continue;
      observed.set(order.id, order.session.meter);
      this.#replaceMeter(order, meter);
    }
    return () => {
      for (const [orderId, meter] of observed) this.#resume(orderId, meter);
    };
  }

  #resume(orderId: string, observed: Session['meter']): void {
    const { orderCache, timers, policy } = this.#deps;
    const order = orderCache.getCached(orderId);
    if (!order?.session || order.session.end) return;
    const { meter } = order.session;
    if (!this.#before.has(orderId)) this.#before.set(orderId, meter);
    // Some of the messages may have been saved.
    timers.set(orderId, nextDeadline(this.#replaceMeter(order, { ...observed, journalSeq: meter.journalSeq }), policy));
  }

  #replaceMeter(order: Order, meter: Session['meter']): Order {
    if (!order.session) return order;
    const replaced = { ...order, session: { ...order.session, meter } };
    this.#deps.orderCache.put(replaced);
    return replaced;
  }
}
