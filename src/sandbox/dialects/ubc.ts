/** Speaks Unified Bharat e-Charge (Beckn 2.0.0-rc1, JSON-LD): updates of the session status start and stop charging. */
import { SNAKE_CASE } from '../buyer-app/envelope.js';
import { asList, isJson, textOf, valueAt, type Json } from '../runtime/json.js';
import * as core from './core-2x.js';
import {
  findUnofferedId,
  quoteValue,
  stepOfAction,
  type Dialect,
  type Offer,
  type QuotedOrder,
  type RequestDetails,
  type Step,
} from './dialect.js';
import { buildAnswer, buildReport, CONTEXT_URL, field } from './ubc-callbacks.js';

const ACTIONS = { ...core.ACTIONS, rating: 'rating' } as const;

const SESSION_STATUS_PATH = 'order.beckn:fulfillment.beckn:deliveryAttributes.sessionStatus';

export const ubc: Dialect = {
  envelope: { domain: 'beckn.one:deg:ev-charging', version: '2.0.0', names: SNAKE_CASE, ackForm: 'ack' },
  specification: 'Beckn 2.0.0-rc1',
  actions: ACTIONS,
  contents: {
    search: 'filters that are an object, or none',
    select: 'an order with an item and its quantity',
    init: 'an order with an item',
    confirm: 'an order with its beckn:id',
    start: 'the sessionStatus PENDING',
    status: 'an order with its beckn:id',
    track: 'an order with its beckn:id',
    support: 'a refId',
    stop: 'the sessionStatus STOP',
    cancel: 'an order with its beckn:id',
    rating: 'ratings',
  },
  choice: `the first connector and ${core.ENERGY_KWH} kWh`,
  terminalAction: 'on_update',
  hasUuidOrders: false,
  errorNames: { code: 'code', message: 'message' },
  buildRequest,
  buildAnswer,
  buildReport,
  stepOf: (action, message) =>
    action === 'update' ? core.stepOfSessionStatus(sessionStatusIn(message)) : stepOfAction(ACTIONS, action),
  readOrderId: (message) =>
    textOf(field(message.order, 'id')) ||
    textOf(message.refId) ||
    textOf(valueAt(message, 'ratings', 0, 'id')) ||
    textOf(field(valueAt(message, 'ratings', 0), 'id')),
  findMissingField,
  findUnofferedItem,
  findPaymentFault,
  asksProviderToCollect: (message) => field(field(message.order, 'payment'), 'beneficiary') === 'BPP',
};

const sessionStatusIn = (message: Json): unknown =>
  valueAt(field(field(message.order, 'fulfillment'), 'deliveryAttributes'), 'sessionStatus');

const typed = (type: string, fields: Json): Json => ({ '@context': CONTEXT_URL, '@type': `beckn:${type}`, ...fields });

const BUYER = typed('Buyer', {
  'beckn:id': 'driver-1',
  'beckn:role': 'BUYER',
  'beckn:displayName': 'Sandbox Driver',
  'beckn:telephone': '+910000000000',
  'beckn:email': 'driver@sandbox.example',
});

function paymentOf(quoted: QuotedOrder | undefined, status: 'INITIATED' | 'COMPLETED'): Json {
  if (!quoted) return {};
  const amount = { currency: quoted.currency, value: Number(quoted.amount) };
  const payment = { 'beckn:amount': amount, 'beckn:beneficiary': 'BAP', 'beckn:paymentStatus': status };
  return {
    'beckn:payment': typed('Payment', { ...payment, ...(status === 'COMPLETED' && { 'beckn:txnRef': 'pay-1' }) }),
  };
}

const BEST_RATING = { ratingValue: 5, bestRating: 5, worstRating: 1, category: 'ORDER' };

function buildRequest(step: Step, { offer, order: quoted }: RequestDetails): Json {
  const id = quoted?.orderId ?? '';
  const item = { 'beckn:orderedItem': offer.connectorIds[0], 'beckn:quantity': core.energyQuantity(core.ENERGY_KWH) };
  const order = (orderStatus: string, fields: Json = {}): Json => ({
    order: typed('Order', {
      'beckn:orderStatus': orderStatus,
      'beckn:seller': offer.providerId,
      'beckn:buyer': BUYER,
      'beckn:orderItems': [item],
      ...fields,
    }),
  });
  const setSession = (sessionStatus: string): Json => {
    const session = { '@type': 'ChargingSession', sessionStatus };
    const fulfillment = typed('Fulfillment', { 'beckn:mode': 'RESERVATION', 'beckn:deliveryAttributes': session });
    return order('CONFIRMED', { 'beckn:id': id, 'beckn:fulfillment': fulfillment });
  };
  switch (step) {
    case 'search':
      return {};
    case 'select':
      return order('CREATED');
    case 'init':
      return order('CREATED', paymentOf(quoted, 'INITIATED'));
    case 'confirm':
      return order('PENDING', { 'beckn:id': id, ...paymentOf(quoted, 'COMPLETED') });
    case 'start':
      return setSession('PENDING');
    case 'stop':
      return setSession('STOP');
    case 'support':
      return { refId: id, refType: 'ORDER' };
    case 'cancel':
      return order('CANCELLED', { 'beckn:id': id });
    case 'rating':
      return { ratings: [typed('RatingInput', { id, ...BEST_RATING })] };
    default:
      return { order: { 'beckn:id': id } };
  }
}

function findMissingField(step: Step, message: Json): string | undefined {
  if (step === 'search') return core.findDiscoverFault(message, 'filters');
  if (step === 'support') return textOf(message.refId) ? undefined : 'message.refId is missing';
  if (step === 'rating') return Array.isArray(message.ratings) ? undefined : 'message.ratings is not a list';
  if (!isJson(message.order)) return 'message.order is missing';
  const [item] = asList(field(message.order, 'orderItems'));
  switch (step) {
    case 'select':
    case 'init': {
      if (item === undefined) return 'order.beckn:orderItems is empty';
      const quantity = valueAt(field(item, 'quantity'), 'unitQuantity');
      if (step === 'init' || typeof quantity === 'number') return undefined;
      return `beckn:quantity.unitQuantity of the item is ${quoteValue(quantity)}, not a number`;
    }
    case 'start':
    case 'stop':
      return core.findSessionStatusFault(sessionStatusIn(message), SESSION_STATUS_PATH);
    default:
      return textOf(field(message.order, 'id')) ? undefined : 'order.beckn:id is missing';
  }
}

/**
 * Checks that the ordered items are in the catalogue. The seller is not checked, because published examples give it
 * several names within one flow.
 */
function findUnofferedItem(message: Json, offer: Offer): string | undefined {
  if (!isJson(message.order)) return undefined;
  const ids = asList(field(message.order, 'orderItems')).map((item) => {
    const ordered = field(item, 'orderedItem');
    return isJson(ordered) ? field(ordered, 'id') : ordered;
  });
  return findUnofferedId(ids, offer.connectorIds, 'order.beckn:orderItems');
}

const PAID: ReadonlySet<string> = new Set(['COMPLETED', 'CAPTURED', 'AUTHORIZED']);

function findPaymentFault(message: Json, quote: QuotedOrder | undefined): string | undefined {
  const payment = field(message.order, 'payment');
  // The provider knows what it has collected itself.
  if (field(payment, 'beneficiary') === 'BPP') return undefined;
  if (!isJson(payment)) return 'order.beckn:payment is missing';
  const status = field(payment, 'paymentStatus');
  if (!PAID.has(textOf(status))) return `beckn:payment.beckn:paymentStatus is ${quoteValue(status)}, not "COMPLETED"`;
  const amount = field(payment, 'amount');
  const stated = { value: valueAt(amount, 'value'), currency: valueAt(amount, 'currency') };
  return core.findAmountFault(stated, quote, 'beckn:payment.beckn:amount');
}
