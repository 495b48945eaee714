/** Reads the filter of a list of orders from a query, for stored orders and for those in memory. */
import type { Request } from 'express';
import type { OfOrder, OrderFilter } from '../../ports/stored-records.js';
import type { Store } from '../../ports/store.js';
import { connectorKey, isOpen, ORDER_STATES, type Order } from '../../domain/model/order.js';
import type { OperatorView } from '../http/operator-view.js';
import {
  choiceParameter,
  flagParameter,
  queryFlag,
  queryNumber,
  queryParameter,
  queryTexts,
  queryTimes,
  textParameter,
  type Parameters,
} from '../http/parameters.js';
import { TIME_PARAMETERS } from '../http/paging.js';
import { connectorsOfItem, PLACE_PARAMETERS } from './place-filter.js';

export const ORDER_PARAMETERS = {
  orderId: textParameter('The Beckn order.'),
  becknTransactionId: textParameter('The `transaction_id` of the Beckn messages.'),
  transactionId: textParameter('The OCPP transaction.'),
  bapId: textParameter('The buyer app.'),
  network: textParameter('The Beckn network.'),
  ...PLACE_PARAMETERS,
  state: choiceParameter(ORDER_STATES, 'The state of the order.'),
  open: flagParameter('Whether the order can still change or owes something.'),
  ...TIME_PARAMETERS,
} satisfies Parameters;

type Query = Pick<Request, 'query'>;
type Network = Pick<OperatorView, 'sites' | 'sitesOfItem'>;

export function readOrderFilter(req: Query, network: Network): OrderFilter {
  const orderId = queryParameter(req, 'orderId');
  const state = ORDER_STATES.find((one) => one === queryParameter(req, 'state'));
  const open = queryFlag(req, 'open');
  return {
    ...queryTexts(req, ['transactionId']),
    ...readBuyerAndPlace(req, network),
    ...queryTimes(req),
    ...(orderId !== undefined && { ids: [orderId] }),
    ...(state !== undefined && { state }),
    ...(open !== undefined && { open }),
  };
}

function readBuyerAndPlace(req: Query, network: Network): OfOrder {
  const connectorId = queryNumber(req, 'connectorId');
  const connectors = connectorsOfItem(req, network);
  return {
    ...queryTexts(req, ['network', 'bapId', 'becknTransactionId', 'providerId', 'stationId', 'chargePointId']),
    ...(connectorId !== undefined && { connectorId }),
    ...(connectors && { connectors }),
  };
}

/**
 * Reads the filter for the order that a record of another list belongs to.
 * @param names The parameters that cannot be checked against the record itself.
 * @returns `undefined` if the query has none of them.
 */
export function readOfOrder(
  req: Query,
  network: Network,
  names: readonly (keyof typeof ORDER_PARAMETERS)[],
): OfOrder | undefined {
  const isAsked = (name: string): boolean => names.some((one) => one === name);
  const query = Object.fromEntries(Object.entries(req.query).filter(([name]) => isAsked(name)));
  const filter = readBuyerAndPlace({ query }, network);
  return Object.keys(filter).length > 0 ? filter : undefined;
}

/** Whether an order in memory matches the filter. `from` and `until` apply to its creation. */
export function meetsOrderFilter(order: Order, filter: OrderFilter): boolean {
  const { customer, connector, session, createdAt } = order;
  const { from = -Infinity, until = Infinity } = filter;
  const facts = {
    state: order.state,
    open: isOpen(order),
    network: customer.network,
    bapId: customer.bapId,
    becknTransactionId: order.becknTransactionId,
    transactionId: session?.transactionId,
    ...connector,
  };
  const names = Object.keys(facts) as (keyof typeof facts)[];
  return (
    names.every((name) => filter[name] === undefined || filter[name] === facts[name]) &&
    (filter.ids?.includes(order.id) ?? true) &&
    (filter.connectors?.includes(connectorKey(connector)) ?? true) &&
    createdAt >= from &&
    createdAt < until
  );
}

/** How many orders of one Beckn transaction a filter may find; usually there is one. */
const MAX_ORDERS = 100;

/** Returns the ids of orders that match `orderId` and `becknTransactionId`; `undefined` if neither is given. */
export async function namedOrders(
  req: Query,
  store: Pick<Store, 'listOrders'>,
): Promise<readonly string[] | undefined> {
  const { orderId, becknTransactionId } = queryTexts(req, ['orderId', 'becknTransactionId']);
  if (becknTransactionId === undefined) return orderId === undefined ? undefined : [orderId];
  const orders = await store.listOrders({ limit: MAX_ORDERS, becknTransactionId });
  return orders.map(({ id }) => id).filter((id) => orderId === undefined || id === orderId);
}
