/** A charger that came while an order was being saved: too late for the order to know, too early to be told of it. */
import type { Order } from '../../domain/model/order.js';
import type { Desk } from '../orders/order-command-handler.js';
import type { Views } from '../charge-points/charge-point-state.js';
import type { Events } from '../../ports/events.js';

/** Not awaited: it waits for its turn behind whoever has just saved the order. */
export function tellOfCharger(
  deps: { readonly desk: Desk; readonly views: Pick<Views, 'ready'>; readonly events: Events },
  order: Order,
): void {
  const waits = order.state === 'confirmed' && !order.slot && !order.awaitsStart;
  if (!waits || !deps.views.ready(order.connector.chargePointId)) return;
  deps.desk
    .apply(order, { type: 'charger-connected' })
    .catch((error: unknown) => deps.events.emit('store.failed', { problem: String(error) }));
}
