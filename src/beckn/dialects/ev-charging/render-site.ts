/** Renders energy items and the chargers that fulfil them. */
import type { ChargePoint, Connector, ConnectorState, Site } from '../../../domain/model/network.js';
import type { Tariff } from '../../../domain/model/tariff.js';
import type { JsonObject } from '../../protocol/wire.js';
import { formatKilowatts, formatShortMoney } from '../core-1x/figures.js';
import { trimZeros } from '../core-1x/figures.js';
import { tagEntry, tagGroup } from '../core-1x/tags.js';
import type { Spelling } from './spelling.js';

type StatusOnly = Pick<ConnectorState, 'status'>;
type ShownState = StatusOnly & { readonly outOfSale?: string | undefined };

/** Whether a connector, or any connector of a fulfillment, is free and, if the operator does not sell it, why not. */
export interface ShownAvailability {
  readonly isFree: boolean;
  readonly outOfSale?: string | undefined;
}

/** Converts Wh to a measure in kWh, with up to three decimals. */
export function energyMeasure(energyWh: number): JsonObject {
  return { measure: { unit: 'kWh', value: trimZeros((energyWh / 1000).toFixed(3)) } };
}

/** @shape `currency` contains the unit, as in the published examples. */
function renderUnitPrice({ pricePerKwh, currency }: Tariff): JsonObject {
  return { currency: `${currency}/kWH`, value: formatShortMoney(pricePerKwh, currency) };
}

export function renderConnectorItem(
  { station, chargePoint, connector }: Pick<Site, 'station' | 'chargePoint' | 'connector'>,
  state: ShownState,
  spelling: Spelling,
): JsonObject {
  const maxWh = connector.options.energy;
  const category = spelling.category?.(connector.maxPowerW);
  return {
    id: connector.itemId,
    descriptor: { code: 'energy', name: connector.name },
    price: renderUnitPrice(connector.tariff),
    ...(maxWh !== undefined && { quantity: { available: energyMeasure(maxWh) } }),
    ...(category !== undefined && { category_ids: [category] }),
    location_ids: [station.id],
    fulfillment_ids: [fulfillmentId(chargePoint, connector, spelling)],
    ...(spelling.fulfillmentPer === 'charge-point' && {
      tags: [
        tagGroup('connector-specifications', 'Connector Specifications', [
          tagEntry('connector-id', 'Connector Id', connector.itemId),
          ...connectorEntries([connector]),
          ...availabilityEntries({ isFree: isFree(state), outOfSale: state.outOfSale }),
        ]),
      ],
    }),
  };
}

export function fulfillmentId(chargePoint: ChargePoint, connector: Connector, { fulfillmentPer }: Spelling): string {
  return fulfillmentPer === 'charge-point' ? chargePoint.itemId : connector.itemId;
}

/** Renders the tag group that describes a charger. @param connectors The connectors that the fulfillment stands for. */
export function specificationGroup(
  chargePoint: ChargePoint,
  connectors: readonly Connector[],
  availability: ShownAvailability,
  spelling: Spelling,
): JsonObject {
  const code = spelling.specificationsName.toLowerCase().replaceAll(' ', '-');
  return tagGroup(code, spelling.specificationsName, [
    tagEntry('charger-id', 'Charger Id', chargePoint.code),
    ...connectorEntries(connectors),
    ...availabilityEntries(availability),
  ]);
}

/** Renders the highest rated power, and each of power type (AC or DC) and connector type that all connectors share. */
function connectorEntries(connectors: readonly Connector[]): JsonObject[] {
  const [first] = connectors;
  if (!first) return [];
  const allShare = (valueOf: (connector: Connector) => string): boolean =>
    connectors.every((connector) => valueOf(connector) === valueOf(first));
  return [
    ...(allShare(({ powerType }) => powerType) ? [tagEntry('charger-type', 'Charger type', first.powerType)] : []),
    ...(allShare(({ standard }) => standard) ? [tagEntry('connector-type', 'Connector type', first.standard)] : []),
    tagEntry(
      'power-rating',
      'Power Rating',
      formatKilowatts(Math.max(...connectors.map(({ maxPowerW }) => maxPowerW))),
    ),
  ];
}

function availabilityEntries({ isFree, outOfSale }: ShownAvailability): JsonObject[] {
  return [
    tagEntry('availability', 'Availability', isFree ? 'Available' : 'Unavailable'),
    ...(outOfSale === undefined ? [] : [tagEntry('availability-reason', 'Availability reason', outOfSale)]),
  ];
}

/** Preparing counts as free, because the buyer's own car may already be plugged in. */
export function isFree({ status }: StatusOnly): boolean {
  return status === 'Available' || status === 'Preparing';
}
