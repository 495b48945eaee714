/** The parts that all dialects of Beckn core 1.x share. */
import { BPP } from '../node/settings.js';
import { providerOf } from '../node/network.js';
import { at, hundredths, list, tags, text } from '../runtime/json.js';
import type { Envelope, Message, OrderRef, Purchase, Requests } from './buyer-dialect.js';

export function snakeCaseContext(envelope: Envelope): object {
  const { action, bapId, bapUri, transactionId, messageId, timestamp } = envelope;
  return {
    action,
    bap_id: bapId,
    bap_uri: bapUri,
    bpp_id: BPP.id,
    bpp_uri: BPP.uri,
    transaction_id: transactionId,
    message_id: messageId,
    timestamp,
    ttl: 'PT10M',
  };
}

export function core1xContext(domain: string, version: string): (envelope: Envelope) => object {
  const location = { city: { code: 'std:080', name: 'Bengaluru' }, country: { code: 'IND', name: 'India' } };
  return (envelope) => ({ domain, version, location, ...snakeCaseContext(envelope) });
}

export const BILLING = { name: 'A driver', email: 'driver@example.com', phone: '+910000000000' };

export const paid = (amount: string): object => ({
  status: 'PAID',
  params: { amount, currency: 'INR' },
  type: 'PRE-ORDER',
});

/** Returns the fulfillment stops of a booked slot. */
export function stopsOf({ slot }: Purchase, endType = 'end'): object[] | undefined {
  if (!slot) return undefined;
  const stop = (type: string, when: number): object => ({ type, time: { timestamp: new Date(when).toISOString() } });
  return [stop('start', slot.from), stop(endType, slot.until)];
}

const about = (action: string, more: object = {}): ((order: OrderRef) => Message) => {
  return ({ orderId }) => ({ action, message: { order_id: orderId, ...more } });
};

/** The requests that all dialects of core 1.x write alike. */
export const CORE_1X_REQUESTS = {
  search: () => ({ action: 'search', message: { intent: {} } }),
  stop: about('cancel', { descriptor: { code: 'stop-charging', name: 'Stop charging' } }),
  cancel: about('cancel', { cancellation_reason_id: '1', descriptor: { short_desc: 'no time' } }),
  status: about('status'),
  track: about('track'),
  support: (ref_id) => ({ action: 'support', message: { ref_id } }),
  rate: ({ orderId, purchase }) => ({
    action: 'rating',
    message: { ratings: [{ id: orderId ?? purchase.connector.itemId, rating_category: 'Order', value: '8' }] },
  }),
  meta: () => ({ action: 'get_cancellation_reasons', message: {} }),
} satisfies Partial<Requests>;

export const providerIn = ({ connector }: Purchase): object => ({ id: providerOf(connector) });

/** Returns the amount of one price line, by the code of its item. */
function lineIn(order: unknown, code: string): number {
  const lines = list(at(order, 'quote', 'breakup'));
  const found = lines.find((one) => at(one, 'item', 'descriptor', 'code') === code);
  return hundredths(at(found, 'price', 'value')) ?? 0;
}

export function linesIn(order: unknown): { readonly energy: number; readonly tax: number; readonly fee: number } {
  return { energy: lineIn(order, 'energy-cost'), tax: lineIn(order, 'gst'), fee: lineIn(order, 'service-charge') };
}

export function refundIn(order: unknown): number {
  return hundredths(at(order, 'refund_terms', 0, 'refund_amount', 'estimated_value')) ?? NaN;
}

/**
 * Reads an energy in kWh: `"1.63 kWh"` is 1630.
 * @unit Wh out.
 */
export function wattHours(value: unknown): number | undefined {
  const kwh = /^\d+(?:\.\d+)?/.exec(typeof value === 'number' ? String(value) : text(value))?.[0];
  return kwh === undefined ? undefined : Math.round(Number(kwh) * 1000);
}

export function tagIn(holder: unknown, group: string, code: string): string | undefined {
  return tags(holder, group).get(code);
}

export const phoneIn = (message: unknown): string => text(at(message, 'support', 'phone'));
