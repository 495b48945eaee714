/** The requests that a buyer app could make of what it was given: for driving its client interface. */
import { demoBilling, paidPayment, selectedOrder } from '../buyer-app/request-messages.js';
import type { Json } from '../runtime/json.js';
import type { Action } from './provider/provider-profiles.js';
import type { QuotedTransaction, Offer } from './provider/run-record.js';

/**
 * The `message` of one request.
 * @param given What the transaction was given so far; absent before the first search.
 * @param now   Epoch ms, for the time in `billing`.
 */
export function buildRequest(action: Action, offer: Offer, given: QuotedTransaction | undefined, now: number): Json {
  const { providerId, stationId, chargePointId, connectorIds } = offer;
  const option = { code: 'amount', value: '100' } as const;
  const order = selectedOrder({ providerId, stationId, chargePointId, connectorId: connectorIds[0], option });
  const orderId = given?.orderId ?? '';
  switch (action) {
    case 'search':
      return { intent: {} };
    case 'select':
      return { order };
    case 'init':
      return { order: { ...order, billing: demoBilling(now) } };
    case 'confirm': {
      const payments = given ? [paidPayment(given.amount, given.currency, 'pay-1')] : [];
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
