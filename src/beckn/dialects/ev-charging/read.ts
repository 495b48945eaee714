/**
 * Requests of the `ev-charging` dialects to what they ask. A confirm starts nothing: updates of
 * `order.fulfillments[0].state` start and stop, and the order they mean is that of their transaction.
 */
import type { OrderRef } from '../../../ports/buyer-requests.js';
import type { PeerSettings } from '../../../config/config.js';
import type { Json } from '../../../domain/model/order.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, codeOf, id, list, text } from '../../protocol/json-reading.js';
import { type Read, readingBy } from '../core-1x/reading.js';
import { readPayment } from '../uei-charging/read-order.js';
import { readUpdateTarget } from '../core-1x/update-target.js';
import { orderParts } from './read-order.js';
import { readWantedState } from './read-state.js';

export const { actions, read } = readingBy([
  ['select', readSelect],
  ['init', (message) => ({ type: 'init', ...orderParts(at(message, 'order')) })],
  ['confirm', readConfirm],
  ['status', (message) => ({ type: 'status', ...orderRef(message) })],
  ['track', (message) => ({ type: 'track', ...orderRef(message) })],
  ['cancel', readCancel],
  ['update', readUpdate],
]);

function readSelect(message: JsonObject): Read {
  const { items, limit, slot, echo } = orderParts(at(message, 'order'));
  if (!items) return { refusal: { code: 'item-unknown', path: 'message.order.items', detail: 'no item is named' } };
  return {
    type: 'select',
    items,
    limit: limit ?? { most: 'energy' },
    ...(slot && { slot }),
    ...(echo !== undefined && { echo }),
  };
}

function readConfirm(message: JsonObject): Read {
  const order = at(message, 'order');
  const payment = readPayment(order);
  if ('refusal' in payment) return payment;
  return { type: 'confirm', ...orderParts(order), ...payment, startsBy: 'buyer' };
}

/** A session that runs is stopped, unless the peer's setting has it refused: its driver wants the car back. */
function readCancel(message: JsonObject, peer: PeerSettings): Read {
  if (wordOf(message) === 'stop-charging') return { type: 'stop', answered: 'when-over', ...orderRef(message) };
  const reason = reasonOf(message);
  return {
    type: 'cancel',
    ...orderRef(message),
    ...(reason && { reason }),
    ...(peer.cancelRunning !== 'refuse' && { running: 'stop' }),
  };
}

function wordOf(message: JsonObject): string | undefined {
  const descriptor = at(message, 'descriptor');
  return codeOf(at(descriptor, 'code')) ?? codeOf(at(descriptor, 'name'));
}

/** `{ id, text }`, whatever of it was sent. */
function reasonOf(message: JsonObject): { readonly [key: string]: Json } | undefined {
  const reason = text(at(message, 'cancellation_reason_id'), 60);
  const descriptor = at(message, 'descriptor');
  const words = text(at(descriptor, 'short_desc')) ?? text(at(descriptor, 'long_desc')) ?? text(at(descriptor, 'name'));
  if (reason === undefined && words === undefined) return undefined;
  return { ...(reason !== undefined && { id: reason }), ...(words !== undefined && { text: words }) };
}

// Fields outside the target are passed over, not refused: apps send the whole order back.
function readUpdate(message: JsonObject): Read {
  const order = at(message, 'order');
  const targets = readUpdateTarget(at(message, 'update_target'));
  const known = 'refusal' in targets ? undefined : targets;
  const wanted = !known || known.has('fulfillments') ? readWantedState(order) : undefined;
  if (wanted === 'start') return { type: 'start', ...orderRef(message) };
  if (wanted === 'stop') return { type: 'stop', answered: 'when-over', ...orderRef(message) };
  if ('refusal' in targets) return targets;
  const { items, limit, echo, billing } = orderParts(order);
  const reselects = targets.has('items') || targets.has('fulfillments') || targets.has('provider');
  if (wanted && targetsState(message)) {
    const detail = `the state ${wanted.unknown.slice(0, 40)} cannot be asked for; start-charging and end-charging can`;
    return { refusal: { code: 'update-target-unknown', path: STATE_PATH, detail } };
  }
  return {
    type: 'update',
    ...orderRef(message),
    ...(reselects && items && { items }),
    ...(reselects && limit && { limit }),
    ...(echo !== undefined && { echo }),
    ...(targets.has('billing') && billing !== undefined && { billing }),
  };
}

const STATE_PATH = 'message.order.fulfillments[0].state.descriptor.code';

function targetsState(message: JsonObject): boolean {
  return /\.state\b/.test(text(at(message, 'update_target')) ?? '');
}

function orderRef(message: JsonObject): OrderRef {
  const order = at(message, 'order');
  const orderId = id(at(message, 'order_id')) ?? id(at(order, 'id')) ?? id(at(list(at(message, 'orders'))[0], 'id'));
  return orderId === undefined ? {} : { orderId };
}
