/** `on_search`: providers with their locations and the tree of items that fitted, live connector states included. */
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

/** Connector states are live, so a catalogue is not true for long. */
const CATALOGUE_TTL_MS = 5 * 60_000;

type Catalogue = Extract<CallbackContent, { type: 'catalogue' }>;

export function renderCatalogue({ network, hits }: Catalogue, at: number, peer: PeerSettings): JsonObject {
  const providers = groupHits(hits, (hit) => hit.site.provider);
  return {
    catalog: {
      descriptor: { name: network.name },
      providers: [...providers].map(([provider, found]) => renderProvider(provider, found, peer)),
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
    items: [...stations].flatMap(([station, found]) => renderStation(station, found, peer)),
  };
}

function renderStation(station: Station, hits: readonly CatalogueHit[], peer: PeerSettings): JsonObject[] {
  const chargePoints = groupHits(hits, (hit) => hit.site.chargePoint);
  return [
    renderStationItem(station, hits[0]?.distanceM),
    ...[...chargePoints].flatMap(([chargePoint, found]) => [
      renderChargePointItem(
        station,
        chargePoint,
        found.map((hit) => hit.site.connector),
        peer,
      ),
      ...found.map((hit) => renderConnectorItem(chargePoint, hit.site.connector, hit.state)),
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

/** Keeps the order in which the groups first appear. */
export function groupHits<K>(hits: readonly CatalogueHit[], key: (hit: CatalogueHit) => K): Map<K, CatalogueHit[]> {
  const groups = new Map<K, CatalogueHit[]>();
  for (const hit of hits) {
    const known = groups.get(key(hit));
    if (known) known.push(hit);
    else groups.set(key(hit), [hit]);
  }
  return groups;
}
