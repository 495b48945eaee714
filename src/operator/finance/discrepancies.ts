/** Lists and closes discrepancies. */
import type { RequestHandler } from 'express';
import { nextTurn } from '../../ports/runtime.js';
import type { Order } from '../../domain/model/order.js';
import type { Discrepancy } from '../../ports/stored-records.js';
import { moneyOf } from '../http/answer-forms.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import { idParameter, toPage, readPage } from '../http/paging.js';
import { queryFlag, queryNumber, queryParameter, queryTexts, queryTimes } from '../http/parameters.js';
import { notFound } from '../http/problem.js';
import { bodyText } from '../http/request-body.js';
import { sendJson } from '../http/streaming.js';
import { namedOrders, readOfOrder } from '../operations/order-filter.js';
import { chargePointsOf, connectorsOfItem } from '../operations/place-filter.js';
import { amountUnitOf, DISCREPANCY_KINDS } from './discrepancy-kinds.js';

/** How many discrepancies are processed, with their orders, in one event-loop turn. */
const READS_PER_TURN = 50;

export function listDiscrepancies(deps: OperatorDeps): RequestHandler {
  const { store, view } = deps;
  return async (req, res) => {
    const page = readPage(req);
    const open = queryFlag(req, 'open');
    const kind = DISCREPANCY_KINDS.find((one) => one === queryParameter(req, 'kind'));
    const [chargePointIds, orderIds] = [chargePointsOf(req, view), await namedOrders(req, store)];
    const [connectorId, connectors] = [queryNumber(req, 'connectorId'), connectorsOfItem(req, view)];
    const order = readOfOrder(req, view, ['bapId', 'network']);
    const found = await store.listDiscrepancies({
      ...page,
      ...queryTimes(req),
      ...queryTexts(req, ['transactionId']),
      ...(open === undefined ? {} : { open }),
      ...(kind && { kind }),
      ...(orderIds && { orderIds }),
      ...(chargePointIds && { chargePointIds }),
      ...(connectorId !== undefined && { connectorId }),
      ...(connectors && { connectors }),
      ...(order && { order }),
    });
    const { items, next } = toPage(found, page, (row) => row.id);
    sendJson(res, { discrepancies: await withContext(deps, items), next });
  };
}

/**
 * Adds to each discrepancy the buyer app, network, station and connector of its order, the unit of its amount and, for
 * money, the amount with its currency.
 */
async function withContext({ store, clock }: OperatorDeps, items: readonly Discrepancy[]): Promise<readonly object[]> {
  const views: object[] = [];
  for (let at = 0; at < items.length; at += READS_PER_TURN) {
    if (at > 0) await nextTurn(clock);
    const batch = items.slice(at, at + READS_PER_TURN);
    const ids = [...new Set(batch.flatMap(({ orderId }) => orderId ?? []))];
    const found = ids.length === 0 ? [] : await store.listOrders({ limit: ids.length, ids });
    const orders = new Map(found.map((order) => [order.id, order]));
    for (const item of batch) views.push(viewOf(item, orders.get(item.orderId ?? '')));
  }
  return views;
}

function viewOf(item: Discrepancy, order: Order | undefined): object {
  const unit = item.amount === undefined ? undefined : amountUnitOf(item.kind);
  const currency = unit === 'minor-units' ? order?.tariff.currency : undefined;
  return {
    ...item,
    ...(order && contextOf(order)),
    ...(unit && { amountUnit: unit }),
    ...(currency !== undefined && item.amount !== undefined && { amountMoney: moneyOf(item.amount, currency) }),
  };
}

function contextOf({ customer: { bapId, network }, connector: { stationId, connectorId } }: Order): object {
  return { bapId, network, stationId, connectorId };
}

export function closeDiscrepancy({ store, events, clock }: OperatorDeps) {
  return async ({ req, body }: ActRequest): Promise<ActResult> => {
    const id = idParameter(req);
    const row = await store.closeDiscrepancy(id, bodyText(body, 'note') ?? '', clock.now());
    if (row === undefined) return { problem: notFound('discrepancy', id, '/api/discrepancies') };
    events.emit('discrepancy.closed', { discrepancyId: id, kind: row.kind });
    return { body: row };
  };
}
