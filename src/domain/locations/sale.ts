/** Decides whether a connector may be sold, from what is known of it and its charge point. */
import type { DecisionContext, SaleStatus } from '../model/decision.js';
import { FREE_STATUSES, type Site } from '../model/network.js';
import type { Limit } from '../model/quote.js';
import type { Refusal } from '../model/refusal.js';
import type { Slot } from '../model/reservation.js';
import { checkSlot, expectedEnd, futureSlot, overlappingSlot } from './reservation-slots.js';
import { stopDuring } from './sale-stops.js';

const ITEMS_PATH = 'message.order.items';

/**
 * Returns why a connector cannot be sold, now or for a booking; `undefined` if it can.
 * @param sale Absent if nothing is known of the connector.
 * @param request.booking The slot of an order for later. The connector's status is then ignored, as it may change.
 * @param request.isConfirm A confirm during quarantine is accepted and then fails, which refunds its payment at once.
 */
export function saleProblem(
  sale: SaleStatus | undefined,
  {
    now,
    booking,
    isConfirm,
  }: { readonly now: number; readonly booking: Slot | undefined; readonly isConfirm: boolean },
): Refusal | undefined {
  if (!sale) return undefined;
  if (sale.outOfService === 'quarantined' && isConfirm) return undefined;
  if (sale.outOfService) return { code: 'charger-out-of-service', path: ITEMS_PATH, detail: sale.outOfService };
  const stop = stopDuring(sale.outOfSale ?? [], booking ?? { from: now, until: now });
  if (stop) return { code: 'out-of-sale', path: ITEMS_PATH, detail: stop.reason };
  if (booking) return undefined;
  if (sale.charger === 'gone') return { code: 'charger-offline', path: ITEMS_PATH };
  const busy = (detail: string): Refusal => ({ code: 'connector-busy', path: ITEMS_PATH, detail });
  if (sale.isOrdered) return busy('it is ordered');
  // A charge point that is briefly disconnected reports its status when it reconnects.
  if (sale.charger === 'away') return undefined;
  const { status } = sale.state;
  return FREE_STATUSES.has(status) ? undefined : busy(status);
}

const SLOT_PATH = 'message.order.fulfillments[0].stops';

/** Refuses an invalid, ended or taken slot, and a session that would run into the lead time of a booked slot. */
export function slotProblem(
  site: Site,
  limit: Limit,
  slot: Slot | undefined,
  context: DecisionContext,
): Refusal | undefined {
  const { now, policy, bookedSlots = [] } = context;
  if (slot && slot.until <= now) return { code: 'slot-invalid', path: SLOT_PATH, detail: 'it has ended' };
  const booking = futureSlot(slot, now);
  const problem = booking && checkSlot(booking, now, policy);
  if (problem) return { ...problem, path: SLOT_PATH };
  const period = booking ?? { from: now, until: expectedEnd(site.connector, limit, now) };
  const overlap = overlappingSlot(bookedSlots, period, booking ? 0 : policy.slotLeadMs);
  return overlap && { code: 'slot-taken', path: booking ? SLOT_PATH : 'message.order.items' };
}
