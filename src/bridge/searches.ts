/** Searches answered from the index and the live view: a page of the catalogue at a time. */
import type { Slot } from '../domain/slot.js';
import type { CatalogueHit, SearchIntent } from './ports/buyers.js';
import type { Cursor, LiveWorld, SearchIndex } from './search-index.js';
import type { Offers } from './offers.js';
import type { Views } from './views.js';

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

export interface SearchesDeps {
  readonly index: SearchIndex;
  readonly views: Views;
  readonly offers: Offers;
  readonly settings: SearchSettings;
  readonly booked: (chargePointId: string, connectorId: number) => readonly Slot[];
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
  page({ intent, page = 0, after }: SearchRecipe): Page {
    const { index, offers, settings } = this.#deps;
    const { hits, next } = index.search(intent, this.#live, settings.pageSize, after);
    return {
      hits: hits.map((hit) => ({ ...hit, ...offers.hit(hit.site) })),
      ...(next && page + 1 < settings.maxPages && { next: { type: 'search', intent, page: page + 1, after: next } }),
    };
  }

  /** True when a search finds nothing and is told nothing: it leaves no trace. */
  passesOver(intent: SearchIntent): boolean {
    const { index, settings } = this.#deps;
    return settings.emptyAnswer === 'none' && index.search(intent, this.#live, 1).hits.length === 0;
  }

  /** Whether a page that turned out empty is not to be sent. */
  silent({ hits }: Page): boolean {
    return hits.length === 0 && this.#deps.settings.emptyAnswer === 'none';
  }
}
