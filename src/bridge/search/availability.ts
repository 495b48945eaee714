/** Combines connectors with their live states and free slots, and announces changes. */
import { isQuoteExpired } from '../../domain/model/quote.js';
import type { CatalogueLookup } from '../../domain/locations/catalogue.js';
import { connectorRefOf, type SaleStop, type Site } from '../../domain/model/network.js';
import { isActive, isHoldingDraft, type Order } from '../../domain/model/order.js';
import { expectedEnd } from '../../domain/locations/reservation-slots.js';
import { stopDuring } from '../../domain/locations/sale-stops.js';
import { type Slot } from '../../domain/model/reservation.js';
import type { Effect } from '../../domain/model/effect.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OutOfSale } from '../charge-points/out-of-sale.js';
import type { CatalogueHit } from '../../ports/callback-delivery.js';
import type { Clock } from '../../ports/runtime.js';

/** Expected ends are estimates, so they are rounded up to a multiple of this and lie at least this far ahead, ms. */
const ROUND_UP_TO_MS = 5 * 60_000;

/** The statuses in which an unoccupied connector can take a car now. */
const USABLE_STATUSES: ReadonlySet<string> = new Set(['Available', 'Preparing', 'Reserved']);

export interface AvailabilityDeps {
  readonly catalogue: CatalogueLookup;
  readonly orderCache: Pick<OrderCache, 'openOrdersAndHoldsAt'>;
  readonly chargePoints: Pick<ChargePointState, 'effectiveState'>;
  readonly outOfSale: Pick<OutOfSale, 'stopsOf'>;
  readonly clock: Clock;
  /** How far ahead a connector may be booked, ms. */
  readonly bookableAheadMs: number;
}

export class Availability implements OrderEffectHandler {
  readonly #deps: AvailabilityDeps;
  #listener: (chargePointId: string) => void = () => undefined;

  constructor(deps: AvailabilityDeps) {
    this.#deps = deps;
  }

  /** Sets the listener. It is called with the id of each charge point whose state or bookings may have changed. */
  onChange(listener: (chargePointId: string) => void): void {
    this.#listener = listener;
  }

  /** Announces a change after each save, since the save may change which slots are free. */
  handleEffects(
    { connector }: Order,
    _effects: readonly Effect[],
    { recovered }: { readonly recovered: boolean },
  ): void {
    if (!recovered) this.notifyChanged(connector.chargePointId);
  }

  notifyChanged(chargePointId: string): void {
    this.#listener(chargePointId);
  }

  /** Returns the connectors of these charge points, or of all if `chargePointIds` is absent. */
  hits(chargePointIds?: ReadonlySet<string>): CatalogueHit[] {
    const { catalogue } = this.#deps;
    const sites = chargePointIds
      ? catalogue.sites.filter((site) => chargePointIds.has(site.chargePoint.id))
      : catalogue.sites;
    return sites.map((site) => this.hitOf(site));
  }

  hitOf(site: Site): CatalogueHit {
    const { chargePoints, outOfSale, clock } = this.#deps;
    const state = chargePoints.effectiveState(site.chargePoint.id, site.connector.connectorId);
    const now = clock.now();
    const stops = outOfSale.stopsOf(connectorRefOf(site));
    const freeSlots = this.#freeSlots(site, { status: state.status, stops, now });
    const stop = stopDuring(stops, { from: now, until: now });
    if (!stop) return { site, state, freeSlots };
    return { site, state: { ...state, status: 'Unavailable' }, freeSlots, outOfSale: stop.reason };
  }

  /**
   * Returns the periods of the bookable time in which the connector is unoccupied and on sale; none while it is
   * unusable, or used by a car without an order of ours.
   */
  #freeSlots(
    site: Site,
    { status, stops, now }: { readonly status: string; readonly stops: readonly SaleStop[]; readonly now: number },
  ): Slot[] {
    const { orderCache, bookableAheadMs } = this.#deps;
    const occupied = orderCache
      .openOrdersAndHoldsAt(site.chargePoint.id)
      .filter((order) => order.connector.connectorId === site.connector.connectorId && occupiesConnector(order, now))
      .map((order) => occupiedSlot(order, site, now));
    const isOccupiedNow = occupied.some((slot) => slot.from <= now);
    // A car without an order of ours will use the connector for an unknown time.
    if (status === 'Unavailable' || status === 'Faulted' || (!isOccupiedNow && !USABLE_STATUSES.has(status))) return [];
    const stopped = stops.map(({ from, until = Infinity }) => ({ from, until }));
    return subtractSlots({ from: now, until: now + bookableAheadMs }, [...occupied, ...stopped]);
  }
}

function occupiesConnector(order: Order, now: number): boolean {
  return isActive(order) || (isHoldingDraft(order) && !isQuoteExpired(order.quote, now));
}

function occupiedSlot(order: Order, site: Site, now: number): Slot {
  if (order.slot && !order.session) return order.slot;
  const from = order.session?.startedAt ?? order.remoteStart?.requestedAt ?? order.createdAt;
  const until = Math.max(expectedEnd(site.connector, order.limit, from), now + ROUND_UP_TO_MS);
  return { from, until: Math.ceil(until / ROUND_UP_TO_MS) * ROUND_UP_TO_MS };
}

/** Returns the parts of `whole` that none of the slots covers, in ascending order. */
export function subtractSlots(whole: Slot, slots: readonly Slot[]): Slot[] {
  const remaining: Slot[] = [];
  let { from } = whole;
  for (const slot of [...slots].sort((a, b) => a.from - b.from)) {
    if (from >= whole.until) break;
    if (slot.from > from) remaining.push({ from, until: Math.min(slot.from, whole.until) });
    from = Math.max(from, slot.until);
  }
  if (from < whole.until) remaining.push({ from, until: whole.until });
  return remaining;
}
