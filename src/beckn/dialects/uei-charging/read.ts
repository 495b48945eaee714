/** Requests of `uei:charging` 1.0.0 to what they ask. A confirm starts, a cancel that says `stop-charging` stops. */
import type { BuyerRequest } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, codeOf, id } from '../../protocol/json-reading.js';
import { type OrderParts, partsOf, type Read, readingBy } from '../core-1x/reading.js';
import { optionMissing, readOption } from './options.js';
import { readBilling, readEcho, readItems, readPayment, readWish } from './read-order.js';
import { type OrderTerms, readTerms } from './read-terms.js';
import { readSlot } from './slot.js';
import { readUpdateTarget } from '../core-1x/update-target.js';

const TAGS = 'message.order.tags';

export const { actions, read } = readingBy([
  ['select', readSelect],
  ['init', readInit],
  ['confirm', readConfirm],
  ['status', (message) => withOrderId(message, (orderId) => ({ type: 'status', orderId }))],
  ['track', (message) => withOrderId(message, (orderId) => ({ type: 'track', orderId }))],
  [
    'cancel',
    (message) => withOrderId(message, (orderId) => ({ type: saysStop(message) ? 'stop' : 'cancel', orderId })),
  ],
  ['update', readUpdate],
]);

function readSelect(message: JsonObject, peer: PeerSettings): Read {
  const order = at(message, 'order');
  const { items, limit, billing: _billing, ...rest } = orderParts(order, peer);
  if (!items) return { refusal: { code: 'item-unknown', path: 'message.order.items', detail: 'no item is named' } };
  return {
    type: 'select',
    items,
    limit: limit ?? { refusal: optionMissing(TAGS) },
    ...rest,
  };
}

function readInit(message: JsonObject, peer: PeerSettings): Read {
  const order = at(message, 'order');
  return { type: 'init', ...orderParts(order, peer), ...readWish(order) };
}

function readConfirm(message: JsonObject, peer: PeerSettings): Read {
  const order = at(message, 'order');
  const payment = readPayment(order);
  return 'refusal' in payment
    ? payment
    : { type: 'confirm', ...orderParts(order, peer), ...payment, ...readWish(order) };
}

function orderParts(order: unknown, peer: PeerSettings): OrderParts & OrderTerms {
  const parts = {
    items: readItems(order),
    limit: readOption(at(order, 'tags'), TAGS, peer),
    slot: readSlot(order),
    echo: readEcho(order),
    billing: readBilling(at(order, 'billing')),
  };
  return { ...partsOf(parts), ...readTerms(order) };
}

// Fields outside the target are passed over, not refused: real clients name `fulfillment` and send none.
function readUpdate(message: JsonObject, peer: PeerSettings): Read {
  const orderId = id(at(message, 'order', 'id')) ?? id(at(message, 'order_id'));
  if (orderId === undefined) return orderIdMissing('message.order.id');
  const targets = readUpdateTarget(at(message, 'update_target'));
  if ('refusal' in targets) return targets;
  const { items, limit, echo, billing } = orderParts(at(message, 'order'), peer);
  const reselects =
    targets.has('items') || targets.has('tags') || targets.has('fulfillments') || targets.has('provider');
  return {
    type: 'update',
    orderId,
    ...(reselects && items && { items }),
    ...(reselects && limit && { limit }),
    ...(reselects && echo !== undefined && { echo }),
    ...(targets.has('billing') && billing !== undefined && { billing }),
  };
}

function saysStop(message: JsonObject): boolean {
  const descriptor = at(message, 'descriptor');
  return (codeOf(at(descriptor, 'code')) ?? codeOf(at(descriptor, 'name'))) === 'stop-charging';
}

function withOrderId(message: JsonObject, make: (orderId: string) => BuyerRequest): Read {
  const orderId = id(at(message, 'order_id')) ?? id(at(message, 'order', 'id'));
  return orderId === undefined ? orderIdMissing('message.order_id') : make(orderId);
}

function orderIdMissing(path: string): { readonly refusal: Refusal } {
  return { refusal: { code: 'order-unknown', path, detail: 'no order id is named' } };
}
