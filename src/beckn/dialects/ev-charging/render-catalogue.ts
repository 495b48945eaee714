/** Renders `on_search`: providers with their locations, chargers and one energy item per connector. */
import type { CatalogueHit, CallbackContent } from '../../../ports/callback-delivery.js';
import type { Provider, Station } from '../../../domain/model/network.js';
import type { JsonObject } from '../../protocol/wire.js';
import { formatDateTime, formatDuration } from '../core-1x/figures.js';
import { groupHits, renderLocation } from '../uei-charging/render-catalogue.js';
import { renderProviderSummary } from '../uei-charging/render-items.js';
import { renderConnectorItem, fulfillmentId, isFree, specificationGroup } from './render-site.js';
import type { Spelling } from './spelling.js';

/** Connector states are live, so a catalogue is valid only for a short time. */
const CATALOGUE_TTL_MS = 5 * 60_000;

type Catalogue = Extract<CallbackContent, { type: 'catalogue' }>;

export function renderCatalogue({ network, hits }: Catalogue, at: number, spelling: Spelling): JsonObject {
  const providers = groupHits(hits, (hit) => hit.site.provider);
  return {
    catalog: {
      descriptor: { name: network.name },
      providers: [...providers].map(([provider, group]) => renderProvider(provider, group, spelling)),
      exp: formatDateTime(at + CATALOGUE_TTL_MS),
      ttl: formatDuration(CATALOGUE_TTL_MS),
    },
  };
}

function renderProvider(provider: Provider, hits: readonly CatalogueHit[], spelling: Spelling): JsonObject {
  const categories = new Set(hits.flatMap((hit) => spelling.category?.(hit.site.connector.maxPowerW) ?? []));
  const fulfillments = groupHits(hits, ({ site }) => fulfillmentId(site.chargePoint, site.connector, spelling));
  return {
    ...renderProviderSummary(provider),
    ...(categories.size > 0 && { categories: [...categories].map((code) => ({ id: code, descriptor: { code } })) }),
    locations: [...new Set(hits.map((hit) => hit.site.station))].map(renderPlace),
    fulfillments: [...fulfillments].map(([id, group]) => renderFulfillment(id, group, spelling)),
    items: hits.map(({ site, state, outOfSale }) => renderConnectorItem(site, { ...state, outOfSale }, spelling)),
  };
}

function renderPlace(station: Station): JsonObject {
  return { ...renderLocation(station), descriptor: { name: station.name } };
}

function renderFulfillment(id: string, hits: readonly CatalogueHit[], spelling: Spelling): JsonObject {
  const [first] = hits;
  if (!first) return { id, type: 'CHARGING' };
  const { chargePoint, station } = first.site;
  const connectors = hits.map((hit) => hit.site.connector);
  const isAnyFree = hits.some((hit) => isFree(hit.state));
  // The reason is shown only if no connector of the fulfillment is free.
  const outOfSale = isAnyFree ? undefined : hits.find((hit) => hit.outOfSale !== undefined)?.outOfSale;
  return {
    id,
    type: 'CHARGING',
    stops: [{ type: 'start', location: { gps: formatGps(station), address: station.address } }],
    tags: [specificationGroup(chargePoint, connectors, { isFree: isAnyFree, outOfSale }, spelling)],
  };
}

export function formatGps(station: Station): string {
  return `${station.latitude.toFixed(6)},${station.longitude.toFixed(6)}`;
}
