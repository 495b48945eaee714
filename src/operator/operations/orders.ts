/** Orders and their sessions. */
import { chargedSoFar } from '../../domain/billing/bill.js';
import type { RequestHandler } from 'express';
import { holdsConnector, type Order } from '../../domain/model/order.js';
import type { OperatorDeps } from '../http/deps.js';
import { maskOrder } from '../http/mask-personal-data.js';
import { idOf, pageOf, readPage, text } from '../http/paging.js';
import { badParameter, notFound } from '../http/problem.js';
import { signedValues } from './signed-meter-values.js';

export function orders({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return badParameter(res, 'limit', read.problem);
    const state = text(req, 'state');
    const found = await store.listOrders({ ...read.page, ...(state === undefined ? {} : { state }) });
    const { items, next } = pageOf(found, read.page, (item) => item.id);
    res.json({ orders: items.map(summary), next });
  };
}

/** The live one when the order is open: its meter is ahead of the stored document. */
export function order({ store, insight }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idOf(req);
    const found = insight.orders().find((live) => live.id === id) ?? (await store.order(id));
    if (found === undefined) return notFound(res, 'order', id, '/api/orders');
    res.json(maskOrder(found));
  };
}

export function orderMeter({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idOf(req);
    const after = Number(text(req, 'after') ?? 0);
    if (!Number.isInteger(after) || after < 0) return badParameter(res, 'after', 'must be a number of an entry');
    const found = await store.order(id);
    const entries = (await store.meterOf(id, after)).map(({ raw, ...entry }) => ({ ...entry, payload: parsed(raw) }));
    if (found === undefined && entries.length === 0) return notFound(res, 'order', id, '/api/orders');
    const session = found?.session;
    const transaction = session && (await store.transaction(found.connector.chargePointId, session.transactionId));
    const messages = [...entries.map(({ payload }) => payload), ...(transaction?.raw ?? []).map(parsed)];
    res.json({ orderId: id, signed: messages.flatMap(signedValues), entries });
  };
}

export function ratings({ store }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const read = readPage(req);
    if ('problem' in read) return badParameter(res, 'limit', read.problem);
    const orderId = text(req, 'orderId');
    const found = await store.listRatings({ ...read.page, ...(orderId !== undefined && { orderId }) });
    const { items, next } = pageOf(found, read.page, (item) => item.id);
    res.json({ ratings: items, next });
  };
}

export function sessions({ insight, clock }: OperatorDeps): RequestHandler {
  return (_req, res) => {
    const now = clock.now();
    res.json({
      sessions: insight
        .orders()
        .filter(holdsConnector)
        .map((open) => live(open, now)),
    });
  };
}

function summary(found: Order): object {
  const { id, state, connector, peer, authorised, tariff, bill, outcome, createdAt, updatedAt } = found;
  return {
    id,
    state,
    ...(peer.network !== undefined && { network: peer.network }),
    bapId: peer.bapId,
    becknTransactionId: found.becknTransactionId,
    chargePointId: connector.chargePointId,
    connectorId: connector.connectorId,
    currency: tariff.currency,
    authorised,
    energyWh: bill?.deliveredWh ?? found.session?.meter.energyWh,
    billed: bill?.total,
    outcome: outcome?.code,
    createdAt,
    updatedAt,
  };
}

function live(found: Order, now: number): object {
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
    /** Minor units, the charging alone, before discounts, taxes and fees. */
    energyCost: meter === undefined ? undefined : chargedSoFar(found),
    currency: tariff.currency,
    lastReadingAt: meter?.receivedAt,
    stop: session?.stop,
  };
}

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
