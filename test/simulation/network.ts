/** The simulated network: three charge points, five connectors. Written once as plain numbers; the checker reads the same numbers. */
import type { Connector, Network } from '../../src/domain/model/network.js';
import type { Tariff } from '../../src/domain/model/tariff.js';

export interface Outlet {
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

export const OUTLETS: readonly Outlet[] = [
  { chargePointId: 'CP-A', connectorId: 1, itemId: 'cp-a-1', stationId: 'st-1', powerW: 60_000, ...DC },
  { chargePointId: 'CP-A', connectorId: 2, itemId: 'cp-a-2', stationId: 'st-1', powerW: 60_000, ...DC },
  { chargePointId: 'CP-B', connectorId: 1, itemId: 'cp-b-1', stationId: 'st-1', powerW: 22_000, ...AC },
  { chargePointId: 'CP-B', connectorId: 2, itemId: 'cp-b-2', stationId: 'st-1', powerW: 7_400, ...AC },
  { chargePointId: 'CP-C', connectorId: 1, itemId: 'cp-c-1', stationId: 'st-2', powerW: 150_000, ...DC },
];

export const CHARGE_POINTS = [...new Set(OUTLETS.map((outlet) => outlet.chargePointId))];

/** What an operator may have made of the prices before the next start. */
export const repriced = (pricePerKwh: number, percent: number): number => Math.round((pricePerKwh * percent) / 100);

/** The network as the bridge is configured with it. */
export function networkOf(percent = 100): Network {
  const outlets = OUTLETS.map((one) => ({ ...one, pricePerKwh: repriced(one.pricePerKwh, percent) }));
  const stations = [...new Set(outlets.map((outlet) => outlet.stationId))];
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
          chargePoints: [...new Set(outlets.filter((one) => one.stationId === id).map((one) => one.chargePointId))].map(
            (chargePointId) => ({
              id: chargePointId,
              itemId: chargePointId.toLowerCase(),
              name: chargePointId,
              code: chargePointId,
              connectors: outlets.filter((one) => one.chargePointId === chargePointId).map(connectorOf),
            }),
          ),
        })),
      },
    ],
  };
}

function connectorOf(outlet: Outlet): Connector {
  const { pricePerKwh, serviceFee, taxBps } = outlet;
  const tariff: Tariff = {
    id: `t${pricePerKwh}`,
    currency: 'INR',
    pricePerKwh,
    serviceFee,
    taxes: [{ name: 'GST', rateBps: taxBps, on: ['energy', 'service-fee'] }],
  };
  const dc = outlet.powerW > 22_000;
  return {
    connectorId: outlet.connectorId,
    itemId: outlet.itemId,
    standard: dc ? 'CCS2' : 'Type2',
    name: dc ? 'CCS 2' : 'Type 2',
    powerType: dc ? 'DC' : 'AC',
    maxPowerW: outlet.powerW,
    tariff,
    options: { soc: 100, energy: 60_000, amount: 100_000, time: 7200 },
    socQuoteWh: 40_000,
  };
}
