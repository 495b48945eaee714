/** Serves charge points: their stored records combined with their live connections. */
import type { RequestHandler } from 'express';
import type { ChargePointRecord } from '../../ports/stored-records.js';
import { isActive } from '../../domain/model/order.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ChargePointView } from '../http/operator-view.js';
import { idParameter } from '../http/paging.js';
import { sendNotFound } from '../http/problem.js';
import { sortInTurns } from '../http/sort-in-turns.js';
import { mapLazily, sendList } from '../http/streaming.js';

export function listChargePoints({ store, view: insight, clock }: OperatorDeps): RequestHandler {
  return async (_req, res) => {
    const kept = new Map((await store.listChargePoints()).map((record) => [record.id, record]));
    const live = new Map(insight.chargePoints().map((charger) => [charger.id, charger]));
    const byId = (a: string, b: string): number => (a < b ? -1 : 1);
    const ids = await sortInTurns([...new Set([...live.keys(), ...kept.keys()])], byId, clock);
    const online = [...live.values()].filter((charger) => charger.online).length;
    const summaries = mapLazily(ids, (id) => chargePointSummary(id, kept.get(id), live.get(id)));
    await sendList(res, { online }, ['chargePoints', summaries], clock);
  };
}

export function getChargePoint({ store, view: insight }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const kept = await store.chargePoint(id);
    const live = insight.chargePoints().find((charger) => charger.id === id);
    if (kept === undefined && live === undefined) return sendNotFound(res, 'charge point', id, '/api/charge-points');
    const orders = insight.openOrders().filter((order) => order.connector.chargePointId === id);
    res.json({
      ...chargePointSummary(id, kept, live),
      boot: kept?.boot,
      configuration: kept?.configuration,
      orders: orders.map((order) => ({ id: order.id, state: order.state, connectorId: order.connector.connectorId })),
    });
  };
}

export function getProtocolViolations({ store, view: insight }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const known = insight.chargePoints().some((charger) => charger.id === id) || (await store.chargePoint(id));
    if (!known) return sendNotFound(res, 'charge point', id, '/api/charge-points');
    res.json({ id, ...insight.protocolViolations(id) });
  };
}

/** Lists the orders that use or have booked the charge point's connectors, by time. */
export function getCalendar({ store, view: insight, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const known = insight.chargePoints().some((charger) => charger.id === id) || (await store.chargePoint(id));
    if (!known) return sendNotFound(res, 'charge point', id, '/api/charge-points');
    const entries = insight
      .openOrders()
      .filter((order) => order.connector.chargePointId === id && isActive(order))
      .map((order) => ({
        connectorId: order.connector.connectorId,
        orderId: order.id,
        bapId: order.customer.bapId,
        kind: order.slot && !order.slot.begun ? 'booked' : order.session ? 'charging' : 'starting',
        from: order.slot?.from ?? order.session?.startReceivedAt ?? order.remoteStart?.requestedAt ?? order.createdAt,
        // Without a booking, the end is not known in advance.
        until: order.slot?.until,
        reservation: order.slot?.status,
      }))
      .sort((a, b) => a.from - b.from || a.connectorId - b.connectorId);
    res.json({ id, now: clock.now(), entries });
  };
}

function chargePointSummary(
  id: string,
  kept: ChargePointRecord | undefined,
  live: ChargePointView | undefined,
): object {
  return {
    id,
    online: live?.online ?? false,
    accepted: kept?.accepted ?? false,
    bootStatus: kept?.bootStatus,
    quarantine: live?.quarantine,
    version: live?.version ?? kept?.version,
    profile: live?.profile,
    certificateName: live?.certificateName,
    connectedAt: live?.connectedAt,
    lastSeenAt: live?.lastSeenAt ?? kept?.lastSeenAt,
    bootedAt: kept?.bootedAt,
    connectors: kept?.connectors ?? {},
    protocolViolations: live?.protocolViolations ?? 0,
  };
}
