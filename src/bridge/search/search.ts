/** Searches answered from the index and the live view: a page of the catalogue at a time. */
import type { Slot } from '../../domain/model/reservation.js';
import type { SearchIntent } from '../../ports/buyer-requests.js';
import type { CatalogueHit } from '../../ports/callback-delivery.js';
import type { SearchCursor, SearchHit, LiveAvailability, SearchIndex } from './search-index.js';
import type { Availability } from './availability.js';
import type { Clock } from '../../ports/runtime.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';

export interface SearchSettings {
  /** Connectors in one on_search, and how many of them one search gets. */
  readonly pageSize: number;
  readonly maxPages: number;
  /** What a search is told that finds nothing. */
  readonly emptyAnswer: 'empty-catalogue' | 'none';
}

/** What one on_search is made from. JSON, because it waits in the store. */
export interface SearchPlan {
  readonly type: 'search';
  readonly intent: SearchIntent;
  /** From 0; absent is the first. */
  readonly page?: number;
  readonly after?: SearchCursor;
}

export interface SearchPage {
  readonly hits: readonly CatalogueHit[];
  /** The on_search that is owed after this one. */
  readonly next?: SearchPlan;
}

/** Connectors held against a dialect's filter in one go: at some 30 µs each a long search holds up nobody. */
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

  /** The page that a recipe asks for, its states as they were last told. */
  findPage(recipe: SearchPlan): SearchPage {
    const { index, settings } = this.#deps;
    const { hits, next } = index.search(recipe.intent, this.#availability, settings.pageSize, recipe.after);
    return this.#toPage(
      recipe,
      hits.map((hit) => this.#toCatalogueHit(hit)),
      next,
    );
  }

  /** The same of those connectors alone that a dialect tells: as full a page, and no next one without a hit. */
  async findFilteredPage(recipe: SearchPlan, told: (hit: CatalogueHit) => boolean): Promise<SearchPage> {
    const { index, settings, clock } = this.#deps;
    const hits: CatalogueHit[] = [];
    let last: SearchCursor | undefined;
    let looked = 0;
    for (const found of index.eachHit(recipe.intent, this.#availability, recipe.after)) {
      looked += 1;
      if (looked % YIELD_EVERY === 0) await new Promise<void>((resolve) => clock.callSoon(resolve));
      const hit = this.#toCatalogueHit(found);
      if (!told(hit)) continue;
      if (hits.length === settings.pageSize) return this.#toPage(recipe, hits, last);
      hits.push(hit);
      last = found.cursor;
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

  /** True when a search finds nothing and is told nothing: it leaves no trace. A dialect's own filter is asked later. */
  isLeftUnanswered(intent: SearchIntent): boolean {
    const { index, settings } = this.#deps;
    return settings.emptyAnswer === 'none' && index.search(intent, this.#availability, 1).hits.length === 0;
  }

  /** Whether a page that turned out empty is not to be sent. */
  isSuppressed({ hits }: SearchPage): boolean {
    return hits.length === 0 && this.#deps.settings.emptyAnswer === 'none';
  }
}
