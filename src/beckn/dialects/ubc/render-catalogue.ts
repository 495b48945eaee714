/** Catalogues: one for each provider, answered to a discover and published to a discovery service alike. */
import type { CatalogueHit } from '../../../ports/callback-delivery.js';
import type { Connector, Provider } from '../../../domain/model/network.js';
import type { Subscriber } from '../../protocol/wire.js';
import type { JsonObject } from '../../protocol/wire.js';
import { formatDateTime } from '../core-2x/figures.js';
import { compileFilter } from '../core-2x/filter.js';
import { jsonLdNode, typedNode } from '../core-2x/json-ld.js';
import { renderDescriptor, isPublishable, renderItem, renderOffers } from './render-item.js';

export interface CatalogueInput {
  readonly networkName: string;
  readonly hits: readonly CatalogueHit[];
  /** From when and until when it holds, epoch ms. */
  readonly validity?: { readonly from: number; readonly until: number };
}

/** A connector that this network has words for, and of which what it says does not contradict the filter. */
export function catalogueFilter(filter: string | undefined): (hit: CatalogueHit) => boolean {
  if (filter === undefined) return ({ site }) => isPublishable(site.connector);
  const fits = compileFilter(filter);
  return (hit) => {
    const item = renderItem(hit);
    return item !== undefined && fits(item);
  };
}

/** Items in the order of the hits; providers of which nothing is left are left out. */
export function renderCatalogues({ networkName, hits, validity }: CatalogueInput, self: Subscriber): JsonObject[] {
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
    jsonLdNode('core', 'beckn:Catalog', {
      'beckn:id': catalogueId(provider),
      'beckn:descriptor': renderDescriptor(`${networkName}: ${provider.name}`),
      'beckn:providerId': provider.id,
      'beckn:bppId': self.bppId,
      'beckn:bppUri': self.bppUri,
      'beckn:validity':
        validity &&
        typedNode('beckn:TimePeriod', {
          'schema:startDate': formatDateTime(validity.from),
          'schema:endDate': formatDateTime(validity.until),
        }),
      'beckn:items': items,
      'beckn:offers': renderOffers(provider, connectors),
    }),
  );
}

export function catalogueId(provider: Pick<Provider, 'id'>): string {
  return `catalog-${provider.id}`;
}
