/** Requests of `uei:charging` 1.0.0 to what they ask. A confirm starts, a cancel that says `stop-charging` stops. */
import type { BuyerRequest, LimitRead, SlotRead } from '../../../bridge/ports/buyers.js';
import type { PeerSettings } from '../../../config/config.js';
import type { Json } from '../../../domain/order.js';
import type { Refusal } from '../../../domain/refusal.js';
import type { JsonObject, WireContext } from '../dialect.js';
import { at, codeOf, id } from '../json-reading.js';
import { META_READERS, readRating, readSupport } from '../read-aftersales.js';
import { optionMissing, readOption } from './options.js';
import { readBilling, readEcho, readItems, readPayment, readWish } from './read-order.js';
import { readIntent } from './read-search.js';
import { type OrderTerms, readTerms } from './read-terms.js';
import { readSlot } from './slot.js';
import { readUpdateTarget } from './update-target.js';

export type Read = BuyerRequest | { readonly refusal: Refusal };
type Reader = (message: JsonObject, peer: PeerSettings, context: WireContext) => Read;

const TAGS = 'message.order.tags';

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['search', (message, _peer, context) => ({ type: 'search', intent: readIntent(context, at(message, 'intent')) })],
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
  ['support', readSupport],
  ['rating', readRating],
  ...META_READERS,
]);

export const ACTIONS: ReadonlySet<string> = new Set(READERS.keys());

export function read(action: string, context: WireContext, message: JsonObject, peer: PeerSettings): Read {
  const reader = READERS.get(action);
  if (!reader) throw new TypeError(`no reader for ${action}`);
  return reader(message, peer, context);
}

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

interface OrderParts extends OrderTerms {
  readonly items?: NonNullable<ReturnType<typeof readItems>>;
  readonly limit?: LimitRead;
  readonly slot?: SlotRead;
  readonly echo?: Json;
  readonly billing?: Json;
}

function orderParts(order: unknown, peer: PeerSettings): OrderParts {
  const items = readItems(order);
  const limit = readOption(at(order, 'tags'), TAGS, peer);
  const slot = readSlot(order);
  const echo = readEcho(order);
  const billing = readBilling(at(order, 'billing'));
  return {
    ...(items && { items }),
    ...(limit && { limit }),
    ...(slot && { slot }),
    ...(echo !== undefined && { echo }),
    ...(billing !== undefined && { billing }),
    ...readTerms(order),
  };
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
