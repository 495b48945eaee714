/** Builds the callbacks of Beckn 2.0.0 LTS. */
import { asList, textOf, valueAt, type Json } from '../runtime/json.js';
import * as core from './core-2x.js';
import { splitAmount } from './core-1x.js';
import type { CallbackDetails, QuotedOrder, SessionSnapshot, Step } from './dialect.js';

export const SCHEMAS = 'https://schema.beckn.io';
const CONTEXTS = {
  Provider: `${SCHEMAS}/Provider/v2.1/context.jsonld`,
  Consumer: `${SCHEMAS}/Consumer/v2.0/context.jsonld`,
  PriceSpecification: `${SCHEMAS}/PriceSpecification/v2.1/context.jsonld`,
  SupportInfo: `${SCHEMAS}/SupportInfo/v2.1/context.jsonld`,
  ChargingService: `${SCHEMAS}/EvChargingService/1.0`,
  ChargingOffer: `${SCHEMAS}/EvChargingOffer/1.0`,
  ChargingSession: `${SCHEMAS}/EvChargingSession/1.0`,
} as const;

const attributes = (type: keyof typeof CONTEXTS, fields: Json): Json => ({
  '@context': CONTEXTS[type],
  '@type': type,
  ...fields,
});

const providerOf = ({ offer }: CallbackDetails): Json => ({
  id: offer.providerId,
  descriptor: { name: 'Check Charging' },
});

function buildCatalogue(details: CallbackDetails): Json {
  const { offer } = details;
  const resource = (id: string): Json => ({
    id,
    descriptor: { name: `${core.STATION_NAME}, CCS 2 ${core.MAX_POWER_KW} kW` },
    provider: providerOf(details),
    resourceAttributes: attributes('ChargingService', {
      ...core.serviceFields(id, offer.stationId, false),
      isActive: true,
    }),
  });
  const tariff = {
    id: core.TARIFF_ID,
    descriptor: { name: 'Per-kWh tariff' },
    provider: providerOf(details),
    resourceIds: [...offer.connectorIds],
    considerations: [
      {
        id: `price-${core.TARIFF_ID}`,
        status: { code: 'QUOTED' },
        considerationAttributes: attributes('PriceSpecification', core.pricePerKwh),
      },
    ],
    offerAttributes: attributes('ChargingOffer', { tariffModel: 'PER_KWH' }),
  };
  const catalogue = {
    id: `catalog-${offer.providerId}`,
    descriptor: { name: 'bap-check' },
    provider: providerOf(details),
    resources: offer.connectorIds.map(resource),
    offers: [tariff],
  };
  return { catalogs: [catalogue] };
}

const CONTRACT_STATUS: Readonly<Record<SessionSnapshot['phase'], 'DRAFT' | 'ACTIVE' | 'COMPLETE'>> = {
  quoted: 'DRAFT',
  waiting: 'ACTIVE',
  charging: 'ACTIVE',
  stopping: 'ACTIVE',
  ended: 'COMPLETE',
};

function commitment({ request, offer, session }: CallbackDetails): Json {
  const [connectorId] = offer.connectorIds;
  const status = CONTRACT_STATUS[session.phase];
  return {
    id: commitmentId(request),
    status: { descriptor: { code: status === 'COMPLETE' ? 'CLOSED' : status } },
    resources: [{ id: connectorId, quantity: core.energyQuantity(core.ENERGY_KWH) }],
    offer: { id: core.TARIFF_ID, resourceIds: [connectorId] },
  };
}

const commitmentId = (request: Json): string =>
  textOf(valueAt(request, 'contract', 'commitments', 0, 'id')) || 'commitment-1';

function consideration({ orderId, amount, currency }: QuotedOrder, isFinal: boolean): Json {
  const { total, fee } = splitAmount(amount);
  const breakup = [
    { title: 'Charging', amount: (total - fee) / 100, type: 'BASE_PRICE' },
    { title: 'Service Fee', amount: fee / 100, type: 'FEE' },
  ];
  return {
    id: `consideration-${orderId}`,
    status: { code: isFinal ? 'FINAL' : 'QUOTED' },
    considerationAttributes: attributes('PriceSpecification', { currency, totalAmount: Number(amount), breakup }),
  };
}

function settlement({ request, order, provider }: CallbackDetails, status: 'DRAFT' | 'COMPLETE'): Json {
  const asked = asList(valueAt(request, 'contract', 'settlements'))[0];
  const isCollectedHere = valueAt(asked, 'beneficiary') === 'BPP';
  return {
    id: textOf(valueAt(asked, 'id')) || 'pay-1',
    considerationId: `consideration-${order.orderId}`,
    status,
    amount: { currency: order.currency, value: Number(order.amount) },
    beneficiary: isCollectedHere ? 'BPP' : 'BAP',
    ...(isCollectedHere && { paymentURL: `${provider.bppUri}/pay/${order.orderId}` }),
  };
}

function buildContract(details: CallbackDetails, fields: Json): Json {
  const { order, session, provider, now } = details;
  const sessionFields = core.sessionFields(session, now);
  const performance = sessionFields && {
    id: `performance-${order.orderId}`,
    commitmentIds: [commitmentId(details.request)],
    performanceAttributes: attributes('ChargingSession', sessionFields),
  };
  const participants = [
    { ...providerOf(details), participantAttributes: attributes('Provider', providerOf(details)) },
    {
      id: provider.bapId,
      participantAttributes: attributes('Consumer', { role: 'buyer', person: { id: provider.bapId } }),
    },
  ];
  return {
    contract: {
      status: { code: CONTRACT_STATUS[session.phase] },
      participants,
      commitments: [commitment(details)],
      consideration: [consideration(order, session.phase === 'ended')],
      ...(performance && { performance: [performance] }),
      ...fields,
    },
  };
}

export function buildReport(details: CallbackDetails): Json {
  return buildContract(details, { id: details.order.orderId, settlements: [settlement(details, 'COMPLETE')] });
}

export function buildAnswer(step: Step, details: CallbackDetails): Json {
  const { request, order, session, provider, now } = details;
  const quoted: CallbackDetails = { ...details, session: { ...session, phase: 'quoted' } };
  switch (step) {
    case 'search':
      return buildCatalogue(details);
    case 'select':
      return buildContract(quoted, {});
    case 'init':
      return buildContract(quoted, { id: order.orderId, settlements: [settlement(details, 'DRAFT')] });
    case 'track': {
      const fields = core.sessionFields(session, now);
      const tracking = {
        contract: { id: order.orderId, commitments: [commitment(details)] },
        status: 'ACTIVE',
        url: `${provider.bppUri}/track/${order.orderId}`,
        ...(fields && { trackingAttributes: attributes('ChargingSession', fields) }),
      };
      return { tracking };
    }
    case 'support': {
      const info = attributes('SupportInfo', { name: 'Check Charging', telephone: '+911800000000' });
      return { support: { orderId: order.orderId, channels: [info] } };
    }
    case 'rating':
      return { ratings: asList(request.ratingInputs) };
    case 'stop':
    case 'cancel':
      return buildReport({ ...details, session: { ...session, phase: 'stopping' } });
    default:
      return buildReport(details);
  }
}
