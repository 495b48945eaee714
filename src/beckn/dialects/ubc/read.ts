/** Requests to what they ask. A confirm starts nothing: an update does, and another one stops. */
import type { BuyerRequest, LimitRead, PaymentWish, SlotRead } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/order.js';
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { JsonObject, WireContext } from '../../protocol/dialect.js';
import { at, codeOf, decimal, id, list, text } from '../../protocol/json-reading.js';
import { field } from '../core-2x/json-ld.js';
import { readDiscover } from '../core-2x/read-discover.js';
import {
  ORDER,
  readBeneficiary,
  readEcho,
  readFinderFee,
  readItems,
  readPayment,
  readPreferences,
  readQuantity,
} from './read-order.js';

export type Read = BuyerRequest | { readonly refusal: Refusal };

const MAX_RATINGS = 50;
const STATUS_PATH = `${ORDER}.beckn:fulfillment.beckn:deliveryAttributes.sessionStatus`;

const READERS: ReadonlyMap<string, (message: JsonObject) => Read> = new Map<string, (message: JsonObject) => Read>([
  ['discover', readDiscover],
  ['select', readSelect],
  ['init', (message) => ({ type: 'init', holds: true, ...orderParts(at(message, 'order')) })],
  ['confirm', readConfirm],
  ['status', (message) => ({ type: 'status', ...orderRef(message) })],
  ['update', readUpdate],
  ['cancel', (message) => ({ type: 'cancel', ...orderRef(message) })],
  ['track', (message) => ({ type: 'track', ...orderRef(message) })],
  ['support', readSupport],
  ['rating', readRating],
]);

export const ACTIONS: ReadonlySet<string> = new Set(READERS.keys());

export function read(action: string, _context: WireContext, message: JsonObject): Read {
  const reader = READERS.get(action);
  if (!reader) throw new TypeError(`no reader for ${action}`);
  return reader(message);
}

function readSelect(message: JsonObject): Read {
  const { items, limit, wish: _later, ...words } = orderParts(at(message, 'order'));
  const path = `${ORDER}.beckn:orderItems`;
  if (!items) return { refusal: { code: 'item-unknown', path, detail: 'no item is named' } };
  const detail = 'beckn:quantity says how many KWH';
  return {
    type: 'select',
    items,
    limit: limit ?? { refusal: { code: 'option-missing', path: `${path}[0].beckn:quantity`, detail } },
    ...words,
  };
}

function readConfirm(message: JsonObject): Read {
  const order = at(message, 'order');
  const payment = readPayment(order);
  return 'refusal' in payment ? payment : { type: 'confirm', ...orderParts(order), ...payment, startsBy: 'buyer' };
}

interface OrderParts {
  readonly items?: NonNullable<ReturnType<typeof readItems>>;
  readonly limit?: LimitRead;
  readonly slot?: SlotRead;
  readonly buyerFinderFee?: BuyerFinderFee;
  readonly wish?: PaymentWish;
  readonly echo?: Json;
}

function orderParts(order: unknown): OrderParts {
  const items = readItems(order);
  const limit = readQuantity(order);
  const slot = readPreferences(order);
  const buyerFinderFee = readFinderFee(order);
  const wish = readBeneficiary(order);
  const echo = readEcho(order);
  return {
    ...(items && { items }),
    ...(limit && { limit }),
    ...(slot && { slot }),
    ...(buyerFinderFee && { buyerFinderFee }),
    ...(wish && { wish }),
    ...(echo !== undefined && { echo }),
  };
}

/** Without an id, the order of the transaction is meant. */
function orderRef(message: JsonObject): { readonly orderId?: string } {
  const orderId = id(field(message, 'order', 'id')) ?? id(at(message, 'order_id'));
  return orderId === undefined ? {} : { orderId };
}

function readUpdate(message: JsonObject): Read {
  const said = text(field(message, 'order', 'fulfillment', 'deliveryAttributes', 'sessionStatus'));
  return readSessionStatus(said, orderRef(message), STATUS_PATH);
}

/** What an update wants of a session, in both shapes of Beckn 2.0. @errors `update-target-unknown` for another word. */
export function readSessionStatus(said: string | undefined, order: { readonly orderId?: string }, path: string): Read {
  switch (codeOf(said)) {
    case 'pending':
      return { type: 'start', ...order };
    case 'stop':
      return { type: 'stop', answered: 'when-over', ...order };
    default: {
      const detail = `sessionStatus is ${said === undefined ? 'missing' : said.slice(0, 40)}: PENDING starts, STOP stops`;
      return { refusal: { code: 'update-target-unknown', path, detail } };
    }
  }
}

function readSupport(message: JsonObject): Read {
  const refId = id(field(message, 'refId')) ?? id(field(message, 'ref_id'));
  return { type: 'support', ...(refId !== undefined && { refId }) };
}

/** @unit The scale is the rating's own (0 to 5 unless it says); a longer one than 10 is brought to 10. */
function readRating(message: JsonObject): Read {
  const ratings = [];
  for (const [index, rating] of list(at(message, 'ratings')).slice(0, MAX_RATINGS).entries()) {
    const path = `message.ratings[${index}]`;
    const rated = id(field(rating, 'id'));
    if (rated === undefined) return { refusal: { code: 'rating-entity-unknown', path: `${path}.id` } };
    const value = decimal(field(rating, 'ratingValue'));
    const best = decimal(field(rating, 'bestRating')) ?? 5;
    const worst = decimal(field(rating, 'worstRating')) ?? 0;
    if (value === undefined || value > best || value < worst || value < 0) {
      const detail = `it must be a number from ${worst} to ${best}`;
      return { refusal: { code: 'rating-value-invalid', path: `${path}.ratingValue`, detail } };
    }
    const category = id(field(rating, 'category')) ?? 'ORDER';
    ratings.push({ id: rated, category, value: best > 10 ? (value * 10) / best : value });
  }
  return { type: 'rating', ratings };
}
