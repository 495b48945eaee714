/** Catalogues: one for each provider, its connectors as resources and its tariffs as offers. */
import type { CatalogueHit } from '../../../ports/buyer-requests.js';
import type { Connector, Provider } from '../../../domain/model/network.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { dateTime, pricePerKwh } from '../core-2x/figures.js';
import { filterOf } from '../core-2x/filter.js';
import { catalogueId } from '../ubc/render-catalogue.js';
import { hasWordsFor, itemIdOf, locationFields, serviceFields, tariffsOf, works } from '../ubc/render-item.js';
import { bag } from './json-ld.js';

/** A connector that there are words for, and of which what is said does not contradict the filter. */
export function tellsOf(filter: string | undefined): (hit: CatalogueHit) => boolean {
  if (filter === undefined) return ({ site }) => hasWordsFor(site.connector);
  const fits = filterOf(filter);
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
    provider: providerOf(provider),
    resources,
    offers: tariffsOf(connectors).map(({ tariff, ids }) => offer(provider, tariff, ids)),
  }));
}

/** `undefined` for a connector that there are no words for. */
function renderResource({ site, state, free }: CatalogueHit): JsonObject | undefined {
  const { provider, station, chargePoint, connector } = site;
  const service = serviceFields(site);
  if (!service) return undefined;
  return {
    id: itemIdOf(connector),
    descriptor: { name: `${station.name}, ${connector.name}`, shortDesc: chargePoint.name },
    provider: providerOf(provider),
    resourceAttributes: bag('ChargingService', {
      ...service,
      isActive: works(state),
      availabilityWindow: (free ?? []).map(({ from, until }) => ({
        startTime: dateTime(from),
        endTime: dateTime(until),
      })),
      chargingStation: { id: station.id, serviceLocation: locationFields(site) },
    }),
  };
}

function offer(provider: Provider, tariff: Connector['tariff'], ids: readonly string[]): JsonObject {
  return {
    id: tariff.id,
    descriptor: { name: `Per-kWh tariff ${tariff.id}` },
    provider: providerOf(provider),
    resourceIds: [...ids],
    considerations: [
      {
        id: `price-${tariff.id}`,
        status: { code: 'QUOTED' },
        considerationAttributes: bag('PriceSpecification', pricePerKwh(tariff)),
      },
    ],
    offerAttributes: bag('ChargingOffer', { tariffModel: 'PER_KWH' }),
  };
}

function providerOf({ id, name }: Provider): JsonObject {
  return { id, descriptor: { name } };
}
