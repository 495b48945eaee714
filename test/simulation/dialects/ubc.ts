/**
 * Unified Bharat e-Charge: Beckn 2.0.0-rc1 in JSON-LD. An update of the session's status starts and stops the session.
 */
import { providerOf } from '../node/network.js';
import { at, hundredths, isDict, list, text } from '../runtime/json.js';
import type { BuyerDialect, Message, OrderRef, Purchase, StatedOrder } from './buyer-dialect.js';
import { snakeCaseContext, wattHours } from './core-1x.js';
import { asNumber } from './envelope.js';

const CONTEXT =
  'https://raw.githubusercontent.com/beckn/protocol-specifications-v2/refs/heads/core-v2.0.0-rc/schema/core/v2/context.jsonld';
const DOMAIN = 'beckn.one:deg:ev-charging';

function node(type: string, fields: object): object {
  return { '@context': CONTEXT, '@type': type, ...fields };
}

function orderOf({ connector, option, slot }: Purchase, status: string): object {
  const iso = (when: number): string => new Date(when).toISOString();
  const preferences = slot && { startTime: iso(slot.from), endTime: iso(slot.until) };
  return node('beckn:Order', {
    'beckn:orderStatus': status,
    'beckn:seller': providerOf(connector),
    'beckn:buyer': node('beckn:Buyer', { 'beckn:id': 'user-7', 'beckn:role': 'BUYER', 'beckn:displayName': 'A Rider' }),
    'beckn:orderItems': [
      {
        'beckn:orderedItem': connector.itemId,
        'beckn:quantity': { unitText: 'Kilowatt Hour', unitCode: 'KWH', unitQuantity: option.value / 1000 },
      },
    ],
    ...(preferences && { 'beckn:orderAttributes': { '@type': 'ChargingSession', preferences } }),
  });
}

const paymentOf = ({ collector = 'BAP' }: Purchase, status: string, value: unknown): object => ({
  'beckn:payment': node('beckn:Payment', {
    'beckn:amount': { currency: 'INR', value },
    'beckn:beneficiary': collector,
    'beckn:paymentStatus': status,
  }),
});

const named = ({ orderId }: OrderRef): object => (orderId === undefined ? {} : { 'beckn:id': orderId });

const about =
  (action: string) =>
  (order: OrderRef): Message => ({ action, message: { order: named(order) } });

const update =
  (sessionStatus: string) =>
  (order: OrderRef): Message => {
    const delivery = { '@type': 'ChargingSession', sessionStatus };
    const fulfillment = {
      '@type': 'beckn:Fulfillment',
      'beckn:mode': 'RESERVATION',
      'beckn:deliveryAttributes': delivery,
    };
    const fields = { ...named(order), 'beckn:fulfillment': fulfillment };
    return { action: 'update', message: { order: { ...orderOf(order.purchase, 'CONFIRMED'), ...fields } } };
  };

const STATUSES: Readonly<Record<string, StatedOrder['status']>> = {
  CREATED: 'draft',
  PENDING: 'draft',
  COMPLETED: 'complete',
  CANCELLED: 'cancelled',
};

function statusOf(order: unknown): StatedOrder['status'] {
  const status = text(at(order, 'beckn:orderStatus'));
  // A draft that is refused and an order that failed are both rejected; only the second one has a session.
  if (status === 'REJECTED') return at(order, 'beckn:fulfillment') === undefined ? 'draft' : 'cancelled';
  return STATUSES[status] ?? 'active';
}

function readOrder(message: unknown): StatedOrder | undefined {
  const order = at(message, 'order');
  if (!isDict(order)) return undefined;
  const item = at(order, 'beckn:orderItems', 0);
  const components = list(at(order, 'beckn:orderValue', 'components'));
  const valueOf = (pattern: RegExp): number => {
    const found = components.find((one) => pattern.test(text(at(one, 'description'))));
    return hundredths(at(found, 'value')) ?? 0;
  };
  const limitWh = wattHours(at(item, 'beckn:quantity', 'unitQuantity'));
  return {
    id: text(at(order, 'beckn:id')),
    status: statusOf(order),
    quoteId: '',
    total: hundredths(at(order, 'beckn:orderValue', 'value')) ?? NaN,
    lines: { energy: valueOf(/harging: /), tax: valueOf(/^GST$/), fee: valueOf(/^Service Fee$/) },
    refund: 0 - valueOf(/^Refund adjustment/),
    pricePerKwh: hundredths(at(item, 'beckn:price', 'value')),
    deliveredWh: wattHours(at(order, 'beckn:fulfillment', 'beckn:deliveryAttributes', 'meteredEnergyKWh')),
    limit: limitWh === undefined ? undefined : { kind: 'energy', value: limitWh },
  };
}

export const ubc: BuyerDialect = {
  name: 'ubc-2.0.0',
  options: ['energy'],
  statesIdAtInit: true,
  requests: {
    search: () => ({ action: 'discover', message: { text_search: 'st-1' } }),
    select: (purchase) => ({ action: 'select', message: { order: orderOf(purchase, 'CREATED') } }),
    init: (purchase) => ({
      action: 'init',
      message: { order: { ...orderOf(purchase, 'CREATED'), ...paymentOf(purchase, 'INITIATED', 100) } },
    }),
    confirm: (order, amount) => ({
      action: 'confirm',
      message: {
        order: {
          ...orderOf(order.purchase, 'PENDING'),
          ...named(order),
          ...paymentOf(order.purchase, 'COMPLETED', asNumber(amount)),
        },
      },
    }),
    start: update('PENDING'),
    stop: update('STOP'),
    cancel: about('cancel'),
    status: about('status'),
    track: about('track'),
    support: (refId) => ({ action: 'support', message: { refId, refType: 'ORDER' } }),
    rate: ({ orderId, purchase }) => ({
      action: 'rating',
      message: {
        ratings: [
          node('beckn:RatingInput', {
            id: orderId ?? purchase.connector.itemId,
            ratingValue: 4,
            bestRating: 5,
            worstRating: 1,
            category: 'ORDER',
          }),
        ],
      },
    }),
  },
  context: (envelope) => ({ domain: DOMAIN, version: '2.0.0', ...snakeCaseContext(envelope) }),
  speaks: (context) => at(context, 'domain') === DOMAIN,
  readOrder,
  readPhone: (message) => text(at(message, 'support', 'phone')),
  terminalAction: ({ state, outcome }) =>
    state !== 'cancelled' ? 'on_update' : outcome === 'cancelled-by-buyer' ? 'on_status' : 'on_cancel',
};
