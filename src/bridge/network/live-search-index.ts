/**
 * Searches the current catalogue. The index is replaced together with the catalogue. A page that is being searched is
 * completed with the old index; the next page comes from the new one.
 */
import type { Steps } from '../../domain/model/object.js';
import { SearchIndex } from '../search/search-index.js';
import type { LiveCatalogue } from './live-catalogue.js';

export class LiveSearchIndex implements Pick<SearchIndex, 'search' | 'eachHit'> {
  #current: SearchIndex;

  constructor(catalogue: Pick<LiveCatalogue, 'current' | 'beforeReplacing'>) {
    this.#current = new SearchIndex(catalogue.current);
    catalogue.beforeReplacing((next) => this.#prepare(next));
  }

  *#prepare(next: LiveCatalogue['current']): Steps<() => void> {
    const index = yield* SearchIndex.inSteps(next);
    return () => (this.#current = index);
  }

  search(...args: Parameters<SearchIndex['search']>): ReturnType<SearchIndex['search']> {
    return this.#current.search(...args);
  }

  eachHit(...args: Parameters<SearchIndex['eachHit']>): ReturnType<SearchIndex['eachHit']> {
    return this.#current.eachHit(...args);
  }
}
