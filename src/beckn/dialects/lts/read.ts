/** Requests to what they ask. A confirm starts nothing: an update does, and another one stops. */
import type { BuyerRequest } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/order.js';
import type { JsonObject, WireContext } from '../../protocol/dialect.js';
import { at, decimal, id, list, text } from '../../protocol/json-reading.js';
import { defined } from '../core-2x/json-ld.js';
import { readIntent } from '../core-2x/read-discover.js';
import { type Read, readSessionStatus } from '../ubc/read.js';
import { CONTRACT, QUANTITY, readContract, readPayment } from './read-contract.js';

const MAX_RATINGS = 50;
const STATUS_PATH = `${CONTRACT}.performance[0].performanceAttributes.sessionStatus`;

const READERS: ReadonlyMap<string, (message: JsonObject) => Read> = new Map<string, (message: JsonObject) => Read>([
  ['discover', readDiscover],
  ['select', readSelect],
  ['init', (message) => ({ type: 'init', ...readContract(at(message, 'contract')) })],
  ['confirm', readConfirm],
  ['status', (message) => ({ type: 'status', ...orderRef(message) })],
  ['update', readUpdate],
  ['cancel', (message) => ({ type: 'cancel', ...orderRef(message) })],
  ['track', (message) => ({ type: 'track', ...orderRef(at(message, 'tracking')) })],
  ['support', readSupport],
  ['rate', readRate],
]);

export const ACTIONS: ReadonlySet<string> = new Set(READERS.keys());

const CHANGES: ReadonlySet<string> = new Set(['start', 'stop', 'cancel']);

/** @source Beckn 2.0.0 LTS, `Context.try`: what is only tried changes nothing, and its answer tells how things stand. */
export function read(action: string, context: WireContext, message: JsonObject): Read {
  const reader = READERS.get(action);
  if (!reader) throw new TypeError(`no reader for ${action}`);
  const asked = reader(message);
  if (at(context, 'try') !== true || 'refusal' in asked) return asked;
  if (asked.type === 'rating') return { ...asked, ratings: [] };
  return CHANGES.has(asked.type) ? { type: 'preview', ...orderRef(message) } : asked;
}

function readDiscover(message: JsonObject): Read {
  const intent = at(message, 'intent');
  const words = text(at(intent, 'textSearch')) ?? text(at(message, 'textSearch')) ?? text(at(message, 'text_search'));
  return readIntent(intent, words, 'message.intent');
}

function readSelect(message: JsonObject): Read {
  const { items, limit, wish: _later, ...words } = readContract(at(message, 'contract'));
  const path = `${CONTRACT}.commitments[0].resources`;
  if (!items) return { refusal: { code: 'item-unknown', path, detail: 'no resource is named' } };
  const detail = 'quantity says how many KWH';
  return {
    type: 'select',
    items,
    limit: limit ?? { refusal: { code: 'option-missing', path: QUANTITY, detail } },
    ...words,
  };
}

function readConfirm(message: JsonObject): Read {
  const contract = at(message, 'contract');
  const payment = readPayment(contract);
  return 'refusal' in payment ? payment : { type: 'confirm', ...readContract(contract), ...payment, startsBy: 'buyer' };
}

/** Without an id, the order of the transaction is meant. */
function orderRef(holder: unknown): { readonly orderId?: string } {
  const orderId = id(at(holder, 'contract', 'id'));
  return orderId === undefined ? {} : { orderId };
}

function readUpdate(message: JsonObject): Read {
  const performance = list(at(message, 'contract', 'performance'))[0];
  const said = text(at(performance, 'performanceAttributes', 'sessionStatus'));
  return readSessionStatus(said, orderRef(message), STATUS_PATH);
}

function readSupport(message: JsonObject): BuyerRequest {
  const refId = id(at(message, 'support', 'orderId'));
  return { type: 'support', ...(refId !== undefined && { refId }) };
}

/**
 * @unit   The scale is the rating's own (0 to 5 unless it says); a longer one than 10 is brought to 10.
 * @errors `rating-entity-unknown` without a target, `rating-value-invalid` outside the scale.
 */
function readRate(message: JsonObject): Read {
  const ratings = [];
  const echo: Json[] = [];
  for (const [index, rating] of list(at(message, 'ratingInputs')).slice(0, MAX_RATINGS).entries()) {
    const path = `message.ratingInputs[${index}]`;
    const target = at(rating, 'target');
    const rated = id(at(target, 'id'));
    if (rated === undefined) return { refusal: { code: 'rating-entity-unknown', path: `${path}.target.id` } };
    const value = decimal(at(rating, 'range', 'value'));
    const best = decimal(at(rating, 'range', 'max')) ?? 5;
    const worst = decimal(at(rating, 'range', 'min')) ?? 0;
    if (value === undefined || value > best || value < worst || value < 0) {
      const detail = `it must be a number from ${worst} to ${best}`;
      return { refusal: { code: 'rating-value-invalid', path: `${path}.range.value`, detail } };
    }
    const code = id(at(target, 'descriptor', 'code'));
    ratings.push({ id: rated, category: code ?? 'ORDER', value: best > 10 ? (value * 10) / best : value });
    const name = text(at(target, 'descriptor', 'name'));
    const descriptor = defined({ name, code });
    echo.push({
      target: { id: rated, ...(Object.keys(descriptor).length > 0 && { descriptor }) },
      range: { min: worst, max: best, value },
    });
  }
  return { type: 'rating', ratings, echo };
}
