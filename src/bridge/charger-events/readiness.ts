/** Tracks which charge points are ready for commands, and passes changes to their open orders. */
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';

export interface ReadinessDeps {
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly chargePoints: ChargePointState;
  readonly clock: Clock;
  readonly events: Events;
  /** Called with the id of each charge point that becomes ready for commands. */
  readonly onReady: (chargePointId: string) => void;
}

const RETRY_MS = 1000;

type ConnectivityCommand = { readonly type: 'charger-connected' | 'charger-disconnected' };

export class Readiness {
  readonly #deps: ReadinessDeps;

  constructor(deps: ReadinessDeps) {
    this.#deps = deps;
  }

  /** Marks a charge point ready if its last boot was accepted, since it need not boot again on a new socket. */
  markReadyIfBooted(chargePointId: string): void {
    const { accepted, bootStatus } = this.#deps.chargePoints.record(chargePointId);
    if (accepted && bootStatus === undefined) this.markReady(chargePointId);
  }

  /**
   * Allows commands from now on, and lets orders that waited for the charger continue. Does nothing if the charge point
   * is ready already or not connected.
   */
  markReady(chargePointId: string): void {
    if (!this.#deps.chargePoints.markReady(chargePointId)) return;
    this.#applyToOrders(chargePointId, { type: 'charger-connected' });
    this.#deps.onReady(chargePointId);
  }

  /** Does nothing unless `generation` belongs to the current socket. */
  markDisconnected(chargePointId: string, generation: number): void {
    if (this.#deps.chargePoints.markDisconnected(chargePointId, generation))
      this.#applyToOrders(chargePointId, { type: 'charger-disconnected' });
  }

  #applyToOrders(chargePointId: string, command: ConnectivityCommand): void {
    for (const order of this.#deps.orderCache.openOrdersAt(chargePointId)) this.#applyToOrder(order, command);
  }

  /** Applies the change, and retries a failed save while the change still holds, because no message will repeat it. */
  #applyToOrder(order: Order, command: ConnectivityCommand): void {
    const { orders, chargePoints, clock, events } = this.#deps;
    const { chargePointId } = order.connector;
    orders.handle(order, command).catch((error: unknown) => {
      report(events, command.type, error, { orderId: order.id });
      clock.callLater(RETRY_MS, () => {
        const stillHolds =
          command.type === 'charger-connected'
            ? chargePoints.isReady(chargePointId)
            : !chargePoints.connectionOf(chargePointId);
        if (stillHolds) this.#applyToOrder(order, command);
      });
    });
  }
}
