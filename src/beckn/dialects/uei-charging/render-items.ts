/** Renders the tree of items: station, charge point and connector. */
import type { PeerSettings } from '../../../config/config.js';
import type {
  ChargePoint,
  ChargingOptions,
  Connector,
  ConnectorState,
  Provider,
  Station,
} from '../../../domain/model/network.js';
import type { Json } from '../../../domain/model/object.js';
import { energyPrices } from '../../../domain/pricing/pricing.js';
import type { JsonObject } from '../../protocol/wire.js';
import { currencySign, formatKilometres, formatKilowatts, formatShortMoney } from '../core-1x/figures.js';
import { availableOptions } from './options.js';
import { valueEntry, tagEntry, tagGroup } from '../core-1x/tags.js';

export function renderProviderSummary(provider: Provider): JsonObject {
  return { id: provider.id, descriptor: { name: provider.name, images: renderImages(provider.images) } };
}

export function renderStationItem(station: Station, distanceM?: number): JsonObject {
  const distance = distanceM === undefined ? [] : [tagEntry('distance', 'Distance', formatKilometres(distanceM))];
  return {
    id: station.id,
    category_ids: ['charging-station'],
    location_ids: [station.id],
    descriptor: { name: station.name, images: renderImages(station.images) },
    ...(distance.length > 0 && { tags: [tagGroup('attributes', 'Attributes', distance)] }),
  };
}

/** @param priced The connectors whose prices and options the charge point's item shows. */
export function renderChargePointItem(
  station: Station,
  chargePoint: ChargePoint,
  priced: readonly Connector[],
  peer: PeerSettings,
): JsonObject {
  return {
    id: chargePoint.itemId,
    parent_item_id: station.id,
    category_ids: ['charge-point'],
    descriptor: { name: chargePoint.name, code: chargePoint.code },
    tags: [
      tagGroup('price', 'Price', [valueEntry(formatPriceRange(priced))]),
      availableOptions(maxOptionsOf(priced), currencyOf(priced), peer),
    ],
  };
}

export function renderConnectorItem(chargePoint: ChargePoint, connector: Connector, state: ShownState): JsonObject {
  return {
    id: connector.itemId,
    parent_item_id: chargePoint.itemId,
    category_ids: ['connector'],
    descriptor: { name: connector.name, code: connector.standard },
    tags: [
      tagGroup('power-rating', 'Power Rating', [valueEntry(formatKilowatts(connector.maxPowerW))]),
      renderConnectorStatus(state),
    ],
  };
}

/** The status of a connector and, if the operator does not sell it, why not. */
type ShownState = Pick<ConnectorState, 'status' | 'errorCode'> & { readonly outOfSale?: string | undefined };

export function renderConnectorStatus({ status, errorCode, outOfSale }: ShownState): JsonObject {
  const entries = [
    tagEntry('status', 'Status', status),
    tagEntry('error', 'Error', errorCode),
    ...(outOfSale === undefined ? [] : [tagEntry('reason', 'Reason', outOfSale)]),
  ];
  return tagGroup('connector-status', 'Connector Status', entries);
}

/** Formats the price per kWh as `"₹18/kWh"`, or as a range if it differs between connectors or times. */
function formatPriceRange(connectors: readonly Connector[]): string {
  const currency = currencyOf(connectors);
  const prices = connectors
    .filter((connector) => connector.tariff.currency === currency)
    .map((connector) => energyPrices(connector.tariff));
  const low = formatShortMoney(Math.min(...prices.map((each) => each.low)), currency);
  const high = formatShortMoney(Math.max(...prices.map((each) => each.high)), currency);
  return `${currencySign(currency)}${low === high ? low : `${low}-${high}`}/kWh`;
}

// Takes the largest value of each option. The limits of an individual connector are checked when it is selected.
function maxOptionsOf(connectors: readonly Connector[]): ChargingOptions {
  const maxima: Record<string, number> = {};
  const currency = currencyOf(connectors);
  for (const { options, tariff } of connectors) {
    for (const kind of ['soc', 'energy', 'amount', 'time'] as const) {
      const value = options[kind];
      if (kind === 'amount' && tariff.currency !== currency) continue;
      if (value !== undefined) maxima[kind] = Math.max(maxima[kind] ?? 0, value);
    }
  }
  return maxima;
}

/** Returns the currency of the first connector. A charge point shows no prices or amounts in any other. */
function currencyOf(connectors: readonly Connector[]): string {
  return connectors[0]?.tariff.currency ?? 'INR';
}

function renderImages(urls: readonly string[] | undefined): Json {
  return (urls ?? []).map((url) => ({ url }));
}
