/** Serves orders with their sessions and readings, ratings, and OCPP transactions. */
import { energySoFar, chargingCostSoFar } from '../../domain/billing/bill.js';
import type { RequestHandler } from 'express';
import { holdsConnector, type Order } from '../../domain/model/order.js';
import type { OperatorDeps } from '../http/deps.js';
import { maskOrder } from '../http/mask-personal-data.js';
import { idParameter, toPage, readPage, queryParameter } from '../http/paging.js';
import { sendBadParameter, sendNotFound } from '../http/problem.js';
import { transactionCursor } from '../../ports/store.js';
import { nextTurn } from '../../ports/runtime.js';
import { mapLazily, sendList } from '../http/streaming.js';
import { signedValues } from './signed-meter-values.js';

/** Charger messages that are parsed in one event-loop turn. */
const MESSAGES_PER_TURN = 250;

export function listOrders({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return sendBadParameter(res, 'limit', read.problem);
    const state = queryParameter(req, 'state');
    const found = await store.listOrders({ ...read.page, ...(state === undefined ? {} : { state }) });
    const { items, next } = toPage(found, read.page, (item) => item.id);
    res.json({ orders: items.map(orderSummary), next });
  };
}

/** Prefers the version in memory of an open order, whose meter is ahead of the stored document. */
export function getOrder({ store, view: insight }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const found = insight.openOrders().find((live) => live.id === id) ?? (await store.order(id));
    if (found === undefined) return sendNotFound(res, 'order', id, '/api/orders');
    res.json(maskOrder(found));
  };
}

export function getOrderMeter({ store, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const after = Number(queryParameter(req, 'after') ?? 0);
    if (!Number.isInteger(after) || after < 0) return sendBadParameter(res, 'after', 'must be a number of an entry');
    const found = await store.order(id);
    const entries = await store.meterEntriesOf(id, after);
    if (found === undefined && entries.length === 0) return sendNotFound(res, 'order', id, '/api/orders');
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

export function listRatings({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return sendBadParameter(res, 'limit', read.problem);
    const orderId = queryParameter(req, 'orderId');
    const found = await store.listRatings({ ...read.page, ...(orderId !== undefined && { orderId }) });
    const { items, next } = toPage(found, read.page, (item) => item.id);
    res.json({ ratings: items, next });
  };
}

export function listSessions({ view: insight, clock }: OperatorDeps): RequestHandler {
  return async (_req, res) => {
    const now = clock.now();
    const holding = insight.openOrders().filter(holdsConnector);
    await sendList(res, {}, ['sessions', mapLazily(holding, (open) => sessionSummary(open, now))], clock);
  };
}

function orderSummary(found: Order): object {
  const { id, state, connector, customer: peer, authorised, tariff, bill, outcome, createdAt, updatedAt } = found;
  return {
    id,
    state,
    network: peer.network,
    bapId: peer.bapId,
    becknTransactionId: found.becknTransactionId,
    chargePointId: connector.chargePointId,
    connectorId: connector.connectorId,
    currency: tariff.currency,
    authorised,
    energyWh: energySoFar(found),
    billed: bill?.total,
    outcome: outcome?.code,
    deadlines: deadlinesOfOrder(found),
    createdAt,
    updatedAt,
  };
}

function sessionSummary(found: Order, now: number): object {
  const { session, tariff } = found;
  const meter = session?.meter;
  return {
    orderId: found.id,
    state: found.state,
    chargePointId: found.connector.chargePointId,
    connectorId: found.connector.connectorId,
    transactionId: session?.transactionId,
    elapsedS: session === undefined ? undefined : Math.max(0, Math.round((now - session.startReceivedAt) / 1000)),
    energyWh: meter?.energyWh,
    capWh: found.caps.energyWh,
    powerW: meter?.powerW,
    soc: meter?.soc,
    /** Minor units; only the charging, before discounts, taxes and fees. */
    energyCost: meter === undefined ? undefined : chargingCostSoFar(found),
    currency: tariff.currency,
    lastReadingAt: meter?.receivedAt,
    stop: session?.stop,
    deadlines: deadlinesOfOrder(found),
  };
}

/** The times by which an order must have got on, epoch ms; `undefined` before its confirm. */
function deadlinesOfOrder({ deadlines, session }: Order): object | undefined {
  return deadlines && { ...deadlines, proveAliveBy: session?.end ? undefined : session?.proveAliveBy };
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
export function listTransactions({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return sendBadParameter(res, 'limit', read.problem);
    const chargePointId = queryParameter(req, 'chargePointId');
    const found = await store.listTransactions({
      ...read.page,
      ...(chargePointId === undefined ? {} : { chargePointId }),
      ...(queryParameter(req, 'open') === 'true' ? { open: true } : {}),
      ...(queryParameter(req, 'unmatched') === 'true' ? { unmatched: true } : {}),
    });
    const { items, next } = toPage(found, read.page, transactionCursor);
    res.json({ transactions: items.map(({ raw: _raw, ...item }) => item), next });
  };
}
