/**
 * Handles requests that change no order. Unless it is refused or left unanswered, each is saved with a plan from which
 * its response is rendered later.
 */
import { buyerKey, type Order } from '../../domain/model/order.js';
import type { Refusal } from '../../domain/model/refusal.js';
import type { Acknowledgement, BuyerRequestOf, OrderRef, VerifiedRequest } from '../../ports/buyer-requests.js';
import type { BuyerRequestsDeps } from './deps.js';

export type QueryRequest = BuyerRequestOf<'search' | 'support' | 'meta' | 'status' | 'track' | 'preview'>;

export class BuyerQueries {
  readonly #deps: Pick<BuyerRequestsDeps, 'orderCache' | 'owedResponses' | 'search'>;

  constructor(deps: Pick<BuyerRequestsDeps, 'orderCache' | 'owedResponses' | 'search'>) {
    this.#deps = deps;
  }

  async owe(inbound: VerifiedRequest<QueryRequest>): Promise<Acknowledgement> {
    const { owedResponses, orderCache, search } = this.#deps;
    const { request } = inbound;
    switch (request.type) {
      case 'search':
        // A search without hits is neither stored nor answered if `search.emptyAnswer` is `none`.
        if (search.isLeftUnanswered(request.intent)) return { ack: true };
        return owedResponses.owe(inbound, { plan: { type: 'search', intent: request.intent } });
      case 'support':
        return owedResponses.owe(inbound, {
          plan: { type: 'support', ...(request.refId !== undefined && { refId: request.refId }) },
        });
      case 'meta':
        return owedResponses.owe(inbound, { plan: request });
      case 'status':
      case 'track': {
        const order = await findBuyerOrder(orderCache, inbound, request);
        if ('code' in order) return { ack: false, refusal: order };
        // The answer uses the order's dialect and context: a request with only an order id does not state them
        // reliably.
        const { dialect } = order.customer;
        const asOrder = { ...inbound, dialect, replyContext: order.replyContext };
        return owedResponses.owe(asOrder, { plan: { type: request.type, orderId: order.id }, orderId: order.id });
      }
      case 'preview': {
        const order = await findBuyerOrder(orderCache, inbound, request);
        if ('code' in order) return { ack: false, refusal: order };
        const inOrderDialect = inDialectOfOrder(inbound, order);
        return owedResponses.owe(inOrderDialect, { plan: { type: 'status', orderId: order.id }, orderId: order.id });
      }
    }
  }
}

/**
 * Finds the order that a request concerns: by its id if the request contains one, otherwise as the newest order of the
 * Beckn transaction.
 * @errors `order-unknown`, also for another buyer app's order, for an order that was only selected, and for an
 *         unconfirmed order that the request does not name by its id.
 */
export async function findBuyerOrder(
  orderCache: BuyerRequestsDeps['orderCache'],
  inbound: VerifiedRequest,
  { orderId }: OrderRef,
): Promise<Order | Refusal> {
  const buyer = buyerKey(inbound);
  const order =
    orderId === undefined
      ? await orderCache.findNewest(buyer, inbound.becknTransactionId)
      : await orderCache.get(orderId);
  const path = inbound.action === 'update' ? 'message.order.id' : 'message.order_id';
  const isOwn = order !== undefined && buyerKey(order.customer) === buyer;
  // In Beckn 2.x, on_init states the id of an order that is not confirmed yet.
  const isKnown = order?.idTag !== undefined || (orderId !== undefined && order?.initiated === true);
  return isOwn && isKnown ? order : { code: 'order-unknown', path };
}

/**
 * Returns the request. If its dialect differs from the order's, gives it the order's dialect and reply context, because
 * its own dialect may be unable to describe the order.
 */
export function inDialectOfOrder<R extends VerifiedRequest>(inbound: R, order: Order): R {
  const { dialect } = order.customer;
  return dialect === inbound.dialect ? inbound : { ...inbound, dialect, replyContext: order.replyContext };
}
