/**
 * Network updates on values in memory, and a network document for them: one station and an empty provider, with
 * umlauts, formulas and values for most columns of the CSV files.
 */
import type { NetworkDocument } from '../../src/config/network-file/load-network.js';
import { readStoredNetwork } from '../../src/config/network-file/load-network.js';
import { NetworkHistory } from '../../src/bridge/network/network-history.js';
import { NetworkUpdates } from '../../src/bridge/network/network-updates.js';
import type { Order } from '../../src/domain/model/order.js';
import type { Network, Site } from '../../src/domain/model/network.js';
import type { Json } from '../../src/domain/model/object.js';
import { createEventLog } from './event-log.js';

export const DOCUMENT = {
  name: 'Ladenetz',
  tariffs: {
    day: {
      currency: 'INR',
      pricePerKwh: 1850,
      serviceFee: 500,
      minPrice: 1000,
      taxes: [
        { name: 'GST', rateBps: 1800, on: ['energy', 'service-fee'], split: ['CGST', 'SGST'] },
        { name: 'Green tax', rateBps: 50, on: ['energy'] },
      ],
    },
    night: {
      currency: 'JPY',
      pricePerKwh: 30,
      elements: [
        {
          priceComponents: [{ type: 'ENERGY', price: 20 }],
          restrictions: { startTime: '22:00', endTime: '06:00' },
        },
      ],
      offers: [{ code: 'NEW', title: 'New, "here"', percentBps: 1000 }],
    },
  },
  providers: [
    {
      id: 'muellers',
      name: 'Müllers Ladesäulen; GmbH',
      operatorCode: 'MUL',
      support: { phone: '+4989123', email: 'hilfe@example.org' },
      settlementAccount: { vpa: 'x@y' },
      stations: [
        {
          id: 's1',
          name: '=Straße|1',
          latitude: -12.5,
          longitude: 77.123456,
          timeZone: 'Asia/Kolkata',
          address: 'Hauptstraße 1,\n"Hof"',
          city: { code: 'std:080', name: 'Bengaluru' },
          country: { code: 'IND', name: 'India' },
          categories: ['green-tariff', 'a|b'],
          chargePoints: [
            {
              id: 'CP1',
              name: 'Säule 1',
              connectors: [
                {
                  connectorId: 1,
                  standard: 'CCS2',
                  powerType: 'DC',
                  maxPowerW: 60_500,
                  tariff: 'day',
                  options: { energy: 60_000, amount: 200_050, time: 7201, soc: 90 },
                },
                {
                  connectorId: 2,
                  standard: 'Type2',
                  powerType: 'AC',
                  maxPowerW: 7400,
                  phases: 1,
                  tariff: 'night',
                  options: { amount: 5000 },
                  vehicleTypes: ['2-WHEELER', '4-WHEELER'],
                },
              ],
            },
            {
              id: 'CP2',
              status: 'planned',
              connectors: [
                {
                  connectorId: 1,
                  standard: 'CCS2',
                  powerType: 'DC',
                  maxPowerW: 60_000,
                  tariff: 'day',
                  options: { energy: 60_000 },
                },
              ],
            },
          ],
        },
      ],
    },
    { id: 'empty', name: 'Nothing yet', stations: [] },
  ],
} as const satisfies NetworkDocument;

/** Creates the values of a store, the only part that a network history needs. */
export function createValues() {
  const kept = new Map<string, Json>();
  return {
    kept,
    value: (name: string) => Promise.resolve(kept.get(name)),
    putValue: (name: string, value: Json) => {
      kept.set(name, JSON.parse(JSON.stringify(value)) as Json);
      return Promise.resolve();
    },
    values: (prefix: string) =>
      Promise.resolve([...kept].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => ({ name, value }))),
  };
}

/** Creates network updates on values in memory, and records the networks that they replace. */
export async function createUpdates(
  document: NetworkDocument | undefined,
  {
    values = createValues(),
    openOrders = [],
    networkFile,
  }: {
    readonly values?: ReturnType<typeof createValues>;
    readonly openOrders?: readonly Pick<Order, 'connector' | 'state'>[];
    readonly networkFile?: string;
  } = {},
) {
  const replaced: { readonly network: Network; readonly earlier: readonly Site[] }[] = [];
  const events = createEventLog();
  const clock: ConstructorParameters<typeof NetworkUpdates>[0]['clock'] = {
    now: () => 1_800_000_000_000,
    monotonic: () => performance.now(),
    callSoon: (work) => void setImmediate(work),
  };
  const updates = new NetworkUpdates({
    history: new NetworkHistory(values, clock),
    ...(networkFile !== undefined && { networkFile }),
    *replaceNetwork(network, earlier = []) {
      replaced.push({ network, earlier });
      yield;
    },
    openOrders: () => openOrders,
    events,
    clock,
  });
  const read = document && readStoredNetwork(document);
  if (read && 'problems' in read) throw new Error(read.problems.join('\n'));
  await updates.start(read, openOrders);
  return { updates, values, replaced, events };
}
