/** Finds the booked slots of connectors: those of confirmed orders and of drafts that hold a connector. */
import { isQuoteExpired } from '../../domain/model/quote.js';
import { heldSlot, isReservedNow } from '../../domain/locations/reservation-slots.js';
import { isActive, isHoldingDraft } from '../../domain/model/order.js';
import type { Slot } from '../../domain/model/reservation.js';
import type { Clock } from '../../ports/runtime.js';
import type { OrderCache } from './order-cache.js';

export interface BookedSlotsDeps {
  readonly orderCache: Pick<OrderCache, 'openOrdersAt' | 'openOrdersAndHoldsAt'>;
  readonly clock: Pick<Clock, 'now'>;
  /** How long before a booked slot the connector is reserved, ms. */
  readonly leadMs: number;
}

export class BookedSlots {
  readonly #deps: BookedSlotsDeps;

  constructor(deps: BookedSlotsDeps) {
    this.#deps = deps;
  }

  /** Returns a connector's booked slots, except that of `exceptOrderId`. A draft counts until its quote expires. */
  slotsOf(chargePointId: string, connectorId: number, exceptOrderId?: string): Slot[] {
    const { orderCache, clock } = this.#deps;
    return orderCache.openOrdersAndHoldsAt(chargePointId).flatMap((order) => {
      if (order.id === exceptOrderId || order.connector.connectorId !== connectorId) return [];
      if (isHoldingDraft(order)) return isQuoteExpired(order.quote, clock.now()) ? [] : [heldSlot(order)];
      return order.slot && isActive(order) ? [order.slot] : [];
    });
  }

  /**
   * Returns whether the connector (or any connector, without `connectorId`) is reserved now for an order whose session
   * has not begun.
   */
  isReserved(chargePointId: string, connectorId?: number): boolean {
    const { orderCache, clock, leadMs } = this.#deps;
    return orderCache.openOrdersAt(chargePointId).some((order) => {
      const { slot, session, connector } = order;
      if (connectorId !== undefined && connector.connectorId !== connectorId) return false;
      return slot !== undefined && !session && isActive(order) && isReservedNow([slot], clock.now(), leadMs);
    });
  }
}
