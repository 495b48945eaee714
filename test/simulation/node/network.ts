/**
 * The simulated network: its charge points, connectors and prices. The bridge and the checker read the same plain
 * numbers.
 */
import type { Connector, Network } from '../../../src/domain/model/network.js';
import type { Tariff } from '../../../src/domain/model/tariff.js';

export interface ConnectorSpec {
  readonly chargePointId: string;
  readonly connectorId: number;
  readonly itemId: string;
  readonly stationId: string;
  readonly powerW: number;
  readonly pricePerKwh: number;
  readonly serviceFee: number;
  /** The tax on energy and fee, basis points. */
  readonly taxBps: number;
}

const DC = { pricePerKwh: 1850, serviceFee: 525, taxBps: 1800 };
const AC = { pricePerKwh: 1337, serviceFee: 0, taxBps: 500 };

export const CONNECTORS: readonly ConnectorSpec[] = [
  { chargePointId: 'CP-A', connectorId: 1, itemId: 'cp-a-1', stationId: 'st-1', powerW: 60_000, ...DC },
  { chargePointId: 'CP-A', connectorId: 2, itemId: 'cp-a-2', stationId: 'st-1', powerW: 60_000, ...DC },
  { chargePointId: 'CP-B', connectorId: 1, itemId: 'cp-b-1', stationId: 'st-1', powerW: 22_000, ...AC },
  { chargePointId: 'CP-B', connectorId: 2, itemId: 'cp-b-2', stationId: 'st-1', powerW: 7_400, ...AC },
  { chargePointId: 'CP-C', connectorId: 1, itemId: 'cp-c-1', stationId: 'st-2', powerW: 150_000, ...DC },
];

/**
 * Connectors that only some seeds visit: one whose boots are never accepted, one of another provider where time is
 * priced too, and two of 2.x stations.
 */
export const SPECIAL_CONNECTORS: readonly ConnectorSpec[] = [
  { chargePointId: 'CP-H', connectorId: 1, itemId: 'cp-h-1', stationId: 'st-3', powerW: 22_000, ...AC },
  { chargePointId: 'CP-T', connectorId: 1, itemId: 'cp-t-1', stationId: 'st-4', powerW: 22_000, ...AC },
  { chargePointId: 'CP-S', connectorId: 1, itemId: 'cp-s-1', stationId: 'st-5', powerW: 60_000, ...DC },
  { chargePointId: 'CP-U', connectorId: 1, itemId: 'cp-u-1', stationId: 'st-5', powerW: 60_000, ...DC },
];

export const ALL_CONNECTORS = [...CONNECTORS, ...SPECIAL_CONNECTORS];

/** The price of time at CP-T, in minor units per hour. */
export const PRICE_PER_HOUR = 60_000;
/** The telephone number of each provider. */
export const PHONES = { acme: '+910000000001', other: '+910000000002' } as const;

export const CHARGE_POINTS = [...new Set(CONNECTORS.map((connector) => connector.chargePointId))];

/** Returns a price after the operator has changed all prices to `percent` of the listed ones. */
export const repriced = (pricePerKwh: number, percent: number): number => Math.round((pricePerKwh * percent) / 100);

/** Returns the provider of a station. */
export const providerOf = ({ stationId }: Pick<ConnectorSpec, 'stationId'>): 'acme' | 'other' =>
  stationId === 'st-4' ? 'other' : 'acme';

/**
 * Returns the network as the bridge's configuration states it.
 * @param ratingShare The share of its real power that is stated for CP-A.
 */
export function networkOf(percent = 100, ratingShare = 1): Network {
  const connectors = ALL_CONNECTORS.map((one) => ({ ...one, pricePerKwh: repriced(one.pricePerKwh, percent) })).map(
    (one) => ({ ...one, powerW: Math.round(one.powerW * (one.chargePointId === 'CP-A' ? ratingShare : 1)) }),
  );
  const providers = ['acme', 'other'] as const;
  return {
    name: 'Simulated network',
    providers: providers.map((id) => ({
      id,
      name: id === 'acme' ? 'Acme' : 'Other',
      support: { phone: PHONES[id] },
      stations: stationsOf(connectors.filter((one) => providerOf(one) === id)),
    })),
  };
}

function stationsOf(connectors: readonly ConnectorSpec[]): Network['providers'][number]['stations'] {
  return [...new Set(connectors.map(({ stationId }) => stationId))].map((id) => ({
    id,
    name: id,
    latitude: 12.97,
    longitude: 77.59,
    address: 'MG Road',
    city: { code: 'std:080', name: 'Bengaluru' },
    country: { code: 'IND', name: 'India' },
    chargePoints: [...new Set(connectors.filter((one) => one.stationId === id).map((one) => one.chargePointId))].map(
      (chargePointId) => ({
        id: chargePointId,
        itemId: chargePointId.toLowerCase(),
        name: chargePointId,
        code: chargePointId,
        connectors: connectors.filter((one) => one.chargePointId === chargePointId).map(connectorOf),
      }),
    ),
  }));
}

function connectorOf(connector: ConnectorSpec): Connector {
  const { pricePerKwh, serviceFee, taxBps } = connector;
  const tariff: Tariff = {
    id: `t${pricePerKwh}`,
    currency: 'INR',
    pricePerKwh,
    serviceFee,
    taxes: [{ name: 'GST', rateBps: taxBps, on: ['energy', 'service-fee'] }],
    ...(connector.chargePointId === 'CP-T' && {
      elements: [{ priceComponents: [{ type: 'TIME', price: PRICE_PER_HOUR }] }],
    }),
  };
  const dc = connector.powerW > 22_000;
  return {
    connectorId: connector.connectorId,
    itemId: connector.itemId,
    standard: dc ? 'CCS2' : 'Type2',
    name: dc ? 'CCS 2' : 'Type 2',
    powerType: dc ? 'DC' : 'AC',
    maxPowerW: connector.powerW,
    tariff,
    options: { soc: 100, energy: 60_000, amount: 100_000, time: 7200 },
    socQuoteWh: 40_000,
  };
}
