/** A charger that came while an order was being saved: too late for the order to know, too early to be told of it. */
import type { Order } from '../../domain/model/order.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { Events } from '../../ports/events.js';

/** Not awaited: it waits for its turn behind whoever has just saved the order. */
export function reportChargerConnected(
  deps: {
    readonly orders: OrderCommandHandler;
    readonly chargePoints: Pick<ChargePointState, 'isReady'>;
    readonly events: Events;
  },
  order: Order,
): void {
  const waits = order.state === 'confirmed' && !order.slot && !order.awaitsBuyerStart;
  if (!waits || !deps.chargePoints.isReady(order.connector.chargePointId)) return;
  deps.orders
    .handle(order, { type: 'charger-connected' })
    .catch((error: unknown) => deps.events.emit('store.failed', { problem: String(error) }));
}
