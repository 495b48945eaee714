/** Reads the requests of `uei:charging` 1.0.0. A confirm starts charging; a cancel with `stop-charging` stops it. */
import type { BuyerRequest } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { ReadResult } from '../../protocol/dialect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, readStatedId } from '../../protocol/json-reading.js';
import { type OrderParts, definedParts, createRequestReader } from '../core-1x/request-reader.js';
import { optionMissing, readOption } from './options.js';
import { readPassthrough, readItems, readPayment, readPaymentPreference } from './read-order.js';
import { readBilling } from '../core-1x/read-billing.js';
import { type OrderTerms, readOrderTerms } from './read-terms.js';
import { readSlot } from '../core-1x/slot.js';
import { readUpdateTarget } from '../core-1x/update-target.js';

const TAGS_PATH = 'message.order.tags';

export const { actions, read } = createRequestReader([
  ['select', readSelect],
  ['init', readInit],
  ['confirm', readConfirm],
  ['status', (message) => withOrderId(message, (orderId) => ({ type: 'status', orderId }))],
  ['track', (message) => withOrderId(message, (orderId) => ({ type: 'track', orderId }))],
  [
    'cancel',
    (message) =>
      withOrderId(message, (orderId) =>
        isStopRequest(message) ? { type: 'stop', reply: 'at-end', orderId } : { type: 'cancel', orderId },
      ),
  ],
  ['update', readUpdate],
]);

function readSelect(message: JsonObject, peer: PeerSettings): ReadResult {
  const order = valueAt(message, 'order');
  const { items, limit, billing: _billing, ...rest } = readOrderParts(order, peer);
  if (!items)
    return { refusal: { code: 'item-unknown', path: 'message.order.items', detail: 'the order has no item' } };
  return {
    type: 'select',
    items,
    limit: limit ?? { refusal: optionMissing(TAGS_PATH) },
    ...rest,
  };
}

function readInit(message: JsonObject, peer: PeerSettings): ReadResult {
  const order = valueAt(message, 'order');
  return { type: 'init', ...readOrderParts(order, peer), ...readPaymentPreference(order) };
}

function readConfirm(message: JsonObject, peer: PeerSettings): ReadResult {
  const order = valueAt(message, 'order');
  const payment = readPayment(order);
  return 'refusal' in payment
    ? payment
    : { type: 'confirm', ...readOrderParts(order, peer), ...payment, ...readPaymentPreference(order) };
}

function readOrderParts(order: unknown, peer: PeerSettings): OrderParts & OrderTerms {
  const parts = {
    items: readItems(order),
    limit: readOption(valueAt(order, 'tags'), TAGS_PATH, peer),
    slot: readSlot(order),
    passthrough: readPassthrough(order),
    billing: readBilling(valueAt(order, 'billing')),
  };
  return { ...definedParts(parts), ...readOrderTerms(order) };
}

// The selection changes if the target names any part of it; the billing changes only if the target names the billing.
// A target whose field is missing is accepted, because buyer apps name `fulfillment` without sending one.
function readUpdate(message: JsonObject, peer: PeerSettings): ReadResult {
  const orderId = readStatedId(valueAt(message, 'order', 'id')) ?? readStatedId(valueAt(message, 'order_id'));
  if (orderId === undefined) return orderIdMissing('message.order.id');
  const targets = readUpdateTarget(valueAt(message, 'update_target'));
  if ('refusal' in targets) return targets;
  const { items, limit, passthrough, billing } = readOrderParts(valueAt(message, 'order'), peer);
  const changesSelection =
    targets.has('items') || targets.has('tags') || targets.has('fulfillments') || targets.has('provider');
  return {
    type: 'update',
    orderId,
    ...(changesSelection && items && { items }),
    ...(changesSelection && limit && { limit }),
    ...(changesSelection && passthrough !== undefined && { passthrough }),
    ...(targets.has('billing') && billing !== undefined && { billing }),
  };
}

function isStopRequest(message: JsonObject): boolean {
  const descriptor = valueAt(message, 'descriptor');
  return (readCode(valueAt(descriptor, 'code')) ?? readCode(valueAt(descriptor, 'name'))) === 'stop-charging';
}

function withOrderId(message: JsonObject, toRequest: (orderId: string) => BuyerRequest): ReadResult {
  const orderId = readStatedId(valueAt(message, 'order_id')) ?? readStatedId(valueAt(message, 'order', 'id'));
  return orderId === undefined ? orderIdMissing('message.order_id') : toRequest(orderId);
}

function orderIdMissing(path: string): { readonly refusal: Refusal } {
  return { refusal: { code: 'order-unknown', path, detail: 'the request has no order id' } };
}
