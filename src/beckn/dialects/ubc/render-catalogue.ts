/** Catalogues: one for each provider, answered to a discover and published to a discovery service alike. */
import type { CatalogueHit } from '../../../ports/buyer-requests.js';
import type { Connector, Provider } from '../../../domain/model/network.js';
import type { Self } from '../../protocol/context.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { dateTime } from '../core-2x/figures.js';
import { filterOf } from '../core-2x/filter.js';
import { node, typed } from '../core-2x/json-ld.js';
import { descriptor, hasWordsFor, renderItem, renderOffers } from './render-item.js';

export interface CatalogueWish {
  readonly networkName: string;
  readonly hits: readonly CatalogueHit[];
  /** From when and until when it holds, epoch ms. */
  readonly validity?: { readonly from: number; readonly until: number };
}

/** A connector that this network has words for, and of which what it says does not contradict the filter. */
export function tellsOf(filter: string | undefined): (hit: CatalogueHit) => boolean {
  if (filter === undefined) return ({ site }) => hasWordsFor(site.connector);
  const fits = filterOf(filter);
  return (hit) => {
    const item = renderItem(hit);
    return item !== undefined && fits(item);
  };
}

/** Items in the order of the hits; providers of which nothing is left are left out. */
export function renderCatalogues({ networkName, hits, validity }: CatalogueWish, self: Self): JsonObject[] {
  const byProvider = new Map<Provider, { items: JsonObject[]; connectors: Connector[] }>();
  for (const hit of hits) {
    const item = renderItem(hit);
    if (!item) continue;
    const { provider, connector } = hit.site;
    let found = byProvider.get(provider);
    if (!found) byProvider.set(provider, (found = { items: [], connectors: [] }));
    found.items.push(item);
    found.connectors.push(connector);
  }
  return [...byProvider].map(([provider, { items, connectors }]) =>
    node('core', 'beckn:Catalog', {
      'beckn:id': catalogueId(provider),
      'beckn:descriptor': descriptor(`${networkName}: ${provider.name}`),
      'beckn:providerId': provider.id,
      'beckn:bppId': self.bppId,
      'beckn:bppUri': self.bppUri,
      'beckn:validity':
        validity &&
        typed('beckn:TimePeriod', {
          'schema:startDate': dateTime(validity.from),
          'schema:endDate': dateTime(validity.until),
        }),
      'beckn:items': items,
      'beckn:offers': renderOffers(provider, connectors),
    }),
  );
}

export function catalogueId(provider: Pick<Provider, 'id'>): string {
  return `catalog-${provider.id}`;
}
