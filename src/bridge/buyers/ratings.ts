/** A rating: kept with the request that brings it, and told the order that it is about. */
import { buyerKey } from '../../domain/model/order.js';
import type { Of } from './request-to-command.js';
import type { BuyerIntakeDeps } from './buyer-requests.js';
import { callbackOf, owe, oweError } from '../callbacks/owed-responses.js';
import type { InboundRequest, Receipt } from '../../ports/buyer-requests.js';
import type { RatingRecord } from '../../ports/ratings.js';

/** @source Core 1.x `Rating.rating_category`; 2.0.0-rc1 writes the same in capitals. */
const CATEGORIES: ReadonlySet<string> = new Set(['item', 'order', 'fulfillment', 'provider', 'agent', 'support']);

/** @errors `rating-value-invalid` by the callback; then none of the message is kept. */
export async function rate(
  deps: BuyerIntakeDeps,
  key: string,
  inbound: InboundRequest,
  request: Of<'rating'>,
): Promise<Receipt> {
  for (const [index, rating] of request.ratings.entries()) {
    if (!(rating.value >= 0 && rating.value <= 10)) {
      return oweError(deps, key, inbound, {
        code: 'rating-value-invalid',
        path: `message.ratings[${index}].value`,
        detail: String(rating.value),
      });
    }
  }
  const ratings = await recordsOf(deps, inbound, request);
  const { echo } = request;
  const content = { type: 'rating', ...(echo !== undefined && { echo }) } as const;
  const receipt = await owe(deps, key, inbound, callbackOf(inbound.action), content, undefined, { ratings });
  for (const { category, value, orderId } of ratings) {
    const known = CATEGORIES.has(category.toLowerCase()) ? category.toLowerCase() : 'other';
    deps.events.emit('rating.received', { category: known, value: Math.round(value), orderId });
  }
  return receipt;
}

async function recordsOf(
  { book, clock }: BuyerIntakeDeps,
  inbound: InboundRequest,
  { ratings }: Of<'rating'>,
): Promise<RatingRecord[]> {
  const { network, bapId, becknTransactionId } = inbound;
  const buyer = buyerKey(inbound);
  const here = await book.newestOf(buyer, becknTransactionId);
  const records = new Map<string, RatingRecord>();
  for (const { id: ratedId, category, value } of ratings) {
    const named = ratedId === here?.id ? here : await book.get(ratedId);
    const order = named && buyerKey(named.peer) === buyer ? named : here;
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
