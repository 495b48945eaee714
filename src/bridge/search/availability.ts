/** What is for sale right now: every connector with its live state and its free times, and who wants to hear of changes. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { Site } from '../../domain/model/network.js';
import { isActive, isHeld, type Order, type Slot } from '../../domain/model/order.js';
import { expectedUntil } from '../../domain/locations/reservation-slots.js';
import type { Book } from '../orders/order-cache.js';
import type { Views } from '../charge-points/charge-point-state.js';
import type { CatalogueHit } from '../../ports/buyer-requests.js';
import type { Clock } from '../../ports/runtime.js';

/** An order that has outrun what was expected of it is not over yet; nobody knows its end to the minute. */
const GRAIN_MS = 5 * 60_000;

/** Of what is there now, what can take a car now. */
const READY: ReadonlySet<string> = new Set(['Available', 'Preparing', 'Reserved']);

export interface OffersDeps {
  readonly catalogue: Catalogue;
  readonly book: Pick<Book, 'withHeld'>;
  readonly views: Pick<Views, 'live'>;
  readonly clock: Clock;
  /** How far ahead may be booked. */
  readonly aheadMs: number;
}

export class Offers {
  readonly #deps: OffersDeps;
  #listener: (chargePointId: string) => void = () => undefined;

  constructor(deps: OffersDeps) {
    this.#deps = deps;
  }

  /** Called with a charge point whose state or bookings may be others now. */
  watch(listener: (chargePointId: string) => void): void {
    this.#listener = listener;
  }

  changed(chargePointId: string): void {
    this.#listener(chargePointId);
  }

  /** Of the charge points named; of all without a name. */
  of(chargePointIds?: ReadonlySet<string>): CatalogueHit[] {
    const { catalogue } = this.#deps;
    const sites = chargePointIds
      ? catalogue.sites.filter((site) => chargePointIds.has(site.chargePoint.id))
      : catalogue.sites;
    return sites.map((site) => this.hit(site));
  }

  hit(site: Site): CatalogueHit {
    const state = this.#deps.views.live(site.chargePoint.id, site.connector.connectorId);
    return { site, state, free: this.#free(site, state.status) };
  }

  /** All the time ahead that may be booked, less what orders hold of it; none while it cannot charge anybody. */
  #free(site: Site, status: string): Slot[] {
    const { book, clock, aheadMs } = this.#deps;
    const now = clock.now();
    const held = book
      .withHeld(site.chargePoint.id)
      .filter((order) => order.connector.connectorId === site.connector.connectorId && uses(order, now))
      .map((order) => heldBy(order, site, now));
    const used = held.some((slot) => slot.from <= now);
    // Somebody whom nobody here knows uses it: until when, nobody can say.
    if (status === 'Unavailable' || status === 'Faulted' || (!used && !READY.has(status))) return [];
    return between({ from: now, until: now + aheadMs }, held);
  }
}

function uses(order: Order, now: number): boolean {
  return isActive(order) || (isHeld(order) && now < order.quote.expiresAt);
}

function heldBy(order: Order, site: Site, now: number): Slot {
  if (order.slot && !order.session) return order.slot;
  const from = order.session?.startedAt ?? order.start?.wantedAt ?? order.createdAt;
  const until = Math.max(expectedUntil(site.connector, order.limit, from), now + GRAIN_MS);
  return { from, until: Math.ceil(until / GRAIN_MS) * GRAIN_MS };
}

/** What is left of a time when others are taken out of it, in its order. */
export function between(whole: Slot, taken: readonly Slot[]): Slot[] {
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
