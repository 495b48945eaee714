/** Catalogues: one for each provider, its connectors as resources and its tariffs as offers. */
import type { CatalogueHit } from '../../../ports/callback-delivery.js';
import type { Connector, Provider } from '../../../domain/model/network.js';
import type { JsonObject } from '../../protocol/wire.js';
import { formatDateTime, renderPricePerKwh } from '../core-2x/figures.js';
import { compileFilter } from '../core-2x/filter.js';
import { catalogueId } from '../ubc/render-catalogue.js';
import {
  isPublishable,
  itemIdOf,
  locationFields,
  serviceFields,
  groupByTariff,
  isInService,
} from '../ubc/render-item.js';
import { renderAttributes } from './json-ld.js';

/** A connector that there are words for, and of which what is said does not contradict the filter. */
export function catalogueFilter(filter: string | undefined): (hit: CatalogueHit) => boolean {
  if (filter === undefined) return ({ site }) => isPublishable(site.connector);
  const fits = compileFilter(filter);
  return (hit) => {
    const resource = renderResource(hit);
    return resource !== undefined && fits(resource);
  };
}

/** Resources in the order of the hits; providers of which nothing is left are left out. */
export function renderCatalogues(networkName: string, hits: readonly CatalogueHit[]): JsonObject[] {
  const byProvider = new Map<Provider, { resources: JsonObject[]; connectors: Connector[] }>();
  for (const hit of hits) {
    const resource = renderResource(hit);
    if (!resource) continue;
    const { provider, connector } = hit.site;
    let found = byProvider.get(provider);
    if (!found) byProvider.set(provider, (found = { resources: [], connectors: [] }));
    found.resources.push(resource);
    found.connectors.push(connector);
  }
  return [...byProvider].map(([provider, { resources, connectors }]) => ({
    id: catalogueId(provider),
    descriptor: { name: `${networkName}: ${provider.name}` },
    provider: renderProvider(provider),
    resources,
    offers: groupByTariff(connectors).map(({ tariff, ids }) => renderOffer(provider, tariff, ids)),
  }));
}

/** `undefined` for a connector that there are no words for. */
function renderResource({ site, state, freeSlots: free }: CatalogueHit): JsonObject | undefined {
  const { provider, station, chargePoint, connector } = site;
  const service = serviceFields(site);
  if (!service) return undefined;
  return {
    id: itemIdOf(connector),
    descriptor: { name: `${station.name}, ${connector.name}`, shortDesc: chargePoint.name },
    provider: renderProvider(provider),
    resourceAttributes: renderAttributes('ChargingService', {
      ...service,
      isActive: isInService(state),
      availabilityWindow: (free ?? []).map(({ from, until }) => ({
        startTime: formatDateTime(from),
        endTime: formatDateTime(until),
      })),
      chargingStation: { id: station.id, serviceLocation: locationFields(site) },
    }),
  };
}

function renderOffer(provider: Provider, tariff: Connector['tariff'], ids: readonly string[]): JsonObject {
  return {
    id: tariff.id,
    descriptor: { name: `Per-kWh tariff ${tariff.id}` },
    provider: renderProvider(provider),
    resourceIds: [...ids],
    considerations: [
      {
        id: `price-${tariff.id}`,
        status: { code: 'QUOTED' },
        considerationAttributes: renderAttributes('PriceSpecification', renderPricePerKwh(tariff)),
      },
    ],
    offerAttributes: renderAttributes('ChargingOffer', { tariffModel: 'PER_KWH' }),
  };
}

function renderProvider({ id, name }: Provider): JsonObject {
  return { id, descriptor: { name } };
}
