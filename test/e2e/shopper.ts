/** A persistent buyer: it repeats each request until it is answered, and waits for every callback. */
import { randomUUID } from 'node:crypto';
import { parseHundredths, tagValues } from '../../src/sandbox/buyer-app/catalogue-reading.js';
import { asList, valueAt, textOf, isJson, type Json } from '../../src/sandbox/runtime/json.js';
import type { BuyerApp } from '../../src/sandbox/buyer-app.js';
import { callbackAction } from '../../src/sandbox/buyer-app/callback-actions.js';
import { demoBilling, paidPayment, selectedOrder, type Choice } from '../../src/sandbox/buyer-app/request-messages.js';
import type { ReceivedCallback, SentRequest } from '../../src/sandbox/buyer-app/buyer-options.js';
import { eventually } from './waiting.js';

const PATIENCE_MS = 60_000;

export interface Placed {
  readonly orderId: string;
  readonly transactionId: string;
  readonly choice: Choice;
  /** The amount paid, in minor units. */
  readonly paid: number;
  readonly confirmation: ReceivedCallback;
}

export const orderIn = (callback: ReceivedCallback): Json =>
  isJson(callback.message?.order) ? callback.message.order : {};
const orderStatus = (callback: ReceivedCallback): string => textOf(orderIn(callback).status);
export const totalOf = (order: Json): number =>
  parseHundredths(textOf(valueAt(order, 'quote', 'price', 'value'))) ?? -1;
export const refundOf = (order: Json): number =>
  parseHundredths(textOf(valueAt(order, 'refund_terms', 0, 'refund_amount', 'estimated_value'))) ?? -1;
export const outcomeOf = (order: Json): string => tagValues(order, 'order-outcome').get('code') ?? '';
export const detailsOf = (order: Json): ReadonlyMap<string, string> => tagValues(order, 'charging-session-details');

/** Returns the amounts of the price lines by title, in minor units. */
export function priceLinesOf(order: Json): Map<string, number> {
  return new Map(
    asList(valueAt(order, 'quote', 'breakup')).map((line) => [
      textOf(valueAt(line, 'title')),
      parseHundredths(textOf(valueAt(line, 'price', 'value'))) ?? -1,
    ]),
  );
}

/** Repeats a request while the bridge is unreachable or answers 503: the same body, each time with a new signature. */
export async function insist(
  buyer: BuyerApp,
  action: string,
  message: Json | undefined,
  transactionId: string = randomUUID(),
): Promise<SentRequest> {
  const fixed = { transactionId, messageId: randomUUID(), context: { timestamp: new Date().toISOString() } };
  const send = async (): Promise<SentRequest | undefined> => {
    const sent = await buyer.send(action, message, fixed);
    return sent.status !== 0 && sent.status !== 503 ? sent : undefined;
  };
  return eventually(`an answer to ${action}`, send, PATIENCE_MS);
}

/** Waits for the callback to a request. */
export async function answerTo(buyer: BuyerApp, action: string, sent: SentRequest): Promise<ReceivedCallback> {
  if (!sent.ack) throw new Error(`${action} was refused: ${sent.status} ${JSON.stringify(sent.body)}`);
  const { messageId } = sent;
  return buyer
    .waitFor((one) => one.action === callbackAction(action) && one.messageId === messageId, PATIENCE_MS)
    .catch(() => {
      throw new Error(`${action} ${messageId} was acknowledged and never answered`);
    });
}

export async function ask(
  buyer: BuyerApp,
  action: string,
  message?: Json,
  transactionId?: string,
): Promise<ReceivedCallback> {
  return answerTo(buyer, action, await insist(buyer, action, message, transactionId));
}

function accepted(action: string, callback: ReceivedCallback): ReceivedCallback {
  if (callback.error) throw new Error(`${action}: ${JSON.stringify(callback.error)}`);
  return callback;
}

/** Places an order with select, init and confirm. */
export async function place(buyer: BuyerApp, choice: Choice): Promise<Placed> {
  const transactionId = randomUUID();
  const order = selectedOrder(choice);
  accepted('select', await ask(buyer, 'select', { order }, transactionId));
  const billing = demoBilling(Date.now());
  const initiated = await ask(buyer, 'init', { order: { ...order, billing } }, transactionId);
  const draft = orderIn(accepted('init', initiated));
  const [price = '', currency = ''] = ['value', 'currency'].map((name) =>
    textOf(valueAt(draft, 'quote', 'price', name)),
  );
  const payments = [paidPayment(price, currency, `pay-${transactionId.slice(0, 8)}`)];
  const confirmation = await ask(buyer, 'confirm', { order: { ...order, billing, payments } }, transactionId);
  const orderId = textOf(orderIn(confirmation).id);
  if (confirmation.error || !orderId) throw new Error(`confirm: ${JSON.stringify(confirmation.error)}`);
  return { orderId, transactionId, choice, paid: parseHundredths(price) ?? -1, confirmation };
}

/** Waits for an `on_status` whose order meets the condition. Resolves with that order. */
export function notified(
  buyer: BuyerApp,
  orderId: string,
  what: string,
  so: (order: Json) => boolean,
  withinMs = PATIENCE_MS,
): Promise<Json> {
  return buyer
    .waitFor((one) => one.action === 'on_status' && orderIn(one).id === orderId && so(orderIn(one)), withinMs)
    .then(orderIn, () => {
      const heard = buyer.callbacks.map((one) => `${one.action} ${orderStatus(one)}`).join(', ');
      throw new Error(`never notified: ${what}; callbacks were ${heard}`);
    });
}

export const ended = (buyer: BuyerApp, orderId: string, withinMs?: number): Promise<Json> =>
  notified(buyer, orderId, 'the end', (order) => order.type === 'DEFAULT', withinMs);
export const begun = (buyer: BuyerApp, orderId: string): Promise<Json> =>
  notified(buyer, orderId, 'the beginning', (order) => order.type === 'DRAFT' && detailsOf(order).size > 0);
