/**
 * Saves ratings with their request, and links each to an order of the buyer app: the rated one or, if something else
 * was rated, the newest of the Beckn transaction, if any.
 */
import { buyerKey } from '../../domain/model/order.js';
import type { Acknowledgement, BuyerRequestOf, VerifiedRequest } from '../../ports/buyer-requests.js';
import type { RatingRecord } from '../../ports/stored-records.js';
import type { BuyerRequestsDeps } from './deps.js';

/**
 * Categories that may label a metric; others are counted as `other`.
 * @source Core 1.x `Rating.rating_category`; 2.0.0-rc1 writes the same words in capitals.
 */
const KNOWN_CATEGORIES: ReadonlySet<string> = new Set(['item', 'order', 'fulfillment', 'provider', 'agent', 'support']);

/**
 * @errors `rating-value-invalid` in the callback if a value lies outside 0 to 10; then no rating of the message is
 *         saved. StoreFault; RequestConflict if the request was accepted before.
 */
export async function recordRating(
  deps: Pick<BuyerRequestsDeps, 'orderCache' | 'owedResponses' | 'clock' | 'events'>,
  inbound: VerifiedRequest<BuyerRequestOf<'rating'>>,
): Promise<Acknowledgement> {
  const { request } = inbound;
  for (const [index, { value }] of request.ratings.entries()) {
    if (value >= 0 && value <= 10) continue;
    const path = `message.ratings[${index}].value`;
    return deps.owedResponses.oweError(inbound, { code: 'rating-value-invalid', path, detail: String(value) });
  }
  const ratings = await toRatingRecords(deps, inbound);
  const { passthrough } = request;
  const plan = { type: 'rating', ...(passthrough !== undefined && { passthrough }) } as const;
  const acknowledgement = await deps.owedResponses.owe(inbound, { plan, ratings });
  for (const { category, value, orderId } of ratings) {
    const label = KNOWN_CATEGORIES.has(category.toLowerCase()) ? category.toLowerCase() : 'other';
    deps.events.emit('rating.received', { category: label, value: Math.round(value), orderId });
  }
  return acknowledgement;
}

async function toRatingRecords(
  { orderCache, clock }: Pick<BuyerRequestsDeps, 'orderCache' | 'clock'>,
  inbound: VerifiedRequest<BuyerRequestOf<'rating'>>,
): Promise<RatingRecord[]> {
  const { network, bapId, becknTransactionId } = inbound;
  const buyer = buyerKey(inbound);
  const newest = await orderCache.findNewest(buyer, becknTransactionId);
  const records = new Map<string, RatingRecord>();
  for (const { id: ratedId, category, value } of inbound.request.ratings) {
    const rated = ratedId === newest?.id ? newest : await orderCache.get(ratedId);
    const order = rated && buyerKey(rated.customer) === buyer ? rated : newest;
    const id = JSON.stringify([buyer, becknTransactionId, category, ratedId]);
    records.set(id, {
      id,
      at: clock.now(),
      network,
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
