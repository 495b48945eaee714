/** Reads requests that all core 1.x dialects write alike: support, rating and the meta API. */
import type { BuyerRequest } from '../../../ports/buyer-requests.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readDecimal, readId, readList } from '../../protocol/json-reading.js';

const MAX_RATINGS = 50;

export function readSupport(message: JsonObject): BuyerRequest {
  const refId =
    readId(valueAt(message, 'support', 'ref_id')) ??
    readId(valueAt(message, 'ref_id')) ??
    readId(valueAt(message, 'support', 'order_id'));
  return { type: 'support', ...(refId !== undefined && { refId }) };
}

/** @errors `rating-entity-unknown` if a rating has no id; `rating-value-invalid` unless its value is from 0 to 10. */
export function readRating(message: JsonObject): BuyerRequest | { readonly refusal: Refusal } {
  const ratings = [];
  for (const [index, rating] of readList(valueAt(message, 'ratings')).slice(0, MAX_RATINGS).entries()) {
    const path = `message.ratings[${index}]`;
    const value = readDecimal(valueAt(rating, 'value'));
    const id = readId(valueAt(rating, 'id'));
    if (id === undefined) return { refusal: { code: 'rating-entity-unknown', path: `${path}.id` } };
    if (value === undefined || value < 0 || value > 10) {
      return { refusal: { code: 'rating-value-invalid', path: `${path}.value` } };
    }
    ratings.push({ id, category: readId(valueAt(rating, 'rating_category')) ?? 'Order', value });
  }
  return { type: 'rating', ratings };
}

/** Readers for the meta API, whose requests have no message. */
export const META_READERS: readonly (readonly [string, () => BuyerRequest])[] = [
  ['get_cancellation_reasons', () => ({ type: 'meta', subject: 'cancellation-reasons' })],
  ['get_rating_categories', () => ({ type: 'meta', subject: 'rating-categories' })],
];
