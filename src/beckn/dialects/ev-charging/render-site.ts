/** What is sold and where: items of energy, and the chargers that fulfil them. */
import type { ChargePoint, Connector, ConnectorState, Station } from '../../../domain/model/network.js';
import type { Tariff } from '../../../domain/model/tariff.js';
import type { JsonObject } from '../../protocol/wire.js';
import { formatKilowatts, formatShortMoney } from '../core-1x/figures.js';
import { trimZeros } from '../core-1x/figures.js';
import { tagEntry, tagGroup } from '../core-1x/tags.js';
import type { Spelling } from './spelling.js';

type StatusOnly = Pick<ConnectorState, 'status'>;

/** Wh to a measure of kWh, to the last Wh. */
export function energyMeasure(energyWh: number): JsonObject {
  return { measure: { unit: 'kWh', value: trimZeros((energyWh / 1000).toFixed(3)) } };
}

/** @shape  `currency` carries the unit, as every published example has it. */
export function renderUnitPrice({ pricePerKwh, currency }: Tariff): JsonObject {
  return { currency: `${currency}/kWH`, value: formatShortMoney(pricePerKwh, currency) };
}

export function renderConnectorItem(
  station: Station,
  chargePoint: ChargePoint,
  connector: Connector,
  state: StatusOnly,
  spelling: Spelling,
): JsonObject {
  const most = connector.options.energy;
  const category = spelling.category?.(connector.maxPowerW);
  return {
    id: connector.itemId,
    descriptor: { code: 'energy', name: connector.name },
    price: renderUnitPrice(connector.tariff),
    ...(most !== undefined && { quantity: { available: energyMeasure(most) } }),
    ...(category !== undefined && { category_ids: [category] }),
    location_ids: [station.id],
    fulfillment_ids: [fulfillmentId(chargePoint, connector, spelling)],
    ...(spelling.fulfillmentPer === 'charge-point' && {
      tags: [
        tagGroup('connector-specifications', 'Connector Specifications', [
          tagEntry('connector-id', 'Connector Id', connector.itemId),
          ...connectorEntries([connector]),
          availabilityEntry(isFree(state)),
        ]),
      ],
    }),
  };
}

export function fulfillmentId(
  chargePoint: ChargePoint,
  connector: Connector,
  { fulfillmentPer: fulfillment }: Spelling,
): string {
  return fulfillment === 'charge-point' ? chargePoint.itemId : connector.itemId;
}

/** The charger in words; `connectors` are those that the fulfillment stands for. */
export function specificationGroup(
  chargePoint: ChargePoint,
  connectors: readonly Connector[],
  free: boolean,
  spelling: Spelling,
): JsonObject {
  const code = spelling.specificationsName.toLowerCase().replaceAll(' ', '-');
  return tagGroup(code, spelling.specificationsName, [
    tagEntry('charger-id', 'Charger Id', chargePoint.code),
    ...connectorEntries(connectors),
    availabilityEntry(free),
  ]);
}

/** A type is said where all have the same one; the power is the greatest. */
function connectorEntries(connectors: readonly Connector[]): JsonObject[] {
  const [first] = connectors;
  if (!first) return [];
  const same = (of: (connector: Connector) => string): boolean => connectors.every((one) => of(one) === of(first));
  return [
    ...(same((one) => one.powerType) ? [tagEntry('charger-type', 'Charger type', first.powerType)] : []),
    ...(same((one) => one.standard) ? [tagEntry('connector-type', 'Connector type', first.standard)] : []),
    tagEntry('power-rating', 'Power Rating', formatKilowatts(Math.max(...connectors.map((one) => one.maxPowerW)))),
  ];
}

function availabilityEntry(free: boolean): JsonObject {
  return tagEntry('availability', 'Availability', free ? 'Available' : 'Unavailable');
}

/** A car may be plugged in already: it is waited for. */
export function isFree({ status }: StatusOnly): boolean {
  return status === 'Available' || status === 'Preparing';
}
