/** A network, an order and a buyer app's messages for tests of the Beckn edge. */
import type { SiteView } from '../../../src/ports/callback-delivery.js';
import type { PeerSettings } from '../../../src/config/config.js';
import { ubcIdsFor } from '../../../src/config/network-file/ubc-ids.js';
import type { ChargePoint, Connector, Network, Site } from '../../../src/domain/model/network.js';
import type { Order } from '../../../src/domain/model/order.js';
import type { Json } from '../../../src/domain/model/object.js';
import { price } from '../../../src/domain/pricing/pricing.js';

export const AT = Date.UTC(2026, 0, 15, 10, 0, 0);

export const PEER: PeerSettings = { units: 'Wh', time: 's', optionCase: 'capital', sessionDetails: 'rich' };

const tariff = {
  id: 'day',
  currency: 'INR',
  pricePerKwh: 1000,
  serviceFee: 525,
  taxes: [{ name: 'GST', rateBps: 1800, on: ['energy', 'service-fee'] as const }],
};

function connector(connectorId: number, pricePerKwh: number): Connector {
  return {
    connectorId,
    itemId: `cp-7-${connectorId}`,
    standard: 'CCS2',
    name: 'CCS 2',
    powerType: 'DC',
    maxPowerW: 60_000,
    tariff: { ...tariff, pricePerKwh },
    options: { soc: 100, energy: 30_000, amount: 50_000, time: 7200 },
    socQuoteWh: 40_000,
  };
}

export const NETWORK: Network = {
  name: 'Acme Charge',
  providers: [
    {
      id: 'acme',
      name: 'Acme CPO',
      images: ['https://acme.example/logo.png'],
      stations: [
        {
          id: 'st-1',
          name: 'MG Road hub',
          latitude: 12.9716,
          longitude: 77.5946,
          address: 'MG Road',
          city: { code: 'std:080', name: 'Bengaluru' },
          state: 'Karnataka',
          country: { code: 'IND', name: 'India' },
          chargePoints: [
            {
              id: 'CP7',
              itemId: 'cp-7',
              name: 'CP 7',
              code: 'ACME07',
              connectors: [connector(1, 1000), connector(2, 1850)],
            },
          ],
        },
      ],
    },
  ],
};

const numbers = ubcIdsFor('acme', 'ACM');
/** The connectors' item ids in Unified Bharat e-Charge. */
export const UBC_ITEMS = [numbers('st-1')('CP7')(1), numbers('st-1')('CP7')(2)] as const;

/** Returns the network with these ids. */
export function numbered(): Network {
  const plugs = (point: ChargePoint, stationId: string): ChargePoint => ({
    ...point,
    connectors: point.connectors.map((one) => ({ ...one, ubcId: numbers(stationId)(point.id)(one.connectorId) })),
  });
  const providers = NETWORK.providers.map((provider) => ({
    ...provider,
    stations: provider.stations.map((station) => ({
      ...station,
      chargePoints: station.chargePoints.map((point) => plugs(point, station.id)),
    })),
  }));
  return { ...NETWORK, providers };
}

export function siteOf(connectorId: 1 | 2): Site {
  const provider = NETWORK.providers[0];
  const station = provider?.stations[0];
  const chargePoint = station?.chargePoints[0];
  const found = chargePoint?.connectors.find((one) => one.connectorId === connectorId);
  if (!provider || !station || !chargePoint || !found) throw new Error('the sample network has changed');
  return { provider, station, chargePoint, connector: found };
}

export const SITE: SiteView = siteOf(1);

/** Returns a draft with a quote for 10 kWh: ₹100 + ₹5.25 fee + 18 % tax on ₹105.25. */
export function sampleOrder(changes: Partial<Order> = {}): Order {
  const quoted = price(siteOf(1).connector.tariff, 10_000);
  return {
    id: 'EK8IJdNnatqx1yMIDzln',
    version: 1,
    state: 'draft',
    customer: {
      kind: 'buyer-app',
      network: 'main',
      bapId: 'bap.example',
      bapUri: 'https://bap.example/beckn',
      dialect: 'uei-charging-1.0.0',
    },
    becknTransactionId: 'edea17fa-b5c4-48c9-86dd-1b80dda67d37',
    replyContext: { domain: 'uei:charging', version: '1.0.0' },
    connector: { providerId: 'acme', stationId: 'st-1', chargePointId: 'CP7', connectorId: 1 },
    limit: { kind: 'energy', value: 10_000 },
    tariff: siteOf(1).connector.tariff,
    quote: { ...quoted, id: '0f1c2b1a-5f0d-4a58-9a39-6d1f6b6f9f10', expiresAt: AT + 900_000 },
    initiated: false,
    authorised: 0,
    caps: { energyWh: 10_000 },
    connectorState: { status: 'Available', errorCode: 'NoError', at: AT },
    createdAt: AT,
    updatedAt: AT,
    effects: [],
    nextEffectSeq: 1,
    handledRequests: [],
    ...changes,
  };
}

/** Returns the same order while charging, with the figures of a real session after 236.07 s and 1.63 kWh. */
export function chargingOrder(changes: Partial<Order> = {}): Order {
  const startedAt = AT + 5000;
  return sampleOrder({
    state: 'charging',
    initiated: true,
    payment: { paid: 12_420, method: 'UPI', reference: 'pay-1' },
    authorised: 12_420,
    idTag: 'ABCDEFGHIJKLMNOPQRST',
    connectorState: { status: 'Charging', errorCode: 'NoError', at: startedAt },
    session: {
      transactionId: '17',
      startKey: 'key',
      meterStartWh: 1_000_000,
      startedAt,
      startReceivedAt: startedAt,
      meter: {
        registerWh: 1_001_630,
        energyWh: 1630,
        at: startedAt + 236_070,
        receivedAt: startedAt + 236_070,
        relative: false,
        resets: 0,
        rejectedReadings: 0,
        socStart: 32,
        soc: 47,
        voltage: 382.08,
        current: 100.35,
        powerW: 33_400.12,
        journalSeq: 4,
      },
    },
    ...changes,
  });
}

/** Returns the same order after the buyer stopped at 1.63 kWh, with its bill. */
export function completedOrder(changes: Partial<Order> = {}): Order {
  const running = chargingOrder();
  const billed = price(running.tariff, 1630);
  return chargingOrder({
    state: 'completed',
    ...(running.session && {
      session: {
        ...running.session,
        end: { meterStopWh: 1_001_630, at: AT + 245_000, receivedAt: AT + 245_100, reason: 'Remote' },
      },
    }),
    bill: { ...billed, refund: 12_420 - billed.total, deliveredWh: 1630, overshootWh: 0, confidence: 'exact' },
    outcome: { code: 'stopped-by-buyer', text: 'You stopped the session.', at: AT + 245_000 },
    connectorState: { status: 'Finishing', errorCode: 'NoError', at: AT + 245_000 },
    ...changes,
  });
}

export function contextOf(
  action: string,
  changes: { readonly [key: string]: Json } = {},
): { readonly [key: string]: Json } {
  return {
    domain: 'uei:charging',
    version: '1.0.0',
    action,
    location: { city: { code: 'std:080', name: 'Bengaluru' }, country: { code: 'IND', name: 'India' } },
    bap_id: 'bap.example',
    bap_uri: 'https://bap.example/beckn',
    bpp_id: 'cpo.example/bpp',
    bpp_uri: 'https://cpo.example/beckn',
    transaction_id: 'edea17fa-b5c4-48c9-86dd-1b80dda67d37',
    message_id: '4618752a-c502-4503-bd75-635622ea8aff',
    timestamp: '2026-01-15T10:00:00.000Z',
    ttl: 'PT10M',
    ...changes,
  };
}

/** Returns a tag group in the form that buyer apps send, from `[code, value]` pairs. */
export function tags(code: string, ...entries: readonly (readonly [string, Json])[]): { readonly [key: string]: Json } {
  return {
    display: true,
    descriptor: { code, name: code },
    list: entries.map(([entry, value]) => ({ display: true, descriptor: { code: entry, name: entry }, value })),
  };
}

export const ITEMS = [
  { id: 'st-1', descriptor: { code: 'charging-station' } },
  { id: 'cp-7', descriptor: { code: 'charge-point' } },
  { id: 'cp-7-1', descriptor: { code: 'connector' } },
];
