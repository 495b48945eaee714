/** Reads requests of Beckn 2.0.0 LTS. A confirm does not start charging; updates start and stop it. */
import type { BuyerRequest, OrderRef } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject, WireContext } from '../../protocol/wire.js';
import { valueAt, readId, readStatedId, readList, readText } from '../../protocol/json-reading.js';
import { readRatingOnScale } from '../core-2x/figures.js';
import { omitUndefined } from '../core-2x/json-ld.js';
import { readIntent } from '../core-2x/read-discover.js';
import { readSessionStatus } from '../ubc/read.js';
import type { ReadResult } from '../../protocol/dialect.js';
import { CONTRACT_PATH, QUANTITY_PATH, readContract, readPayment, readQuantity } from './read-contract.js';

const MAX_RATINGS = 50;
const STATUS_PATH = `${CONTRACT_PATH}.performance[0].performanceAttributes.sessionStatus`;

const READERS: ReadonlyMap<string, (message: JsonObject) => ReadResult> = new Map<
  string,
  (message: JsonObject) => ReadResult
>([
  ['discover', readDiscover],
  ['select', readSelect],
  ['init', (message) => ({ type: 'init', ...readContract(valueAt(message, 'contract')) })],
  ['confirm', readConfirm],
  ['status', (message) => ({ type: 'status', ...readOrderRef(message) })],
  ['update', readUpdate],
  ['cancel', (message) => ({ type: 'cancel', ...readOrderRef(message) })],
  ['track', (message) => ({ type: 'track', ...readOrderRef(valueAt(message, 'tracking')) })],
  ['support', readSupport],
  ['rate', readRate],
]);

export const ACTIONS: ReadonlySet<string> = new Set(READERS.keys());

const STATE_CHANGING_TYPES: ReadonlySet<string> = new Set(['start', 'stop', 'cancel']);

/** @source Beckn 2.0.0 LTS, `Context.try`: a start, stop, cancel or rating with `try` changes nothing. */
export function read(action: string, context: WireContext, message: JsonObject): ReadResult {
  const reader = READERS.get(action);
  if (!reader) throw new TypeError(`there is no reader for ${action}`);
  const request = reader(message);
  if (valueAt(context, 'try') !== true || 'refusal' in request) return request;
  if (request.type === 'rating') return { ...request, ratings: [] };
  return STATE_CHANGING_TYPES.has(request.type) ? { type: 'preview', ...readOrderRef(message) } : request;
}

function readDiscover(message: JsonObject): ReadResult {
  const intent = valueAt(message, 'intent');
  const text =
    readText(valueAt(intent, 'textSearch')) ??
    readText(valueAt(message, 'textSearch')) ??
    readText(valueAt(message, 'text_search'));
  return readIntent(intent, text, 'message.intent');
}

function readSelect(message: JsonObject): ReadResult {
  const { items, limit, paymentPreference: _notInSelect, ...fields } = readContract(valueAt(message, 'contract'));
  const path = `${CONTRACT_PATH}.commitments[0].resources`;
  if (!items) return { refusal: { code: 'item-unknown', path, detail: 'the contract has no resource' } };
  const detail = 'quantity must state the energy in KWH';
  return {
    type: 'select',
    items,
    limit: limit ?? { refusal: { code: 'option-missing', path: QUANTITY_PATH, detail } },
    ...fields,
  };
}

function readConfirm(message: JsonObject): ReadResult {
  const contract = valueAt(message, 'contract');
  const payment = readPayment(contract);
  return 'refusal' in payment ? payment : { type: 'confirm', ...readContract(contract), ...payment, startsBy: 'buyer' };
}

/** A request without an order id refers to the newest order of its transaction. */
function readOrderRef(parent: unknown): OrderRef {
  const orderId = readStatedId(valueAt(parent, 'contract', 'id'));
  return orderId === undefined ? {} : { orderId };
}

function readUpdate(message: JsonObject): ReadResult {
  const performance = readList(valueAt(message, 'contract', 'performance'))[0];
  const status = readText(valueAt(performance, 'performanceAttributes', 'sessionStatus'));
  const stated = { limit: readQuantity(valueAt(message, 'contract')), order: readOrderRef(message) };
  return readSessionStatus(status, stated, STATUS_PATH);
}

function readSupport(message: JsonObject): BuyerRequest {
  const refId = readId(valueAt(message, 'support', 'orderId'));
  return { type: 'support', ...(refId !== undefined && { refId }) };
}

/**
 * @unit   In: the rating's own scale, by default 0 to 5. Out: 0 to 10.
 * @errors `rating-entity-unknown` if a rating has no target; `rating-value-invalid` unless its value is on the scale.
 */
function readRate(message: JsonObject): ReadResult {
  const ratings = [];
  const passthrough: Json[] = [];
  for (const [index, rating] of readList(valueAt(message, 'ratingInputs')).slice(0, MAX_RATINGS).entries()) {
    const path = `message.ratingInputs[${index}]`;
    const target = valueAt(rating, 'target');
    const id = readId(valueAt(target, 'id'));
    if (id === undefined) return { refusal: { code: 'rating-entity-unknown', path: `${path}.target.id` } };
    const range = valueAt(rating, 'range');
    const read = readRatingOnScale(valueAt(range, 'value'), valueAt(range, 'min'), valueAt(range, 'max'));
    if ('detail' in read) return { refusal: { code: 'rating-value-invalid', path: `${path}.range.value`, ...read } };
    const { value, worst, best, onScale } = read;
    const code = readId(valueAt(target, 'descriptor', 'code'));
    ratings.push({ id, category: code ?? 'ORDER', value: onScale });
    const name = readText(valueAt(target, 'descriptor', 'name'));
    const descriptor = omitUndefined({ name, code });
    passthrough.push({
      target: { id, ...(Object.keys(descriptor).length > 0 && { descriptor }) },
      range: { min: worst, max: best, value },
    });
  }
  return { type: 'rating', ratings, passthrough };
}
