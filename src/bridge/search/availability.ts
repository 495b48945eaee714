/** What is for sale right now: every connector with its live state and its free times, and who wants to hear of changes. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Site } from '../../domain/model/network.js';
import { isActive, isHoldingDraft, type Order } from '../../domain/model/order.js';
import { expectedEnd } from '../../domain/locations/reservation-slots.js';
import { type Slot } from '../../domain/model/reservation.js';
import type { Effect } from '../../domain/model/effect.js';
import type { OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { CatalogueHit } from '../../ports/callback-delivery.js';
import type { Clock } from '../../ports/runtime.js';

/** An order that has outrun what was expected of it is not over yet; nobody knows its end to the minute. */
const ROUND_UP_TO_MS = 5 * 60_000;

/** Of what is there now, what can take a car now. */
const USABLE_STATUSES: ReadonlySet<string> = new Set(['Available', 'Preparing', 'Reserved']);

export interface AvailabilityDeps {
  readonly catalogue: Catalogue;
  readonly orderCache: Pick<OrderCache, 'openOrdersAndHoldsAt'>;
  readonly chargePoints: Pick<ChargePointState, 'effectiveState'>;
  readonly clock: Clock;
  /** How far ahead may be booked. */
  readonly bookableAheadMs: number;
}

export class Availability implements OrderEffectHandler {
  readonly #deps: AvailabilityDeps;
  #listener: (chargePointId: string) => void = () => undefined;

  constructor(deps: AvailabilityDeps) {
    this.#deps = deps;
  }

  /** Called with a charge point whose state or bookings may be others now. */
  onChange(listener: (chargePointId: string) => void): void {
    this.#listener = listener;
  }

  /** Every save may change what is free. */
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

  /** Of the charge points named; of all without a name. */
  hits(chargePointIds?: ReadonlySet<string>): CatalogueHit[] {
    const { catalogue } = this.#deps;
    const sites = chargePointIds
      ? catalogue.sites.filter((site) => chargePointIds.has(site.chargePoint.id))
      : catalogue.sites;
    return sites.map((site) => this.hitOf(site));
  }

  hitOf(site: Site): CatalogueHit {
    const state = this.#deps.chargePoints.effectiveState(site.chargePoint.id, site.connector.connectorId);
    return { site, state, freeSlots: this.#freeSlots(site, state.status) };
  }

  /** All the time ahead that may be booked, less what orders hold of it; none while it cannot charge anybody. */
  #freeSlots(site: Site, status: string): Slot[] {
    const { orderCache: book, clock, bookableAheadMs: aheadMs } = this.#deps;
    const now = clock.now();
    const held = book
      .openOrdersAndHoldsAt(site.chargePoint.id)
      .filter((order) => order.connector.connectorId === site.connector.connectorId && occupiesConnector(order, now))
      .map((order) => occupiedSlot(order, site, now));
    const used = held.some((slot) => slot.from <= now);
    // Somebody whom nobody here knows uses it: until when, nobody can say.
    if (status === 'Unavailable' || status === 'Faulted' || (!used && !USABLE_STATUSES.has(status))) return [];
    return subtractSlots({ from: now, until: now + aheadMs }, held);
  }
}

function occupiesConnector(order: Order, now: number): boolean {
  return isActive(order) || (isHoldingDraft(order) && now < order.quote.expiresAt);
}

function occupiedSlot(order: Order, site: Site, now: number): Slot {
  if (order.slot && !order.session) return order.slot;
  const from = order.session?.startedAt ?? order.remoteStart?.requestedAt ?? order.createdAt;
  const until = Math.max(expectedEnd(site.connector, order.limit, from), now + ROUND_UP_TO_MS);
  return { from, until: Math.ceil(until / ROUND_UP_TO_MS) * ROUND_UP_TO_MS };
}

/** What is left of a time when others are taken out of it, in its order. */
export function subtractSlots(whole: Slot, taken: readonly Slot[]): Slot[] {
  const left: Slot[] = [];
  let { from } = whole;
  for (const slot of [...taken].sort((a, b) => a.from - b.from)) {
    if (from >= whole.until) break;
    if (slot.from > from) left.push({ from, until: Math.min(slot.from, whole.until) });
    from = Math.max(from, slot.until);
  }
  if (from < whole.until) left.push({ from, until: whole.until });
  return left;
}
