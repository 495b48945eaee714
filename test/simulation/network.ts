/** The simulated network: three charge points with five connectors. The bridge and the checker read the same plain numbers. */
import type { Connector, Network } from '../../src/domain/model/network.js';
import type { Tariff } from '../../src/domain/model/tariff.js';

export interface ConnectorSpec {
  readonly chargePointId: string;
  readonly connectorId: number;
  readonly itemId: string;
  readonly stationId: string;
  readonly powerW: number;
  readonly pricePerKwh: number;
  readonly serviceFee: number;
  /** Hundredths of a percent, on energy and fee. */
  readonly taxBps: number;
}

const PROVIDER = 'acme';
const DC = { pricePerKwh: 1850, serviceFee: 525, taxBps: 1800 };
const AC = { pricePerKwh: 1337, serviceFee: 0, taxBps: 500 };

export const CONNECTORS: readonly ConnectorSpec[] = [
  { chargePointId: 'CP-A', connectorId: 1, itemId: 'cp-a-1', stationId: 'st-1', powerW: 60_000, ...DC },
  { chargePointId: 'CP-A', connectorId: 2, itemId: 'cp-a-2', stationId: 'st-1', powerW: 60_000, ...DC },
  { chargePointId: 'CP-B', connectorId: 1, itemId: 'cp-b-1', stationId: 'st-1', powerW: 22_000, ...AC },
  { chargePointId: 'CP-B', connectorId: 2, itemId: 'cp-b-2', stationId: 'st-1', powerW: 7_400, ...AC },
  { chargePointId: 'CP-C', connectorId: 1, itemId: 'cp-c-1', stationId: 'st-2', powerW: 150_000, ...DC },
];

export const CHARGE_POINTS = [...new Set(CONNECTORS.map((connector) => connector.chargePointId))];

/** The price after the operator has changed all prices to `percent` of the listed ones. */
export const repriced = (pricePerKwh: number, percent: number): number => Math.round((pricePerKwh * percent) / 100);

/** The network in the form that the bridge is configured with. */
export function networkOf(percent = 100): Network {
  const connectors = CONNECTORS.map((one) => ({ ...one, pricePerKwh: repriced(one.pricePerKwh, percent) }));
  const stations = [...new Set(connectors.map((connector) => connector.stationId))];
  return {
    name: 'Simulated network',
    providers: [
      {
        id: PROVIDER,
        name: 'Acme',
        stations: stations.map((id) => ({
          id,
          name: id,
          latitude: 12.97,
          longitude: 77.59,
          address: 'MG Road',
          city: { code: 'std:080', name: 'Bengaluru' },
          country: { code: 'IND', name: 'India' },
          chargePoints: [
            ...new Set(connectors.filter((one) => one.stationId === id).map((one) => one.chargePointId)),
          ].map((chargePointId) => ({
            id: chargePointId,
            itemId: chargePointId.toLowerCase(),
            name: chargePointId,
            code: chargePointId,
            connectors: connectors.filter((one) => one.chargePointId === chargePointId).map(connectorOf),
          })),
        })),
      },
    ],
  };
}

function connectorOf(connector: ConnectorSpec): Connector {
  const { pricePerKwh, serviceFee, taxBps } = connector;
  const tariff: Tariff = {
    id: `t${pricePerKwh}`,
    currency: 'INR',
    pricePerKwh,
    serviceFee,
    taxes: [{ name: 'GST', rateBps: taxBps, on: ['energy', 'service-fee'] }],
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
