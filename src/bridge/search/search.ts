/** Searches the catalogue with an index and live availability, one page at a time. */
import type { Slot } from '../../domain/model/reservation.js';
import type { SearchIntent } from '../../ports/buyer-requests.js';
import type { CatalogueHit } from '../../ports/callback-delivery.js';
import type { SearchCursor, SearchHit, LiveAvailability, SearchIndex } from './search-index.js';
import type { Availability } from './availability.js';
import type { Clock } from '../../ports/runtime.js';
import type { OutOfSale } from '../charge-points/out-of-sale.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';

export interface SearchSettings {
  /** The largest number of connectors in one on_search. */
  readonly pageSize: number;
  /** The largest number of on_search callbacks for one search. */
  readonly maxPages: number;
  /** How to answer a search without hits. */
  readonly emptyAnswer: 'empty-catalogue' | 'none';
}

/** The plan from which one on_search is rendered. It is JSON-safe, because it is stored until then. */
export interface SearchPlan {
  readonly type: 'search';
  readonly intent: SearchIntent;
  /** Counted from 0; absent means the first page. */
  readonly page?: number;
  readonly after?: SearchCursor;
}

export interface SearchPage {
  readonly hits: readonly CatalogueHit[];
  /** The plan of the next on_search; absent on the last page. */
  readonly next?: SearchPlan;
}

/** How many connectors are examined between yields to the event loop; a dialect's filter takes about 30 µs for each. */
const YIELD_EVERY = 50;

export interface CatalogueSearchDeps {
  readonly index: Pick<SearchIndex, 'search' | 'eachHit'>;
  readonly chargePoints: ChargePointState;
  readonly availability: Availability;
  readonly outOfSale: Pick<OutOfSale, 'stopOf'>;
  readonly settings: SearchSettings;
  readonly bookedSlots: (chargePointId: string, connectorId: number) => readonly Slot[];
  readonly clock: Pick<Clock, 'callSoon'>;
}

export class CatalogueSearch {
  readonly #deps: CatalogueSearchDeps;
  readonly #availability: LiveAvailability;

  constructor(deps: CatalogueSearchDeps) {
    this.#deps = deps;
    this.#availability = {
      isAvailable: (chargePointId, connectorId) =>
        deps.chargePoints.effectiveState(chargePointId, connectorId).status === 'Available' &&
        deps.outOfSale.stopOf({ chargePointId, connectorId }) === undefined,
      bookedSlots: deps.bookedSlots,
    };
  }

  /** Finds the page of a plan, with the current connector states. */
  findPage(plan: SearchPlan): SearchPage {
    const { index, settings } = this.#deps;
    const { hits, next } = index.search(plan.intent, this.#availability, settings.pageSize, plan.after);
    return this.#toPage(
      plan,
      hits.map((hit) => this.#toCatalogueHit(hit)),
      next,
    );
  }

  /** Finds the page of a plan, with only those connectors that pass a dialect's filter. */
  async findFilteredPage(plan: SearchPlan, matches: (hit: CatalogueHit) => boolean): Promise<SearchPage> {
    const { index, settings, clock } = this.#deps;
    const hits: CatalogueHit[] = [];
    let last: SearchCursor | undefined;
    let examined = 0;
    for (const searchHit of index.eachHit(plan.intent, this.#availability, plan.after)) {
      examined += 1;
      if (examined % YIELD_EVERY === 0) await new Promise<void>((resolve) => clock.callSoon(resolve));
      const hit = this.#toCatalogueHit(searchHit);
      if (!matches(hit)) continue;
      if (hits.length === settings.pageSize) return this.#toPage(plan, hits, last);
      hits.push(hit);
      last = searchHit.cursor;
    }
    return { hits };
  }

  #toCatalogueHit({ site, distanceM }: SearchHit): CatalogueHit {
    return { ...(distanceM !== undefined && { distanceM }), ...this.#deps.availability.hitOf(site) };
  }

  #toPage(
    { intent, page = 0 }: SearchPlan,
    hits: readonly CatalogueHit[],
    after: SearchCursor | undefined,
  ): SearchPage {
    const next = page + 1;
    if (!after || next >= this.#deps.settings.maxPages) return { hits };
    return { hits, next: { type: 'search', intent, page: next, after } };
  }

  /** Returns true if a search has no hits and `search.emptyAnswer` is `none`. It does not apply a dialect's filter. */
  isLeftUnanswered(intent: SearchIntent): boolean {
    const { index, settings } = this.#deps;
    return settings.emptyAnswer === 'none' && index.search(intent, this.#availability, 1).hits.length === 0;
  }

  /** Returns true if a page is empty and must not be sent, because `search.emptyAnswer` is `none`. */
  isSuppressed({ hits }: SearchPage): boolean {
    return hits.length === 0 && this.#deps.settings.emptyAnswer === 'none';
  }
}
