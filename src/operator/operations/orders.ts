/** Serves orders with their sessions and readings, ratings, and OCPP transactions. */
import type { RequestHandler } from 'express';
import { transactionCursor } from '../../ports/store.js';
import { nextTurn } from '../../ports/runtime.js';
import type { TransactionFilter } from '../../ports/stored-records.js';
import { holdsConnector } from '../../domain/model/order.js';
import type { OperatorDeps } from '../http/deps.js';
import type { Order } from '../../domain/model/order.js';
import { maskOrder } from '../http/mask-personal-data.js';
import { idParameter, toPage, readPage } from '../http/paging.js';
import { queryFlag, queryNumber, queryTexts, queryTimes } from '../http/parameters.js';
import { notFound, sendProblem } from '../http/problem.js';
import { mapLazily, sendJson, sendList } from '../http/streaming.js';
import { meetsOrderFilter, namedOrders, readOfOrder, readOrderFilter } from './order-filter.js';
import { orderSummary, sessionSummary, withOrderMoney } from './order-summaries.js';
import { chargePointsOf, connectorsOfItem } from './place-filter.js';
import { signedValues } from './signed-meter-values.js';

/** How many charger messages are parsed in one event-loop turn. */
const MESSAGES_PER_TURN = 250;

/** Lists orders. Open ones are shown as in memory, because their meters are ahead of the stored documents. */
export function listOrders({ store, view, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const page = readPage(req);
    const found = await store.listOrders({ ...page, ...readOrderFilter(req, view) });
    const live = new Map(view.openOrders().map((order) => [order.id, order]));
    const { items, next } = toPage(found, page, (item) => item.id);
    const now = clock.now();
    sendJson(res, { orders: items.map((order) => orderSummary(live.get(order.id) ?? order, now)), next });
  };
}

/** Finds an order. An open order is taken from memory, because its meter is ahead of the stored document. */
export async function findOrder({ store, view }: OperatorDeps, id: string): Promise<Order | undefined> {
  return view.openOrders().find((live) => live.id === id) ?? (await store.order(id));
}

export function getOrder(deps: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const found = await findOrder(deps, id);
    if (found === undefined) return sendProblem(res, notFound('order', id, '/api/orders'));
    sendJson(res, withOrderMoney(maskOrder(found), found));
  };
}

export function getOrderMeter({ store, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const found = await store.order(id);
    const entries = await store.meterEntriesOf(id, queryNumber(req, 'after') ?? 0);
    if (found === undefined && entries.length === 0) return sendProblem(res, notFound('order', id, '/api/orders'));
    const session = found?.session;
    const transaction = session && (await store.transaction(found.connector.chargePointId, session.transactionId));
    const signed: object[] = [];
    for (const [n, raw] of [...entries.map((entry) => entry.raw), ...(transaction?.raw ?? [])].entries()) {
      if (n % MESSAGES_PER_TURN === MESSAGES_PER_TURN - 1) await nextTurn(clock);
      signed.push(...signedValues(parseJson(raw)));
    }
    const views = mapLazily(entries, ({ raw, ...entry }) => ({ ...entry, payload: parseJson(raw) }));
    await sendList(res, { orderId: id, signed }, ['entries', views], clock);
  };
}

export function listRatings({ store, view }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const page = readPage(req);
    const texts = queryTexts(req, ['orderId', 'network', 'bapId', 'becknTransactionId', 'ratedId', 'category']);
    const order = readOfOrder(req, view, ['providerId', 'stationId', 'chargePointId', 'connectorId', 'itemId']);
    const found = await store.listRatings({ ...page, ...queryTimes(req), ...texts, ...(order && { order }) });
    const { items, next } = toPage(found, page, (item) => item.id);
    sendJson(res, { ratings: items, next });
  };
}

export function listSessions({ view, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const now = clock.now();
    const filter = readOrderFilter(req, view);
    const holding = view.openOrders().filter((order) => holdsConnector(order) && meetsOrderFilter(order, filter));
    await sendList(res, {}, ['sessions', mapLazily(holding, (open) => sessionSummary(open, now))], clock);
  };
}

export function listTransactions({ store, view }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const page = readPage(req);
    const [orderIds, connectorId] = [await namedOrders(req, store), queryNumber(req, 'connectorId')];
    const [chargePointIds, connectors] = [chargePointsOf(req, view), connectorsOfItem(req, view)];
    const [open, unmatched] = [queryFlag(req, 'open'), queryFlag(req, 'unmatched')];
    const order = readOfOrder(req, view, ['bapId', 'network']);
    const filter: TransactionFilter = {
      ...queryTimes(req),
      ...queryTexts(req, ['transactionId', 'chargePointId']),
      ...(chargePointIds && { chargePointIds }),
      ...(connectors && { connectors }),
      ...(connectorId !== undefined && { connectorId }),
      ...(orderIds && { orderIds }),
      ...(order && { order }),
      ...(open !== undefined && { open }),
      ...(unmatched !== undefined && { unmatched }),
    };
    const found = await store.listTransactions({ ...page, ...filter });
    const { items, next } = toPage(found, page, transactionCursor);
    sendJson(res, { transactions: items.map(({ raw: _raw, ...item }) => item), next });
  };
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
