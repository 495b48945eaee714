/** Searches the catalogue in use: builds a new index with each exchange. A search that has begun goes on in the old one. */
import { SearchIndex } from '../search/search-index.js';
import type { LiveCatalogue } from './live-catalogue.js';

export class LiveSearchIndex implements Pick<SearchIndex, 'search' | 'eachHit'> {
  #current: SearchIndex;

  constructor(catalogue: Pick<LiveCatalogue, 'current' | 'onReplaced'>) {
    this.#current = new SearchIndex(catalogue.current);
    catalogue.onReplaced(() => (this.#current = new SearchIndex(catalogue.current)));
  }

  search(...args: Parameters<SearchIndex['search']>): ReturnType<SearchIndex['search']> {
    return this.#current.search(...args);
  }

  eachHit(...args: Parameters<SearchIndex['eachHit']>): ReturnType<SearchIndex['eachHit']> {
    return this.#current.eachHit(...args);
  }
}
