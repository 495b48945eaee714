/** Builds the requests that bap-check makes through a buyer app's client API, from the provider's offer and quote. */
import { demoBilling, paidPayment, selectedOrder } from '../buyer-app/request-messages.js';
import type { Json } from '../runtime/json.js';
import type { Action } from './provider/provider-profiles.js';
import type { Offer, QuotedTransaction } from './provider/run-record.js';

const AMOUNT_RUPEES = '100';

/**
 * Builds the `message` of one request.
 * @param transaction `undefined` before the first search.
 * @param now         The time in `billing`, epoch ms.
 */
export function buildRequest(
  action: Action,
  offer: Offer,
  transaction: QuotedTransaction | undefined,
  now: number,
): Json {
  const { providerId, stationId, chargePointId, connectorIds } = offer;
  const option = { code: 'amount', value: AMOUNT_RUPEES } as const;
  const order = selectedOrder({ providerId, stationId, chargePointId, connectorId: connectorIds[0], option });
  const orderId = transaction?.orderId ?? '';
  switch (action) {
    case 'search':
      return { intent: {} };
    case 'select':
      return { order };
    case 'init':
      return { order: { ...order, billing: demoBilling(now) } };
    case 'confirm': {
      const payments = transaction ? [paidPayment(transaction.amount, transaction.currency, 'pay-1')] : [];
      return { order: { ...order, billing: demoBilling(now), payments } };
    }
    case 'status':
    case 'track':
      return { order_id: orderId };
    case 'update':
      return { update_target: 'item', order: { id: orderId, ...order } };
    case 'support':
      return { support: { ref_id: orderId } };
    case 'cancel':
      return { order_id: orderId, descriptor: { name: 'Stop Charging', code: 'stop-charging' } };
    case 'rating':
      return { ratings: [{ id: orderId, rating_category: 'Order', value: '5' }] };
  }
}
