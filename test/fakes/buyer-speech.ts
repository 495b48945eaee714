/**
 * The messages of a third party's buyer app in each dialect, written from the dialects' documents and not from our
 * code.
 */
import type { Json } from './buyer-under-test.js';

interface Ids {
  readonly bapId: string;
  readonly bapUri: string;
  readonly bppId: string;
  readonly bppUri: string;
  readonly transactionId: string;
  readonly messageId: string;
}

/** What the app remembers about an order. */
interface Purchase {
  /** Ids from the catalogue. */
  readonly provider: string;
  readonly items: readonly string[];
  readonly orderId: string;
  readonly amount: string;
  readonly currency: string;
}

export interface Speech {
  /** The names of the requests after the search, in order. `message` takes these names. */
  readonly journey: readonly string[];
  /** The action of each request whose name differs from its action. */
  readonly actions?: Readonly<Record<string, string>>;
  readonly rating: string;
  context(action: string, ids: Ids, timestamp: string): Json;
  message(name: string, purchase: Purchase): Json;
  readonly messageIdField: string;
  /** Returns the provider and items from the callback to the search. */
  readCatalogue(message: Json): Pick<Purchase, 'provider' | 'items'>;
  orderOf(message: Json | undefined): Json;
  idOf(order: Json): string;
  priceOf(order: Json): Pick<Purchase, 'amount' | 'currency'>;
  isComplete(order: Json): boolean;
  readonly ack: string;
  readonly isAck: (answer: Json) => boolean;
}

const JOURNEY = ['select', 'init', 'confirm', 'status', 'update', 'track', 'support', 'cancel'];
const JOURNEY_WITH_START = ['select', 'init', 'confirm', 'start', 'status', 'track', 'support', 'stop'];
const BILLING = { name: 'A', email: 'a@shop.example', phone: '+910000000000' };
const UPDATES = { start: 'update', stop: 'update' };

const snakeContext =
  (domain: string, version: string): Speech['context'] =>
  (action, ids, timestamp) => ({
    domain,
    version,
    action,
    bap_id: ids.bapId,
    bap_uri: ids.bapUri,
    ...(action !== 'search' && action !== 'discover' && { bpp_id: ids.bppId, bpp_uri: ids.bppUri }),
    transaction_id: ids.transactionId,
    message_id: ids.messageId,
    timestamp,
    ttl: 'PT30S',
  });

const core1x = {
  rating: 'rating',
  messageIdField: 'message_id',
  orderOf: (message: Json | undefined): Json => (message?.order ?? {}) as Json,
  idOf: (order: Json): string => order.id as string,
  priceOf: (order: Json) => ({
    amount: order.quote.price.value as string,
    currency: order.quote.price.currency as string,
  }),
  isComplete: (order: Json): boolean => order.status === 'COMPLETE',
  ack: '{"message":{"ack":{"status":"ACK"}}}',
  isAck: (answer: Json): boolean => answer.message?.ack?.status === 'ACK',
};

const uei: Speech = {
  ...core1x,
  journey: JOURNEY,
  context: snakeContext('uei:charging', '1.0.0'),
  readCatalogue({ catalog }) {
    const [seller] = catalog.providers as Json[];
    return {
      provider: seller!.id as string,
      items: (seller!.items as Json[]).slice(0, 3).map(({ id }) => id as string),
    };
  },
  message(name, { provider, items, orderId, amount, currency }) {
    const order = { provider: { id: provider }, items: items.map((id) => ({ id })) };
    switch (name) {
      case 'search':
        return { intent: {} };
      case 'select':
        return { order };
      case 'init':
        return { order: { ...order, billing: BILLING } };
      case 'confirm':
        return { order: { ...order, billing: BILLING, payments: [{ status: 'PAID', params: { amount, currency } }] } };
      case 'update':
        return { update_target: 'item', order: { ...order, id: orderId } };
      case 'support':
        return { support: { ref_id: orderId } };
      case 'rating':
        return { ratings: [{ id: orderId, rating_category: 'Order', value: '5' }] };
      default:
        return { order_id: orderId };
    }
  },
};

const evCharging = (domain: string, start = 'start-charging', stop = 'end-charging'): Speech => ({
  ...uei,
  journey: JOURNEY_WITH_START,
  actions: UPDATES,
  context: snakeContext(domain, '1.1.0'),
  readCatalogue({ catalog }) {
    const [seller] = catalog.providers as Json[];
    return { provider: seller!.id as string, items: [(seller!.items as Json[])[0]!.id as string] };
  },
  message(name, purchase) {
    const [id] = purchase.items;
    const measure = { unit: 'kWh', value: '5' };
    const order = { provider: { id: purchase.provider }, items: [{ id, quantity: { selected: { measure } } }] };
    const state = (code: string) => ({
      update_target: 'order.fulfillments[0].state',
      order: { fulfillments: [{ type: 'CHARGING', state: { descriptor: { code } } }] },
    });
    if (name === 'start') return state(start);
    if (name === 'stop') return state(stop);
    if (name === 'select' || name === 'init') return { order };
    if (name === 'confirm') {
      const params = { amount: purchase.amount, currency: purchase.currency };
      return { order: { ...order, payments: [{ status: 'PAID', collected_by: 'BAP', params }] } };
    }
    return uei.message(name, purchase);
  },
});

const ubc: Speech = {
  ...core1x,
  journey: JOURNEY_WITH_START,
  actions: { ...UPDATES, search: 'discover' },
  context: snakeContext('beckn.one:deg:ev-charging', '2.0.0'),
  readCatalogue({ catalogs }) {
    const [item] = catalogs[0]['beckn:items'] as Json[];
    return { provider: item!['beckn:provider']['beckn:id'] as string, items: [item!['beckn:id'] as string] };
  },
  idOf: (order) => order['beckn:id'] as string,
  priceOf: (order) => ({
    amount: String(order['beckn:orderValue'].value),
    currency: order['beckn:orderValue'].currency as string,
  }),
  isComplete: (order) => order['beckn:orderStatus'] === 'COMPLETED',
  message(name, { provider, items, orderId, amount, currency }) {
    const quantity = { unitCode: 'KWH', unitQuantity: 5 };
    const order = {
      '@type': 'beckn:Order',
      'beckn:seller': provider,
      'beckn:orderItems': [{ 'beckn:orderedItem': items[0], 'beckn:quantity': quantity }],
    };
    const session = (sessionStatus: string) => ({
      order: {
        ...order,
        'beckn:id': orderId,
        'beckn:fulfillment': { 'beckn:deliveryAttributes': { '@type': 'ChargingSession', sessionStatus } },
      },
    });
    switch (name) {
      case 'search':
        return { filters: { type: 'jsonpath', expression: '$[?(@.beckn:itemAttributes.maxPowerKW >= 50)]' } };
      case 'select':
      case 'init':
        return { order };
      case 'confirm': {
        const paid = { currency, value: Number(amount) };
        const payment = { 'beckn:beneficiary': 'BAP', 'beckn:paymentStatus': 'COMPLETED', 'beckn:amount': paid };
        return { order: { ...order, 'beckn:id': orderId, 'beckn:payment': payment } };
      }
      case 'start':
        return session('PENDING');
      case 'stop':
        return session('STOP');
      case 'support':
        return { refId: orderId, refType: 'ORDER' };
      case 'rating':
        return { ratings: [{ id: orderId, ratingValue: 5 }] };
      default:
        return { order: { 'beckn:id': orderId } };
    }
  },
};

const lts: Speech = {
  journey: JOURNEY_WITH_START,
  actions: { ...UPDATES, search: 'discover' },
  rating: 'rate',
  messageIdField: 'messageId',
  context: (action, ids, timestamp) => ({
    networkId: 'nfh.global/testnet-evcharging',
    version: '2.0.0',
    action,
    bapId: ids.bapId,
    bapUri: ids.bapUri,
    ...(action !== 'discover' && { bppId: ids.bppId, bppUri: ids.bppUri }),
    transactionId: ids.transactionId,
    messageId: ids.messageId,
    timestamp,
    ttl: 'PT30S',
  }),
  readCatalogue: ({ catalogs }) => ({
    provider: catalogs[0].provider.id as string,
    items: [catalogs[0].resources[0].id as string],
  }),
  orderOf: (message) => (message?.contract ?? {}) as Json,
  idOf: (contract) => contract.id as string,
  priceOf(contract) {
    const { totalAmount, currency } = contract.consideration[0].considerationAttributes as Json;
    return { amount: String(totalAmount), currency: currency as string };
  },
  isComplete: (contract) => contract.status?.code === 'COMPLETE',
  message(name, { items, orderId, amount, currency }) {
    const resources = [{ id: items[0], quantity: { unitCode: 'KWH', unitQuantity: 5 } }];
    const commitments = [{ id: 'c1', status: { descriptor: { code: 'DRAFT' } }, resources, offer: { id: 'any' } }];
    const session = (sessionStatus: string) => ({
      contract: { id: orderId, commitments, performance: [{ performanceAttributes: { sessionStatus } }] },
    });
    switch (name) {
      case 'search':
        return { intent: {} };
      case 'select':
      case 'init':
        return { contract: { commitments } };
      case 'confirm': {
        const paid = { currency, value: Number(amount) };
        const settlements = [{ id: 's1', status: 'COMPLETE', beneficiary: 'BAP', amount: paid }];
        return { contract: { id: orderId, commitments, settlements } };
      }
      case 'start':
        return session('PENDING');
      case 'stop':
        return session('STOP');
      case 'track':
        return { tracking: { contract: { id: orderId } } };
      case 'support':
        return { support: { orderId } };
      case 'rate':
        return { ratingInputs: [{ target: { id: orderId }, range: { min: 1, max: 5, value: 5 } }] };
      default:
        return { contract: { id: orderId, commitments } };
    }
  },
  ack: '{"status":"ACK"}',
  isAck: (answer) => (answer.status ?? answer.message?.status) === 'ACK',
};

export const SPEECHES = {
  'uei-charging-1.0.0': uei,
  'uei-charging-pulse': uei,
  'dent-ev-charging': evCharging('dent:ev-charging:0.1.0'),
  'uei-ev-charging': evCharging('uei:ev_charging', 'CHARGING_IN_PROGRESS', 'CHARGING_COMPLETED'),
  'ev-charging-uei': evCharging('ev-charging:uei'),
  'ubc-2.0.0': ubc,
  'lts-2.0.0': lts,
} as const satisfies Readonly<Record<string, Speech>>;

export type SpeechName = keyof typeof SPEECHES;
