/** Searches the index and the live availability, one page of the catalogue at a time. */
import type { Slot } from '../../domain/model/reservation.js';
import type { SearchIntent } from '../../ports/buyer-requests.js';
import type { CatalogueHit } from '../../ports/callback-delivery.js';
import type { SearchCursor, SearchHit, LiveAvailability, SearchIndex } from './search-index.js';
import type { Availability } from './availability.js';
import type { Clock } from '../../ports/runtime.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';

export interface SearchSettings {
  /** Connectors in one on_search. */
  readonly pageSize: number;
  /** Most on_search callbacks for one search. */
  readonly maxPages: number;
  /** The response to a search without hits. */
  readonly emptyAnswer: 'empty-catalogue' | 'none';
}

/** The plan of one on_search. It is JSON, because it waits in the store. */
export interface SearchPlan {
  readonly type: 'search';
  readonly intent: SearchIntent;
  /** Counted from 0; absent means the first page. */
  readonly page?: number;
  readonly after?: SearchCursor;
}

export interface SearchPage {
  readonly hits: readonly CatalogueHit[];
  /** The plan of the next on_search. */
  readonly next?: SearchPlan;
}

/** Connectors between two yields to the event loop: a dialect's filter takes about 30 µs for each of them. */
const YIELD_EVERY = 50;

export interface CatalogueSearchDeps {
  readonly index: SearchIndex;
  readonly chargePoints: ChargePointState;
  readonly availability: Availability;
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
        deps.chargePoints.effectiveState(chargePointId, connectorId).status === 'Available',
      bookedSlots: deps.bookedSlots,
    };
  }

  /** The page of a plan, with the states that were last reported. */
  findPage(plan: SearchPlan): SearchPage {
    const { index, settings } = this.#deps;
    const { hits, next } = index.search(plan.intent, this.#availability, settings.pageSize, plan.after);
    return this.#toPage(
      plan,
      hits.map((hit) => this.#toCatalogueHit(hit)),
      next,
    );
  }

  /** A page of the connectors that pass a dialect's filter. Pages are full, and a next page has at least one hit. */
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

  /** True for a search without hits when `search.emptyAnswer` is `none`. A dialect's own filter is evaluated later. */
  isLeftUnanswered(intent: SearchIntent): boolean {
    const { index, settings } = this.#deps;
    return settings.emptyAnswer === 'none' && index.search(intent, this.#availability, 1).hits.length === 0;
  }

  /** True for an empty page that is not sent, because `search.emptyAnswer` is `none`. */
  isSuppressed({ hits }: SearchPage): boolean {
    return hits.length === 0 && this.#deps.settings.emptyAnswer === 'none';
  }
}
