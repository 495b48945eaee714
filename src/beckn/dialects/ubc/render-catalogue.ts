/** Renders catalogues, one per provider, for `on_discover` and for `catalog_publish`. */
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
  /** Epoch ms. */
  readonly validity?: { readonly from: number; readonly until: number };
}

/** Returns a predicate for the connectors that this network can describe and that the filter does not exclude. */
export function catalogueFilter(filter: string | undefined): (hit: CatalogueHit) => boolean {
  if (filter === undefined) return ({ site }) => isPublishable(site.connector);
  const matches = compileFilter(filter);
  return (hit) => {
    const item = renderItem(hit);
    return item !== undefined && matches(item);
  };
}

/** Renders items in the order of the hits. A provider without items gets no catalogue. */
export function renderCatalogues(
  { networkName, hits, validity }: CatalogueInput,
  subscriber: Subscriber,
): JsonObject[] {
  const byProvider = new Map<Provider, { items: JsonObject[]; connectors: Connector[] }>();
  for (const hit of hits) {
    const item = renderItem(hit);
    if (!item) continue;
    const { provider, connector } = hit.site;
    let group = byProvider.get(provider);
    if (!group) byProvider.set(provider, (group = { items: [], connectors: [] }));
    group.items.push(item);
    group.connectors.push(connector);
  }
  return [...byProvider].map(([provider, { items, connectors }]) =>
    jsonLdNode('core', 'beckn:Catalog', {
      'beckn:id': catalogueId(provider),
      'beckn:descriptor': renderDescriptor(`${networkName}: ${provider.name}`),
      'beckn:providerId': provider.id,
      'beckn:bppId': subscriber.bppId,
      'beckn:bppUri': subscriber.bppUri,
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
