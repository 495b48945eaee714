/** A rating: kept with the request that brings it, and told the order that it is about. */
import { buyerKey } from '../../domain/model/order.js';
import type { BuyerRequestOf } from './request-to-command.js';
import type { BuyerRequestsDeps } from './buyer-requests.js';
import type { VerifiedRequest, Acknowledgement } from '../../ports/buyer-requests.js';
import type { RatingRecord } from '../../ports/stored-records.js';

/** @source Core 1.x `Rating.rating_category`; 2.0.0-rc1 writes the same in capitals. */
const KNOWN_CATEGORIES: ReadonlySet<string> = new Set(['item', 'order', 'fulfillment', 'provider', 'agent', 'support']);

/** @errors `rating-value-invalid` by the callback; then none of the message is kept. */
export async function recordRating(
  deps: BuyerRequestsDeps,
  key: string,
  inbound: VerifiedRequest,
  request: BuyerRequestOf<'rating'>,
): Promise<Acknowledgement> {
  for (const [index, rating] of request.ratings.entries()) {
    if (!(rating.value >= 0 && rating.value <= 10)) {
      return deps.owedResponses.oweError(key, inbound, {
        code: 'rating-value-invalid',
        path: `message.ratings[${index}].value`,
        detail: String(rating.value),
      });
    }
  }
  const ratings = await toRatingRecords(deps, inbound, request);
  const { passthrough: echo } = request;
  const plan = { type: 'rating', ...(echo !== undefined && { passthrough: echo }) } as const;
  const receipt = await deps.owedResponses.owe(key, inbound, { plan, ratings });
  for (const { category, value, orderId } of ratings) {
    const known = KNOWN_CATEGORIES.has(category.toLowerCase()) ? category.toLowerCase() : 'other';
    deps.events.emit('rating.received', { category: known, value: Math.round(value), orderId });
  }
  return receipt;
}

async function toRatingRecords(
  { orderCache: book, clock }: BuyerRequestsDeps,
  inbound: VerifiedRequest,
  { ratings }: BuyerRequestOf<'rating'>,
): Promise<RatingRecord[]> {
  const { network, bapId, becknTransactionId } = inbound;
  const buyer = buyerKey(inbound);
  const here = await book.findNewest(buyer, becknTransactionId);
  const records = new Map<string, RatingRecord>();
  for (const { id: ratedId, category, value } of ratings) {
    const named = ratedId === here?.id ? here : await book.get(ratedId);
    const order = named && buyerKey(named.buyerApp) === buyer ? named : here;
    const id = JSON.stringify([buyer, becknTransactionId, category, ratedId]);
    records.set(id, {
      id,
      at: clock.now(),
      ...(network !== undefined && { network }),
      bapId,
      becknTransactionId,
      ...(order && { orderId: order.id }),
      ratedId,
      category,
      value,
    });
  }
  return [...records.values()];
}
