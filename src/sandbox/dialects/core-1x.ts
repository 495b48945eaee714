/** Builds and reads what the dialects of core 1.x have in common. */
import { asList, isJson, textOf, valueAt, type Json } from '../runtime/json.js';
import { quoteValue, type QuotedOrder, type Step } from './dialect.js';

/** The price of a kWh, in major units. */
export const PRICE_PER_KWH = '18';

export const tagEntry = (code: string, name: string, value: string): Json => ({
  display: true,
  descriptor: { code, name },
  value,
});

export const tagGroup = (code: string, name: string, list: readonly Json[]): Json => ({
  display: true,
  descriptor: { code, name },
  list,
});

export const location = (id: string): Json => ({
  id,
  gps: '12.9716,77.5946',
  address: '1 Check Road',
  city: { code: 'std:080', name: 'Bangalore' },
  country: { code: 'IND', name: 'India' },
});

export const timestamps = (now: number): Json => {
  const timestamp = new Date(now).toISOString();
  return { created_at: timestamp, updated_at: timestamp };
};

/** Converts an amount to hundredths, and takes a tenth of it as the fee. */
export function splitAmount(amount: string): { readonly total: number; readonly fee: number } {
  const total = Math.round(Number(amount) * 100);
  return { total, fee: Math.floor(total / 10) };
}

export const payment = ({ amount, currency }: QuotedOrder, status: 'PAID' | 'NOT-PAID'): Json => ({
  type: 'PRE-ORDER',
  status,
  params: { amount, currency },
});

export const refundTerms = ({ amount, currency }: QuotedOrder): Json => ({
  refund_terms: [
    {
      refund_eligible: true,
      refund_within: { days: '1' },
      refund_amount: { currency, minimum_value: '0', maximum_value: amount },
    },
  ],
});

/** Returns the billing of a request, to repeat it in the callback. */
export function billingOf(request: Json): Json {
  const billing = valueAt(request, 'order', 'billing');
  return isJson(billing) ? { billing } : {};
}

/** Builds the `message` of the callback to a track, support or rating request, which contains no order. */
export function buildAfterSales(step: 'track' | 'support' | 'rating', { orderId }: QuotedOrder): Json {
  if (step === 'track') return { tracking: { status: 'inactive' } };
  if (step === 'rating') return {};
  return { support: { ref_id: orderId, phone: '+911800000000', email: 'support@check.example' } };
}

export function readOrderId(message: Json): string {
  return (
    textOf(message.order_id) ||
    textOf(valueAt(message, 'order', 'id')) ||
    textOf(valueAt(message, 'support', 'ref_id')) ||
    textOf(message.ref_id) ||
    textOf(valueAt(message, 'ratings', 0, 'id'))
  );
}

export const CONTENTS = {
  search: 'an intent',
  select: 'an order',
  init: 'an order',
  confirm: 'an order',
  status: 'an order_id',
  update: 'an update_target and an order',
  track: 'an order_id',
  support: 'a support object',
  cancel: 'an order_id',
  rating: 'ratings',
} as const;

/** Checks a message for the main fields that core requires. */
export function findMissingField(step: Step, message: Json): string | undefined {
  switch (step) {
    case 'search':
      return isJson(message.intent) ? undefined : 'message.intent is missing';
    case 'select':
    case 'init':
    case 'confirm':
      return isJson(message.order) ? undefined : 'message.order is missing';
    case 'status':
    case 'track':
    case 'cancel':
      return textOf(message.order_id) ? undefined : 'message.order_id is missing';
    case 'start':
    case 'stop':
    case 'update':
      if (!textOf(message.update_target)) return 'message.update_target is not a comma-separated string';
      return isJson(message.order) ? undefined : 'message.order is missing';
    case 'support':
      return isJson(message.support) ? undefined : 'message.support is missing';
    case 'rating':
      return Array.isArray(message.ratings) ? undefined : 'message.ratings is not a list';
  }
}

export function findProviderFault(order: Json, providerId: string): string | undefined {
  const provider = valueAt(order, 'provider', 'id');
  return provider === providerId ? undefined : `order.provider.id is ${quoteValue(provider)}, not ${providerId}`;
}

export const itemIdsIn = (order: Json): unknown[] => asList(order.items).map((item) => valueAt(item, 'id'));

/** Core's `DecimalValue` without a sign: a payment is not negative, and the bridge refuses a plus sign. */
const DECIMAL = /^(?:\d+(?:\.\d+)?|\.\d+)$/;

export function findPaymentFault(message: Json, quote: QuotedOrder | undefined): string | undefined {
  const paid = valueAt(message, 'order', 'payments', 0);
  if (!isJson(paid)) return 'order.payments is missing';
  if (paid.status !== 'PAID') return `payments[0].status is ${quoteValue(paid.status)}, not "PAID"`;
  const amount = valueAt(paid, 'params', 'amount');
  const currency = valueAt(paid, 'params', 'currency');
  if (typeof amount !== 'string') return `payments[0].params.amount is ${quoteValue(amount)}; amounts are strings`;
  if (!DECIMAL.test(amount)) return `payments[0].params.amount is ${quoteValue(amount)}; amounts are plain decimals`;
  if (quote === undefined) return `payments[0].params.amount is "${amount}", but there was no quote`;
  if (Number(amount) !== Number(quote.amount))
    return `payments[0].params.amount is "${amount}", but the quote is "${quote.amount}"`;
  return currency === quote.currency
    ? undefined
    : `payments[0].params.currency is ${quoteValue(currency)}, not "${quote.currency}"`;
}
