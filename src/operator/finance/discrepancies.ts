/** Lists and closes discrepancies. */
import type { RequestHandler } from 'express';
import { nextTurn } from '../../ports/runtime.js';
import type { Discrepancy } from '../../ports/stored-records.js';
import { moneyOf } from '../http/answer-forms.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import { idParameter, toPage, readPage } from '../http/paging.js';
import { queryFlag, queryParameter, queryTexts, queryTimes } from '../http/parameters.js';
import { notFound } from '../http/problem.js';
import { bodyText } from '../http/request-body.js';
import { sendJson } from '../http/streaming.js';
import { namedOrders } from '../operations/order-filter.js';
import { chargePointsOf } from '../operations/place-filter.js';
import { amountUnitOf, DISCREPANCY_KINDS } from './discrepancy-kinds.js';

/** Reads of single records in one event-loop turn. */
const READS_PER_TURN = 50;

export function listDiscrepancies(deps: OperatorDeps): RequestHandler {
  const { store, view } = deps;
  return async (req, res) => {
    const page = readPage(req);
    const open = queryFlag(req, 'open');
    const kind = DISCREPANCY_KINDS.find((one) => one === queryParameter(req, 'kind'));
    const [chargePointIds, orderIds] = [chargePointsOf(req, view), await namedOrders(req, store)];
    const found = await store.listDiscrepancies({
      ...page,
      ...queryTimes(req),
      ...queryTexts(req, ['transactionId']),
      ...(open === undefined ? {} : { open }),
      ...(kind && { kind }),
      ...(orderIds && { orderIds }),
      ...(chargePointIds && { chargePointIds }),
    });
    const { items, next } = toPage(found, page, (row) => row.id);
    sendJson(res, { discrepancies: await withUnits(deps, items), next });
  };
}

/** Adds the unit of each amount, and the currency of the order to those that are money. */
async function withUnits({ store, clock }: OperatorDeps, items: readonly Discrepancy[]): Promise<readonly object[]> {
  const views: object[] = [];
  for (const [n, item] of items.entries()) {
    if (n % READS_PER_TURN === READS_PER_TURN - 1) await nextTurn(clock);
    const unit = item.amount === undefined ? undefined : amountUnitOf(item.kind);
    const order = unit === 'minor-units' && item.orderId !== undefined ? await store.order(item.orderId) : undefined;
    const currency = order?.tariff.currency;
    views.push({
      ...item,
      ...(unit && { amountUnit: unit }),
      ...(currency !== undefined && item.amount !== undefined && { amountMoney: moneyOf(item.amount, currency) }),
    });
  }
  return views;
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
