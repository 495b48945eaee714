/** Serves charge points: their stored records combined with their live connections. */
import type { RequestHandler } from 'express';
import type { ChargePointRecord } from '../../ports/stored-records.js';
import { isActive } from '../../domain/model/order.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ChargePointView } from '../http/operator-view.js';
import { idParameter } from '../http/paging.js';
import { queryFlag, queryNumber, queryParameter } from '../http/parameters.js';
import { notFound, sendProblem } from '../http/problem.js';
import { sortInTurns } from '../http/sort-in-turns.js';
import { mapLazily, sendJson, sendList } from '../http/streaming.js';
import { chargePointsOf } from './place-filter.js';

/** Keeps those with a connector that has the wanted status and number, if one is wanted. */
export function listChargePoints({ store, view: insight, clock, access }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const wanted = chargePointsOf(req, insight);
    const isWanted = wanted && new Set(wanted);
    const isOnline = queryFlag(req, 'online');
    const [connectorId, status] = [queryNumber(req, 'connectorId'), queryParameter(req, 'connectorStatus')];
    const kept = new Map((await store.listChargePoints()).map((record) => [record.id, record]));
    const live = new Map(insight.chargePoints().map((charger) => [charger.id, charger]));
    const byId = (a: string, b: string): number => (a < b ? -1 : 1);
    const hasConnector = (id: string): boolean =>
      (connectorId === undefined && status === undefined) ||
      Object.entries(kept.get(id)?.connectors ?? {}).some(
        ([number, state]) =>
          (connectorId === undefined || Number(number) === connectorId) &&
          (status === undefined || state.status === status),
      );
    const all = [...new Set([...live.keys(), ...kept.keys()])].filter(
      (id) =>
        (isWanted?.has(id) ?? true) &&
        (isOnline === undefined || (live.get(id)?.online ?? false) === isOnline) &&
        hasConnector(id),
    );
    const ids = await sortInTurns(all, byId, clock);
    const online = [...live.values()].filter((charger) => charger.online).length;
    const summaries = mapLazily(ids, (id) =>
      chargePointSummary(id, kept.get(id), live.get(id), access.hasPassword(id)),
    );
    await sendList(res, { online }, ['chargePoints', summaries], clock);
  };
}

export function getChargePoint({ store, view: insight, access }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const kept = await store.chargePoint(id);
    const live = insight.chargePoints().find((charger) => charger.id === id);
    if (kept === undefined && live === undefined)
      return sendProblem(res, notFound('charge point', id, '/api/charge-points'));
    const orders = insight.openOrders().filter((order) => order.connector.chargePointId === id);
    sendJson(res, {
      ...chargePointSummary(id, kept, live, access.hasPassword(id)),
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
    if (!known) return sendProblem(res, notFound('charge point', id, '/api/charge-points'));
    sendJson(res, { id, ...insight.protocolViolations(id) });
  };
}

/** Lists the orders that use or have booked the charge point's connectors, by time. */
export function getCalendar({ store, view: insight, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    const known = insight.chargePoints().some((charger) => charger.id === id) || (await store.chargePoint(id));
    if (!known) return sendProblem(res, notFound('charge point', id, '/api/charge-points'));
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
    sendJson(res, { id, now: clock.now(), entries });
  };
}

function chargePointSummary(
  id: string,
  kept: ChargePointRecord | undefined,
  live: ChargePointView | undefined,
  hasPassword: boolean,
): object {
  return {
    id,
    online: live?.online ?? false,
    accepted: kept?.accepted ?? false,
    bootStatus: kept?.bootStatus,
    quarantine: live?.quarantine,
    version: live?.version ?? kept?.version,
    profile: live?.profile,
    hasPassword,
    certificateName: live?.certificateName,
    connectedAt: live?.connectedAt,
    lastSeenAt: live?.lastSeenAt ?? kept?.lastSeenAt,
    bootedAt: kept?.bootedAt,
    connectors: kept?.connectors ?? {},
    protocolViolations: live?.protocolViolations ?? 0,
  };
}
