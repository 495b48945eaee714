/** What is sold and where: items of energy, and the chargers that fulfil them. */
import type { ChargePoint, Connector, ConnectorState, Station, Tariff } from '../../../domain/model/network.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { kilowatts, shortMoney } from '../core-1x/figures.js';
import { trimZeros } from '../uei-charging/options.js';
import { entry, group } from '../core-1x/tags.js';
import type { Spelling } from './spelling.js';

type Status = Pick<ConnectorState, 'status'>;

/** Wh to a measure of kWh, to the last Wh. */
export function energy(energyWh: number): JsonObject {
  return { measure: { unit: 'kWh', value: trimZeros((energyWh / 1000).toFixed(3)) } };
}

/** @shape  `currency` carries the unit, as every published example has it. */
export function unitPrice({ pricePerKwh, currency }: Tariff): JsonObject {
  return { currency: `${currency}/kWH`, value: shortMoney(pricePerKwh, currency) };
}

export function connectorItem(
  station: Station,
  chargePoint: ChargePoint,
  connector: Connector,
  state: Status,
  spelling: Spelling,
): JsonObject {
  const most = connector.options.energy;
  const category = spelling.category?.(connector.maxPowerW);
  return {
    id: connector.itemId,
    descriptor: { code: 'energy', name: connector.name },
    price: unitPrice(connector.tariff),
    ...(most !== undefined && { quantity: { available: energy(most) } }),
    ...(category !== undefined && { category_ids: [category] }),
    location_ids: [station.id],
    fulfillment_ids: [fulfillmentId(chargePoint, connector, spelling)],
    ...(spelling.fulfillment === 'charge-point' && {
      tags: [
        group('connector-specifications', 'Connector Specifications', [
          entry('connector-id', 'Connector Id', connector.itemId),
          ...connectorEntries([connector]),
          availability(isFree(state)),
        ]),
      ],
    }),
  };
}

export function fulfillmentId(chargePoint: ChargePoint, connector: Connector, { fulfillment }: Spelling): string {
  return fulfillment === 'charge-point' ? chargePoint.itemId : connector.itemId;
}

/** The charger in words; `connectors` are those that the fulfillment stands for. */
export function specifications(
  chargePoint: ChargePoint,
  connectors: readonly Connector[],
  free: boolean,
  spelling: Spelling,
): JsonObject {
  const code = spelling.specifications.toLowerCase().replaceAll(' ', '-');
  return group(code, spelling.specifications, [
    entry('charger-id', 'Charger Id', chargePoint.code),
    ...connectorEntries(connectors),
    availability(free),
  ]);
}

/** A type is said where all have the same one; the power is the greatest. */
function connectorEntries(connectors: readonly Connector[]): JsonObject[] {
  const [first] = connectors;
  if (!first) return [];
  const same = (of: (connector: Connector) => string): boolean => connectors.every((one) => of(one) === of(first));
  return [
    ...(same((one) => one.powerType) ? [entry('charger-type', 'Charger type', first.powerType)] : []),
    ...(same((one) => one.standard) ? [entry('connector-type', 'Connector type', first.standard)] : []),
    entry('power-rating', 'Power Rating', kilowatts(Math.max(...connectors.map((one) => one.maxPowerW)))),
  ];
}

function availability(free: boolean): JsonObject {
  return entry('availability', 'Availability', free ? 'Available' : 'Unavailable');
}

/** A car may be plugged in already: it is waited for. */
export function isFree({ status }: Status): boolean {
  return status === 'Available' || status === 'Preparing';
}
