/** Reads requests of Unified Bharat e-Charge. A confirm does not start charging; updates start and stop it. */
import type {
  OrderRef,
  RequestedLimit,
  PaymentPreference,
  RequestedSlot,
  StatedFee,
} from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject, WireContext } from '../../protocol/wire.js';
import { valueAt, readCode, readId, readStatedId, readList, readText } from '../../protocol/json-reading.js';
import { readRatingOnScale } from '../core-2x/figures.js';
import { readField } from '../core-2x/json-ld.js';
import { readDiscover } from '../core-2x/read-discover.js';
import {
  ORDER_PATH,
  readPaymentPreference,
  readPassthrough,
  readFinderFee,
  readItems,
  readPayment,
  readPreferredSlot,
  readQuantity,
} from './read-order.js';
import type { ReadResult } from '../../protocol/dialect.js';

const MAX_RATINGS = 50;
const STATUS_PATH = `${ORDER_PATH}.beckn:fulfillment.beckn:deliveryAttributes.sessionStatus`;

const READERS: ReadonlyMap<string, (message: JsonObject) => ReadResult> = new Map<
  string,
  (message: JsonObject) => ReadResult
>([
  ['discover', readDiscover],
  ['select', readSelect],
  ['init', (message) => ({ type: 'init', holdsConnector: true, ...readOrderParts(valueAt(message, 'order')) })],
  ['confirm', readConfirm],
  ['status', (message) => ({ type: 'status', ...readOrderRef(message) })],
  ['update', readUpdate],
  ['cancel', (message) => ({ type: 'cancel', ...readOrderRef(message) })],
  ['track', (message) => ({ type: 'track', ...readOrderRef(message) })],
  ['support', readSupport],
  ['rating', readRating],
]);

export const ACTIONS: ReadonlySet<string> = new Set(READERS.keys());

export function read(action: string, _context: WireContext, message: JsonObject): ReadResult {
  const reader = READERS.get(action);
  if (!reader) throw new TypeError(`there is no reader for ${action}`);
  return reader(message);
}

function readSelect(message: JsonObject): ReadResult {
  const { items, limit, paymentPreference: _notInSelect, ...fields } = readOrderParts(valueAt(message, 'order'));
  const path = `${ORDER_PATH}.beckn:orderItems`;
  if (!items) return { refusal: { code: 'item-unknown', path, detail: 'the order has no item' } };
  const detail = 'beckn:quantity must state the energy in KWH';
  return {
    type: 'select',
    items,
    limit: limit ?? { refusal: { code: 'option-missing', path: `${path}[0].beckn:quantity`, detail } },
    ...fields,
  };
}

function readConfirm(message: JsonObject): ReadResult {
  const order = valueAt(message, 'order');
  const payment = readPayment(order);
  return 'refusal' in payment ? payment : { type: 'confirm', ...readOrderParts(order), ...payment, startsBy: 'buyer' };
}

interface OrderParts {
  readonly items?: NonNullable<ReturnType<typeof readItems>>;
  readonly limit?: RequestedLimit;
  readonly slot?: RequestedSlot;
  readonly buyerFinderFee?: StatedFee;
  readonly paymentPreference?: PaymentPreference;
  readonly passthrough?: Json;
}

function readOrderParts(order: unknown): OrderParts {
  const items = readItems(order);
  const limit = readQuantity(order);
  const slot = readPreferredSlot(order);
  const buyerFinderFee = readFinderFee(order);
  const paymentPreference = readPaymentPreference(order);
  const passthrough = readPassthrough(order);
  return {
    ...(items && { items }),
    ...(limit && { limit }),
    ...(slot && { slot }),
    ...(buyerFinderFee && { buyerFinderFee }),
    ...(paymentPreference && { paymentPreference }),
    ...(passthrough !== undefined && { passthrough }),
  };
}

/** A request without an order id refers to the newest order of its transaction. */
function readOrderRef(message: JsonObject): OrderRef {
  const orderId = readStatedId(readField(message, 'order', 'id')) ?? readStatedId(valueAt(message, 'order_id'));
  return orderId === undefined ? {} : { orderId };
}

function readUpdate(message: JsonObject): ReadResult {
  const status = readText(readField(message, 'order', 'fulfillment', 'deliveryAttributes', 'sessionStatus'));
  const stated = { limit: readQuantity(valueAt(message, 'order')), order: readOrderRef(message) };
  return readSessionStatus(status, stated, STATUS_PATH);
}

/**
 * Converts the session status in an update to a start (`PENDING`) or a stop (`STOP`); also used for 2.0.0 LTS.
 * @param stated The order and the energy that the update states.
 * @errors `update-target-unknown` if the status is missing or has another value.
 */
export function readSessionStatus(
  status: string | undefined,
  { order, limit }: { readonly order: OrderRef; readonly limit: RequestedLimit | undefined },
  path: string,
): ReadResult {
  switch (readCode(status)) {
    case 'pending':
      return { type: 'start', ...order, ...(limit && { limit }) };
    case 'stop':
      return { type: 'stop', reply: 'at-end', ...order };
    default: {
      const detail = `sessionStatus is ${status === undefined ? 'missing' : status.slice(0, 40)}; PENDING starts and STOP stops`;
      return { refusal: { code: 'update-target-unknown', path, detail } };
    }
  }
}

function readSupport(message: JsonObject): ReadResult {
  const refId = readId(readField(message, 'refId')) ?? readId(readField(message, 'ref_id'));
  return { type: 'support', ...(refId !== undefined && { refId }) };
}

/** @unit In: the rating's own scale, by default 0 to 5. Out: 0 to 10. */
function readRating(message: JsonObject): ReadResult {
  const ratings = [];
  for (const [index, rating] of readList(valueAt(message, 'ratings')).slice(0, MAX_RATINGS).entries()) {
    const path = `message.ratings[${index}]`;
    const id = readId(readField(rating, 'id'));
    if (id === undefined) return { refusal: { code: 'rating-entity-unknown', path: `${path}.id` } };
    const [value, worst, best] = ['ratingValue', 'worstRating', 'bestRating'].map((name) => readField(rating, name));
    const read = readRatingOnScale(value, worst, best);
    if ('detail' in read) return { refusal: { code: 'rating-value-invalid', path: `${path}.ratingValue`, ...read } };
    const category = readId(readField(rating, 'category')) ?? 'ORDER';
    ratings.push({ id, category, value: read.onScale });
  }
  return { type: 'rating', ratings };
}
