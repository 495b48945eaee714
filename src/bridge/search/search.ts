/** Searches answered from the index and the live view: a page of the catalogue at a time. */
import type { Slot } from '../../domain/locations/reservation-slots.js';
import type { CatalogueHit, SearchIntent } from '../../ports/buyer-requests.js';
import type { Cursor, Hit, LiveWorld, SearchIndex } from './search-index.js';
import type { Offers } from './availability.js';
import type { Clock } from '../../ports/runtime.js';
import type { Views } from '../charge-points/charge-point-state.js';

export interface SearchSettings {
  /** Connectors in one on_search, and how many of them one search gets. */
  readonly pageSize: number;
  readonly maxPages: number;
  /** What a search is told that finds nothing. */
  readonly emptyAnswer: 'empty-catalogue' | 'none';
}

/** What one on_search is made from. JSON, because it waits in the store. */
export interface SearchRecipe {
  readonly type: 'search';
  readonly intent: SearchIntent;
  /** From 0; absent is the first. */
  readonly page?: number;
  readonly after?: Cursor;
}

export interface Page {
  readonly hits: readonly CatalogueHit[];
  /** The on_search that is owed after this one. */
  readonly next?: SearchRecipe;
}

/** Connectors held against a dialect's filter in one go: at some 30 µs each a long search holds up nobody. */
const AT_ONCE = 50;

export interface SearchesDeps {
  readonly index: SearchIndex;
  readonly views: Views;
  readonly offers: Offers;
  readonly settings: SearchSettings;
  readonly booked: (chargePointId: string, connectorId: number) => readonly Slot[];
  readonly clock: Pick<Clock, 'soon'>;
}

export class Searches {
  readonly #deps: SearchesDeps;
  readonly #live: LiveWorld;

  constructor(deps: SearchesDeps) {
    this.#deps = deps;
    this.#live = {
      available: (chargePointId, connectorId) => deps.views.live(chargePointId, connectorId).status === 'Available',
      booked: deps.booked,
    };
  }

  /** The page that a recipe asks for, its states as they were last told. */
  page(recipe: SearchRecipe): Page {
    const { index, settings } = this.#deps;
    const { hits, next } = index.search(recipe.intent, this.#live, settings.pageSize, recipe.after);
    return this.#pageOf(
      recipe,
      hits.map((hit) => this.#hit(hit)),
      next,
    );
  }

  /** The same of those connectors alone that a dialect tells: as full a page, and no next one without a hit. */
  async pageOfTold(recipe: SearchRecipe, told: (hit: CatalogueHit) => boolean): Promise<Page> {
    const { index, settings, clock } = this.#deps;
    const hits: CatalogueHit[] = [];
    let last: Cursor | undefined;
    let looked = 0;
    for (const found of index.found(recipe.intent, this.#live, recipe.after)) {
      looked += 1;
      if (looked % AT_ONCE === 0) await new Promise<void>((resolve) => clock.soon(resolve));
      const hit = this.#hit(found);
      if (!told(hit)) continue;
      if (hits.length === settings.pageSize) return this.#pageOf(recipe, hits, last);
      hits.push(hit);
      last = found.at;
    }
    return { hits };
  }

  #hit({ site, distanceM }: Hit): CatalogueHit {
    return { ...(distanceM !== undefined && { distanceM }), ...this.#deps.offers.hit(site) };
  }

  #pageOf({ intent, page = 0 }: SearchRecipe, hits: readonly CatalogueHit[], after: Cursor | undefined): Page {
    const next = page + 1;
    if (!after || next >= this.#deps.settings.maxPages) return { hits };
    return { hits, next: { type: 'search', intent, page: next, after } };
  }

  /** True when a search finds nothing and is told nothing: it leaves no trace. A dialect's own filter is asked later. */
  passesOver(intent: SearchIntent): boolean {
    const { index, settings } = this.#deps;
    return settings.emptyAnswer === 'none' && index.search(intent, this.#live, 1).hits.length === 0;
  }

  /** Whether a page that turned out empty is not to be sent. */
  silent({ hits }: Page): boolean {
    return hits.length === 0 && this.#deps.settings.emptyAnswer === 'none';
  }
}
