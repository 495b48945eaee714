/** Builds the callbacks of Unified Bharat e-Charge. */
import { isJson, textOf, valueAt, type Json } from '../runtime/json.js';
import * as core from './core-2x.js';
import { splitAmount } from './core-1x.js';
import type { CallbackDetails, QuotedOrder, SessionSnapshot, Step } from './dialect.js';

const SCHEMAS = 'https://raw.githubusercontent.com/beckn/protocol-specifications-v2/refs/heads/core-v2.0.0-rc/schema';
export const CONTEXT_URL = `${SCHEMAS}/core/v2/context.jsonld`;

/** Reads a field with or without the prefix `beckn:`. */
export const field = (node: unknown, name: string): unknown => valueAt(node, `beckn:${name}`) ?? valueAt(node, name);

const typed = (type: string, fields: Json): Json => ({ '@context': CONTEXT_URL, '@type': `beckn:${type}`, ...fields });
const attributes = (schema: string, type: string, fields: Json): Json => ({
  '@context': `${SCHEMAS}/${schema}/v1/context.jsonld`,
  '@type': type,
  ...fields,
});
const descriptor = (name: string): Json => ({ '@type': 'beckn:Descriptor', 'schema:name': name });

function buildItem({ offer, now }: CallbackDetails, id: string): Json {
  const [from, until] = [now, now + 86_400_000].map((time) => new Date(time).toISOString());
  return typed('Item', {
    'beckn:id': id,
    'beckn:descriptor': descriptor(`${core.STATION_NAME}, CCS 2 ${core.MAX_POWER_KW} kW`),
    'beckn:category': {
      '@type': 'schema:CategoryCode',
      'schema:codeValue': 'ev-charging',
      'schema:name': 'EV Charging',
    },
    'beckn:availabilityWindow': [{ '@type': 'beckn:TimePeriod', 'schema:startTime': from, 'schema:endTime': until }],
    'beckn:rateable': true,
    'beckn:isActive': true,
    'beckn:provider': { 'beckn:id': offer.providerId, 'beckn:descriptor': descriptor('Check Charging') },
    'beckn:itemAttributes': attributes(
      'EvChargingService',
      'ChargingService',
      core.serviceFields(id, offer.stationId, true),
    ),
  });
}

function buildOffer({ offer }: CallbackDetails, itemIds: readonly string[]): Json {
  return typed('Offer', {
    'beckn:id': core.TARIFF_ID,
    'beckn:descriptor': descriptor('Per-kWh tariff'),
    'beckn:provider': offer.providerId,
    'beckn:items': itemIds,
    'beckn:price': core.pricePerKwh,
    'beckn:offerAttributes': attributes('EvChargingOffer', 'ChargingOffer', { tariffModel: 'PER_KWH' }),
  });
}

function buildCatalogue(details: CallbackDetails): Json {
  const { offer, provider } = details;
  const catalogue = typed('Catalog', {
    'beckn:id': `catalog-${offer.providerId}`,
    'beckn:descriptor': descriptor('bap-check'),
    'beckn:providerId': offer.providerId,
    'beckn:bppId': provider.bppId,
    'beckn:bppUri': provider.bppUri,
    'beckn:items': offer.connectorIds.map((id) => buildItem(details, id)),
    'beckn:offers': [buildOffer(details, offer.connectorIds)],
  });
  return { catalogs: [catalogue] };
}

function buildOrderValue({ amount, currency }: QuotedOrder): Json {
  const { total, fee } = splitAmount(amount);
  const component = (type: string, hundredths: number, description: string): Json => ({
    type,
    value: hundredths / 100,
    currency,
    description,
  });
  const components = [component('UNIT', total - fee, 'Charging'), component('FEE', fee, 'Service Fee')];
  return { currency, value: Number(amount), components };
}

const ORDER_STATUS: Readonly<Record<SessionSnapshot['phase'], string>> = {
  quoted: 'CREATED',
  waiting: 'CONFIRMED',
  charging: 'INPROGRESS',
  stopping: 'INPROGRESS',
  ended: 'COMPLETED',
};

function buildPayment(details: CallbackDetails, status: 'INITIATED' | 'COMPLETED'): Json {
  const { order, request, provider } = details;
  const beneficiary = textOf(field(field(request.order, 'payment'), 'beneficiary')) || 'BAP';
  return typed('Payment', {
    'beckn:id': `payment-${order.orderId}`,
    'beckn:amount': { currency: order.currency, value: Number(order.amount) },
    'beckn:beneficiary': beneficiary === 'BPP' ? 'BPP' : 'BAP',
    'beckn:paymentStatus': status,
    ...(beneficiary === 'BPP' && { 'beckn:paymentURL': `${provider.bppUri}/pay/${order.orderId}` }),
  });
}

function buildFulfillment({ order, session, now }: CallbackDetails): Json {
  const fields = core.sessionFields(session, now);
  if (!fields) return {};
  const fulfillment = typed('Fulfillment', {
    'beckn:id': `fulfillment-${order.orderId}`,
    'beckn:mode': 'RESERVATION',
    'beckn:deliveryAttributes': attributes('EvChargingSession', 'ChargingSession', fields),
  });
  return { 'beckn:fulfillment': fulfillment };
}

function buildInvoice({ order: { orderId, amount, currency }, session }: CallbackDetails): Json {
  if (session.phase !== 'ended') return {};
  const totals = { currency, value: Number(amount) };
  return { 'beckn:invoice': typed('Invoice', { 'beckn:id': `invoice-${orderId}`, 'beckn:totals': totals }) };
}

/** Builds an order. @param fields The id and the payment; empty in the answer to a select, which has neither. */
function buildOrder(details: CallbackDetails, fields: Json): Json {
  const { offer, order, session, request, provider } = details;
  const buyer = field(request.order, 'buyer');
  const [connectorId] = offer.connectorIds;
  return typed('Order', {
    'beckn:orderStatus': ORDER_STATUS[session.phase],
    'beckn:seller': offer.providerId,
    'beckn:buyer': typed('Buyer', {
      'beckn:id': textOf(field(buyer, 'id')) || provider.bapId,
      'beckn:role': 'BUYER',
    }),
    'beckn:orderItems': [
      {
        'beckn:orderedItem': connectorId,
        'beckn:quantity': core.energyQuantity(core.ENERGY_KWH),
        'beckn:price': core.pricePerKwh,
      },
    ],
    'beckn:orderValue': buildOrderValue(order),
    ...fields,
    ...buildFulfillment(details),
    ...buildInvoice(details),
  });
}

export function buildReport(details: CallbackDetails): Json {
  const isPaid = details.session.phase === 'quoted';
  const order = buildOrder(details, {
    'beckn:id': details.order.orderId,
    ...(isPaid && { 'beckn:orderStatus': 'PENDING' }),
    'beckn:payment': buildPayment(details, 'COMPLETED'),
  });
  return { order };
}

export function buildAnswer(step: Step, details: CallbackDetails): Json {
  const { session, order } = details;
  const quoted: CallbackDetails = { ...details, session: { ...session, phase: 'quoted' } };
  switch (step) {
    case 'search':
      return buildCatalogue(details);
    case 'select':
      return { order: buildOrder(quoted, {}) };
    case 'init':
      return {
        order: buildOrder(quoted, { 'beckn:id': order.orderId, 'beckn:payment': buildPayment(details, 'INITIATED') }),
      };
    case 'support':
      return { support: typed('SupportInfo', { name: 'Check Charging', phone: '+911800000000' }) };
    case 'rating':
      return { received: true };
    case 'stop':
    case 'cancel':
      return buildReport({ ...details, session: { ...session, phase: 'stopping' } });
    case 'track':
      return withTracking(buildReport(details), details);
    default:
      return buildReport(details);
  }
}

function withTracking({ order }: Json, { provider, order: { orderId } }: CallbackDetails): Json {
  const fulfillment = field(order, 'fulfillment');
  if (!isJson(order) || !isJson(fulfillment)) return { order };
  const target = { '@type': 'schema:EntryPoint', url: `${provider.bppUri}/track/${orderId}` };
  const trackingAction = { '@type': 'beckn:TrackAction', target };
  return { order: { ...order, 'beckn:fulfillment': { ...fulfillment, trackingAction } } };
}
