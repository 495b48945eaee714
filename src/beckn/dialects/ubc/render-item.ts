/** Renders a connector as an item and its tariff as an offer. */
import type { CatalogueHit } from '../../../ports/callback-delivery.js';
import type { Connector, Provider, Site } from '../../../domain/model/network.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import { toConnectorType, formatDateTime, renderPricePerKwh } from '../core-2x/figures.js';
import { omitUndefined, jsonLdNode, typedNode } from '../core-2x/json-ld.js';

/** Power range of connectors that this network can describe, kW. */
const PUBLISHED_POWER_KW = { min: 1, max: 500 } as const;
const OUT_OF_SERVICE: ReadonlySet<string> = new Set(['Unavailable', 'Faulted']);

export function itemIdOf({ ubcId, itemId }: Pick<Connector, 'ubcId' | 'itemId'>): string {
  return ubcId ?? itemId;
}

/** Returns the content of the connector's printed QR code: the configured one, or else a `beckn://discover` link. */
function qrIdentifierOf({ provider, connector }: Pick<Site, 'provider' | 'connector'>): string {
  const [cpo, item] = [provider.id, itemIdOf(connector)].map(encodeURIComponent);
  const link = `beckn://discover?message.catalogs.items.provider.id=${cpo}&message.catalogs.items.id=${item}&version=1.0`;
  return connector.qrIdentifier ?? link;
}

export function isPublishable({ standard, maxPowerW }: Pick<Connector, 'standard' | 'maxPowerW'>): boolean {
  const powerKw = maxPowerW / 1000;
  return (
    toConnectorType(standard) !== undefined && powerKw >= PUBLISHED_POWER_KW.min && powerKw <= PUBLISHED_POWER_KW.max
  );
}

/** Renders a connector; `undefined` if this network cannot describe it. */
export function renderItem({ site, state, freeSlots = [], outOfSale }: CatalogueHit): JsonObject | undefined {
  const { provider, station, chargePoint, connector } = site;
  const service = serviceFields(site);
  if (!service) return undefined;
  return jsonLdNode('core', 'beckn:Item', {
    'beckn:id': itemIdOf(connector),
    'beckn:descriptor': renderDescriptor(
      `${station.name}, ${connector.name}`,
      describePlace(chargePoint.name, outOfSale),
    ),
    'beckn:category': typedNode('schema:CategoryCode', {
      'schema:codeValue': 'ev-charging',
      'schema:name': 'EV Charging',
    }),
    'beckn:availabilityWindow': freeSlots.map(({ from, until }) =>
      typedNode('beckn:TimePeriod', {
        'schema:startTime': formatDateTime(from),
        'schema:endTime': formatDateTime(until),
      }),
    ),
    'beckn:rateable': true,
    'beckn:isActive': isInService(state),
    'beckn:provider': renderProvider(provider),
    'beckn:itemAttributes': jsonLdNode('service', 'ChargingService', {
      ...service,
      chargingStation: {
        id: station.id,
        serviceLocation: typedNode('beckn:Location', locationFields(site)),
      },
    }),
  });
}

/** Returns the name of a charge point, followed by the reason if the operator has taken the connector out of sale. */
export function describePlace(name: string, outOfSale: string | undefined): string {
  return outOfSale === undefined ? name : `${name}: ${outOfSale}`;
}

export function isInService({ status }: CatalogueHit['state']): boolean {
  return !OUT_OF_SERVICE.has(status);
}

/** Builds the `ChargingService` fields of a connector, but not its station; `undefined` if it cannot be published. */
export function serviceFields(site: Site): { readonly [key: string]: Json | undefined } | undefined {
  const { chargePoint, connector } = site;
  const connectorType = toConnectorType(connector.standard);
  if (connectorType === undefined || !isPublishable(connector)) return undefined;
  return {
    connectorType,
    maxPowerKW: connector.maxPowerW / 1000,
    evseId: `${chargePoint.id}*${connector.connectorId}`,
    qrIdentifier: qrIdentifierOf(site),
    reservationSupported: true,
    powerType: toPowerType(connector),
    chargingSpeed: toChargingSpeed(connector),
    vehicleType: connector.vehicleTypes && [...connector.vehicleTypes],
  };
}

/** Builds the location of a station. @unit GeoJSON: longitude comes first. */
export function locationFields({ station }: Site): JsonObject {
  return {
    geo: { type: 'Point', coordinates: [station.longitude, station.latitude] },
    address: omitUndefined({
      streetAddress: station.address,
      addressLocality: station.city.name,
      addressRegion: station.state,
      addressCountry: station.country.code,
    }),
  };
}

/** Groups the item ids of connectors by tariff. */
export function groupByTariff(
  connectors: readonly Connector[],
): { readonly tariff: Connector['tariff']; readonly ids: string[] }[] {
  const offers = new Map<string, { readonly tariff: Connector['tariff']; readonly ids: string[] }>();
  for (const { tariff, ...connector } of connectors) {
    const offer = offers.get(tariff.id);
    if (offer) offer.ids.push(itemIdOf(connector));
    else offers.set(tariff.id, { tariff, ids: [itemIdOf(connector)] });
  }
  return [...offers.values()];
}

/** Renders one offer per tariff, for all items sold under it. */
export function renderOffers(provider: Provider, connectors: readonly Connector[]): JsonObject[] {
  return groupByTariff(connectors).map(({ tariff, ids }) => renderOffer(provider.id, tariff, ids));
}

export function renderOffer(providerId: string, tariff: Connector['tariff'], itemIds: readonly string[]): JsonObject {
  return jsonLdNode('core', 'beckn:Offer', {
    'beckn:id': tariff.id,
    'beckn:descriptor': renderDescriptor(`Per-kWh tariff ${tariff.id}`),
    'beckn:provider': providerId,
    'beckn:items': [...itemIds],
    'beckn:price': renderPricePerKwh(tariff),
    'beckn:offerAttributes': jsonLdNode('offer', 'ChargingOffer', { tariffModel: 'PER_KWH' }),
  });
}

function renderProvider(provider: Provider): JsonObject {
  return { 'beckn:id': provider.id, 'beckn:descriptor': renderDescriptor(provider.name) };
}

export function renderDescriptor(name: string, shortDescription?: string): JsonObject {
  return typedNode('beckn:Descriptor', { 'schema:name': name, 'beckn:shortDesc': shortDescription });
}

function toPowerType({ powerType, phases, maxPowerW }: Connector): Json {
  if (powerType === 'DC') return 'DC';
  return (phases ?? (maxPowerW <= 7400 ? 1 : 3)) === 1 ? 'AC_SINGLE_PHASE' : 'AC_3_PHASE';
}

function toChargingSpeed({ maxPowerW }: Connector): Json {
  if (maxPowerW < 7000) return 'SLOW';
  if (maxPowerW < 30_000) return 'NORMAL';
  return maxPowerW < 100_000 ? 'FAST' : 'ULTRAFAST';
}
