/** Defines the endpoints for orders, sessions, transactions and ratings. */
import type { Json } from '../../domain/model/object.js';
import { flagParameter, textParameter, wholeParameter } from '../http/parameters.js';
import type { OperatorDeps } from '../http/deps.js';
import type { Endpoint } from '../http/endpoint.js';
import type { JsonSchema } from '../http/json-schema.js';
import { PAGE_PARAMETERS, TIME_PARAMETERS } from '../http/paging.js';
import { cancelOrder, closeOrder, stopOrder } from '../operations/commands.js';
import {
  findOrder,
  getOrder,
  getOrderMeter,
  listOrders,
  listRatings,
  listSessions,
  listTransactions,
} from '../operations/orders.js';
import { ORDER_PARAMETERS } from '../operations/order-filter.js';
import { PLACE_PARAMETERS } from '../operations/place-filter.js';
import {
  ORDER_ACCEPTED,
  ORDER_METER,
  ORDER_PAGE,
  RATING_PAGE,
  SESSION_LIST,
  TRANSACTION_PAGE,
  WHOLE_ORDER,
} from './order-schemas.js';

const { orderId, transactionId, becknTransactionId, bapId, network } = ORDER_PARAMETERS;

function named(description: string, maxLength: number): JsonSchema {
  return { type: 'string', minLength: 1, maxLength, description };
}

/** Several people may share a token, so a request may name the person. The audit record always names the token. */
const PERSON_AND_REASON = {
  by: named('Who asks for it, if others use the same token.', 500),
  reason: named('Why.', 500),
};

/** Returns the parts of an order that an operator can change, for the audit record. */
async function orderState(deps: OperatorDeps, id: string): Promise<Json | undefined> {
  const order = await findOrder(deps, id);
  if (!order) return undefined;
  const { state, outcome, bill, session, closedBy } = order;
  return {
    state,
    ...(outcome && { outcome: outcome.code }),
    ...(bill && { billed: bill.total, currency: bill.currency, energyWh: bill.energyWh }),
    ...(session?.stop && { stop: session.stop.reason }),
    ...(closedBy && { closedBy: closedBy.name }),
  };
}

export const ORDER_ENDPOINTS: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/api/orders',
    description: 'Orders, newest first, with the live figures of those that charge.',
    scope: 'read',
    query: { ...PAGE_PARAMETERS, ...ORDER_PARAMETERS },
    answer: ORDER_PAGE,
    handle: listOrders,
  },
  {
    method: 'GET',
    path: '/api/orders/:id',
    description: 'One order with its session, bill, and pending callbacks and commands.',
    scope: 'read',
    answer: WHOLE_ORDER,
    problems: ['not-found'],
    handle: getOrder,
  },
  {
    method: 'GET',
    path: '/api/orders/:id/meter',
    description: 'The meter readings of an order as the charger sent them, with signed values listed apart.',
    scope: 'read',
    query: { after: wholeParameter(0, Number.MAX_SAFE_INTEGER, 'Continues after the entry with this `seq`.') },
    answer: ORDER_METER,
    problems: ['not-found'],
    handle: getOrderMeter,
  },
  {
    method: 'GET',
    path: '/api/ratings',
    description: 'Ratings from buyer apps, newest first.',
    scope: 'read',
    query: {
      ...PAGE_PARAMETERS,
      orderId,
      becknTransactionId,
      bapId,
      network,
      ...PLACE_PARAMETERS,
      ratedId: textParameter('The id of what was rated.'),
      category: textParameter('The rating category, as the buyer app wrote it.'),
      ...TIME_PARAMETERS,
    },
    answer: RATING_PAGE,
    handle: listRatings,
  },
  {
    method: 'GET',
    path: '/api/sessions',
    description: 'Running sessions with live figures, all in one answer.',
    scope: 'read',
    query: ORDER_PARAMETERS,
    answer: SESSION_LIST,
    handle: listSessions,
  },
  {
    method: 'GET',
    path: '/api/transactions',
    description: 'OCPP transactions, newest first.',
    scope: 'read',
    query: {
      ...PAGE_PARAMETERS,
      transactionId,
      orderId,
      becknTransactionId,
      bapId,
      network,
      ...PLACE_PARAMETERS,
      open: flagParameter('Whether it has no stop.'),
      unmatched: flagParameter('Whether no order bought it.'),
      ...TIME_PARAMETERS,
    },
    answer: TRANSACTION_PAGE,
    handle: listTransactions,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/stop',
    description: 'Stops the session of an order, or ends the order when no session has begun.',
    scope: 'operate',
    body: { type: 'object', properties: PERSON_AND_REASON },
    answer: ORDER_ACCEPTED,
    problems: ['not-found'],
    audit: { act: 'order.stop', targetKind: 'order', state: orderState },
    act: stopOrder,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/cancel',
    description: 'Cancels an order whose session has not begun and refunds it in full.',
    scope: 'operate',
    body: { type: 'object', properties: PERSON_AND_REASON },
    answer: ORDER_ACCEPTED,
    problems: ['not-found'],
    audit: { act: 'order.cancel', targetKind: 'order', state: orderState },
    act: cancelOrder,
  },
  {
    method: 'POST',
    path: '/api/orders/:id/close',
    description:
      'Closes an open order by its last credible reading or, before its session, without a bill. Name and reason are kept, with a discrepancy.',
    scope: 'operate',
    body: {
      type: 'object',
      properties: {
        by: named('The name of the person who closes the order.', 500),
        reason: named('Why the order is closed.', 500),
      },
      required: ['by', 'reason'],
    },
    answer: ORDER_ACCEPTED,
    problems: ['not-found'],
    audit: { act: 'order.close', targetKind: 'order', state: orderState },
    act: closeOrder,
  },
];
