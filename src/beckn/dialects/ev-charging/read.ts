/**
 * Reads the requests of the `ev-charging` dialects. A confirm does not start charging; updates of a fulfillment's state
 * start and stop it, and a cancel with the code `stop-charging` stops it too. A request without an order id refers to
 * the newest order of its transaction.
 */
import type { OrderRef } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { ReadResult } from '../../protocol/dialect.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, isObject, readCode, readStatedId, readList, readText } from '../../protocol/json-reading.js';
import { createRequestReader } from '../core-1x/request-reader.js';
import { readPayment } from '../uei-charging/read-order.js';
import { readUpdateTarget } from '../core-1x/update-target.js';
import { readOrderParts } from './read-order.js';
import { readRequestedState } from './read-state.js';

export const { actions, read } = createRequestReader([
  ['select', readSelect],
  ['init', (message) => ({ type: 'init', ...readOrderParts(valueAt(message, 'order')) })],
  ['confirm', readConfirm],
  ['status', (message) => ({ type: 'status', ...readOrderRef(message) })],
  ['track', (message) => ({ type: 'track', ...readOrderRef(message) })],
  ['cancel', readCancel],
  ['update', readUpdate],
]);

function readSelect(message: JsonObject): ReadResult {
  const { items, limit, slot, passthrough } = readOrderParts(valueAt(message, 'order'));
  if (!items)
    return { refusal: { code: 'item-unknown', path: 'message.order.items', detail: 'the order has no item' } };
  return {
    type: 'select',
    items,
    limit: limit ?? { maximum: 'energy' },
    ...(slot && { slot }),
    ...(passthrough !== undefined && { passthrough }),
  };
}

function readConfirm(message: JsonObject): ReadResult {
  const order = valueAt(message, 'order');
  const payment = readPayment(order);
  if ('refusal' in payment) return payment;
  return { type: 'confirm', ...readOrderParts(order), ...payment, startsBy: 'buyer' };
}

function readCancel(message: JsonObject): ReadResult {
  if (readCancelCode(message) === 'stop-charging') return { type: 'stop', reply: 'at-end', ...readOrderRef(message) };
  const reason = readCancelReason(message);
  return { type: 'cancel', ...readOrderRef(message), ...(reason && { reason }) };
}

function readCancelCode(message: JsonObject): string | undefined {
  const descriptor = valueAt(message, 'descriptor');
  return readCode(valueAt(descriptor, 'code')) ?? readCode(valueAt(descriptor, 'name'));
}

/** @shape `{ id, text }`; parts that were not sent are absent. */
function readCancelReason(message: JsonObject): { readonly [key: string]: Json } | undefined {
  const id = readText(valueAt(message, 'cancellation_reason_id'), 60);
  const descriptor = valueAt(message, 'descriptor');
  const text =
    readText(valueAt(descriptor, 'short_desc')) ??
    readText(valueAt(descriptor, 'long_desc')) ??
    readText(valueAt(descriptor, 'name'));
  if (id === undefined && text === undefined) return undefined;
  return { ...(id !== undefined && { id }), ...(text !== undefined && { text }) };
}

// A start changes no limit, so a limit is read only if the target includes the items; it must then equal the order's.
// Items, state and billing outside the target are ignored, because buyer apps send the whole order back. The state is
// read even if the target is missing or unreadable.
function readUpdate(message: JsonObject): ReadResult {
  const order = valueAt(message, 'order');
  const targets = readUpdateTarget(valueAt(message, 'update_target'));
  const mayChangeState = 'refusal' in targets || targets.has('fulfillments');
  const requested = mayChangeState ? readRequestedState(order) : undefined;
  if (requested === 'start') {
    const limit = 'refusal' in targets || !targets.has('items') ? undefined : readOrderParts(order).limit;
    return { type: 'start', ...readOrderRef(message), ...(limit && { limit }) };
  }
  if (requested === 'stop') return { type: 'stop', reply: 'at-end', ...readOrderRef(message) };
  if ('refusal' in targets) return targets;
  const { items, limit, passthrough, billing } = readOrderParts(order);
  // The collector belongs to the payment, which no update changes.
  const customer = valueAt(passthrough, 'customer');
  const changesSelection = targets.has('items') || targets.has('fulfillments') || targets.has('provider');
  if (requested && targetsState(message)) {
    const detail = `the state ${requested.unknown.slice(0, 40)} cannot be requested; use start-charging or end-charging`;
    return { refusal: { code: 'update-target-unknown', path: STATE_PATH, detail } };
  }
  return {
    type: 'update',
    ...readOrderRef(message),
    ...(changesSelection && items && { items }),
    ...(changesSelection && limit && { limit }),
    ...(targets.has('fulfillments') && isObject(customer) && { passthrough: { customer } }),
    ...(targets.has('billing') && billing !== undefined && { billing }),
  };
}

const STATE_PATH = 'message.order.fulfillments[0].state.descriptor.code';

function targetsState(message: JsonObject): boolean {
  return /\.state\b/.test(readText(valueAt(message, 'update_target')) ?? '');
}

function readOrderRef(message: JsonObject): OrderRef {
  const order = valueAt(message, 'order');
  const orderId =
    readStatedId(valueAt(message, 'order_id')) ??
    readStatedId(valueAt(order, 'id')) ??
    readStatedId(valueAt(readList(valueAt(message, 'orders'))[0], 'id'));
  return orderId === undefined ? {} : { orderId };
}
