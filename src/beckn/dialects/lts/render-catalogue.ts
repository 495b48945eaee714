/** Renders catalogues, one per provider, with connectors as resources and tariffs as offers. */
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
  describePlace,
} from '../ubc/render-item.js';
import { renderAttributes } from './json-ld.js';

/** Returns a predicate for the connectors that this dialect can describe and that the filter does not exclude. */
export function catalogueFilter(filter: string | undefined): (hit: CatalogueHit) => boolean {
  if (filter === undefined) return ({ site }) => isPublishable(site.connector);
  const matches = compileFilter(filter);
  return (hit) => {
    const resource = renderResource(hit);
    return resource !== undefined && matches(resource);
  };
}

/** Renders resources in the order of the hits. A provider without resources gets no catalogue. */
export function renderCatalogues(networkName: string, hits: readonly CatalogueHit[]): JsonObject[] {
  const byProvider = new Map<Provider, { resources: JsonObject[]; connectors: Connector[] }>();
  for (const hit of hits) {
    const resource = renderResource(hit);
    if (!resource) continue;
    const { provider, connector } = hit.site;
    let group = byProvider.get(provider);
    if (!group) byProvider.set(provider, (group = { resources: [], connectors: [] }));
    group.resources.push(resource);
    group.connectors.push(connector);
  }
  return [...byProvider].map(([provider, { resources, connectors }]) => ({
    id: catalogueId(provider),
    descriptor: { name: `${networkName}: ${provider.name}` },
    provider: renderProvider(provider),
    resources,
    offers: groupByTariff(connectors).map(({ tariff, ids }) => renderOffer(provider, tariff, ids)),
  }));
}

/** Renders a connector; `undefined` if this dialect cannot describe it. */
function renderResource({ site, state, freeSlots = [], outOfSale }: CatalogueHit): JsonObject | undefined {
  const { provider, station, chargePoint, connector } = site;
  const service = serviceFields(site);
  if (!service) return undefined;
  return {
    id: itemIdOf(connector),
    descriptor: { name: `${station.name}, ${connector.name}`, shortDesc: describePlace(chargePoint.name, outOfSale) },
    provider: renderProvider(provider),
    resourceAttributes: renderAttributes('ChargingService', {
      ...service,
      isActive: isInService(state),
      availabilityWindow: freeSlots.map(({ from, until }) => ({
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
