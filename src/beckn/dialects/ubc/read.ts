/** Requests to what they ask. A confirm starts nothing: an update does, and another one stops. */
import type { RequestedLimit, PaymentPreference, RequestedSlot } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import type { WireContext } from '../../protocol/wire.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, readDecimal, readId, readList, readText } from '../../protocol/json-reading.js';
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
  if (!reader) throw new TypeError(`no reader for ${action}`);
  return reader(message);
}

function readSelect(message: JsonObject): ReadResult {
  const { items, limit, paymentPreference: _later, ...words } = readOrderParts(valueAt(message, 'order'));
  const path = `${ORDER_PATH}.beckn:orderItems`;
  if (!items) return { refusal: { code: 'item-unknown', path, detail: 'no item is named' } };
  const detail = 'beckn:quantity says how many KWH';
  return {
    type: 'select',
    items,
    limit: limit ?? { refusal: { code: 'option-missing', path: `${path}[0].beckn:quantity`, detail } },
    ...words,
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
  readonly buyerFinderFee?: BuyerFinderFee;
  readonly paymentPreference?: PaymentPreference;
  readonly passthrough?: Json;
}

function readOrderParts(order: unknown): OrderParts {
  const items = readItems(order);
  const limit = readQuantity(order);
  const slot = readPreferredSlot(order);
  const buyerFinderFee = readFinderFee(order);
  const wish = readPaymentPreference(order);
  const echo = readPassthrough(order);
  return {
    ...(items && { items }),
    ...(limit && { limit }),
    ...(slot && { slot }),
    ...(buyerFinderFee && { buyerFinderFee }),
    ...(wish && { paymentPreference: wish }),
    ...(echo !== undefined && { passthrough: echo }),
  };
}

/** Without an id, the order of the transaction is meant. */
function readOrderRef(message: JsonObject): { readonly orderId?: string } {
  const orderId = readId(readField(message, 'order', 'id')) ?? readId(valueAt(message, 'order_id'));
  return orderId === undefined ? {} : { orderId };
}

function readUpdate(message: JsonObject): ReadResult {
  const said = readText(readField(message, 'order', 'fulfillment', 'deliveryAttributes', 'sessionStatus'));
  return readSessionStatus(said, readOrderRef(message), STATUS_PATH);
}

/** What an update wants of a session, in both shapes of Beckn 2.0. @errors `update-target-unknown` for another word. */
export function readSessionStatus(
  said: string | undefined,
  order: { readonly orderId?: string },
  path: string,
): ReadResult {
  switch (readCode(said)) {
    case 'pending':
      return { type: 'start', ...order };
    case 'stop':
      return { type: 'stop', reply: 'at-end', ...order };
    default: {
      const detail = `sessionStatus is ${said === undefined ? 'missing' : said.slice(0, 40)}: PENDING starts, STOP stops`;
      return { refusal: { code: 'update-target-unknown', path, detail } };
    }
  }
}

function readSupport(message: JsonObject): ReadResult {
  const refId = readId(readField(message, 'refId')) ?? readId(readField(message, 'ref_id'));
  return { type: 'support', ...(refId !== undefined && { refId }) };
}

/** @unit The scale is the rating's own (0 to 5 unless it says); a longer one than 10 is brought to 10. */
function readRating(message: JsonObject): ReadResult {
  const ratings = [];
  for (const [index, rating] of readList(valueAt(message, 'ratings')).slice(0, MAX_RATINGS).entries()) {
    const path = `message.ratings[${index}]`;
    const rated = readId(readField(rating, 'id'));
    if (rated === undefined) return { refusal: { code: 'rating-entity-unknown', path: `${path}.id` } };
    const value = readDecimal(readField(rating, 'ratingValue'));
    const best = readDecimal(readField(rating, 'bestRating')) ?? 5;
    const worst = readDecimal(readField(rating, 'worstRating')) ?? 0;
    if (value === undefined || value > best || value < worst || value < 0) {
      const detail = `it must be a number from ${worst} to ${best}`;
      return { refusal: { code: 'rating-value-invalid', path: `${path}.ratingValue`, detail } };
    }
    const category = readId(readField(rating, 'category')) ?? 'ORDER';
    ratings.push({ id: rated, category, value: best > 10 ? (value * 10) / best : value });
  }
  return { type: 'rating', ratings };
}
