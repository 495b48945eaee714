/** Renders `on_search`: providers with their locations and a tree of matching items with live connector states. */
import type { CatalogueHit, CallbackContent } from '../../../ports/callback-delivery.js';
import type { PeerSettings } from '../../../config/config.js';
import type { Provider, Station } from '../../../domain/model/network.js';
import type { JsonObject } from '../../protocol/wire.js';
import { formatDateTime, formatDuration } from '../core-1x/figures.js';
import {
  renderChargePointItem,
  renderConnectorItem,
  renderProviderSummary,
  renderStationItem,
} from './render-items.js';

/** Connector states are live, so a catalogue is valid only for a short time. */
const CATALOGUE_TTL_MS = 5 * 60_000;

type Catalogue = Extract<CallbackContent, { type: 'catalogue' }>;

export function renderCatalogue({ network, hits }: Catalogue, at: number, peer: PeerSettings): JsonObject {
  const providers = groupHits(hits, (hit) => hit.site.provider);
  return {
    catalog: {
      descriptor: { name: network.name },
      providers: [...providers].map(([provider, group]) => renderProvider(provider, group, peer)),
      exp: formatDateTime(at + CATALOGUE_TTL_MS),
      ttl: formatDuration(CATALOGUE_TTL_MS),
    },
  };
}

function renderProvider(provider: Provider, hits: readonly CatalogueHit[], peer: PeerSettings): JsonObject {
  const stations = groupHits(hits, (hit) => hit.site.station);
  return {
    ...renderProviderSummary(provider),
    locations: [...stations.keys()].map(renderLocation),
    items: [...stations].flatMap(([station, group]) => renderStation(station, group, peer)),
  };
}

function renderStation(station: Station, hits: readonly CatalogueHit[], peer: PeerSettings): JsonObject[] {
  const chargePoints = groupHits(hits, (hit) => hit.site.chargePoint);
  return [
    renderStationItem(station, hits[0]?.distanceM),
    ...[...chargePoints].flatMap(([chargePoint, group]) => [
      renderChargePointItem(
        station,
        chargePoint,
        group.map((hit) => hit.site.connector),
        peer,
      ),
      ...group.map((hit) =>
        renderConnectorItem(chargePoint, hit.site.connector, { ...hit.state, outOfSale: hit.outOfSale }),
      ),
    ]),
  ];
}

export function renderLocation(station: Station): JsonObject {
  const gps = `${station.latitude.toFixed(6)},${station.longitude.toFixed(6)}`;
  return {
    id: station.id,
    map_url: `https://www.openstreetmap.org/?mlat=${station.latitude}&mlon=${station.longitude}`,
    gps,
    address: station.address,
    city: { code: station.city.code, name: station.city.name },
    ...(station.state !== undefined && { state: { name: station.state } }),
    country: { code: station.country.code, name: station.country.name },
  };
}

/** Groups hits by a key, in the order in which the keys first appear. */
export function groupHits<K>(hits: readonly CatalogueHit[], key: (hit: CatalogueHit) => K): Map<K, CatalogueHit[]> {
  const groups = new Map<K, CatalogueHit[]>();
  for (const hit of hits) {
    const group = groups.get(key(hit));
    if (group) group.push(hit);
    else groups.set(key(hit), [hit]);
  }
  return groups;
}
