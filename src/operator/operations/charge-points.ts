/** Serves charge points: their stored records combined with their live connections. */
import type { Request, RequestHandler } from 'express';
import type { ChargePointRecord } from '../../ports/stored-records.js';
import { isActive } from '../../domain/model/order.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ChargePointView } from '../http/operator-view.js';
import { idParameter } from '../http/paging.js';
import { queryFlag, queryNumber, queryParameter, queryTimes } from '../http/parameters.js';
import { notFound, sendProblem } from '../http/problem.js';
import { sortInTurns } from '../http/sort-in-turns.js';
import { mapLazily, sendJson, sendList } from '../http/streaming.js';
import { chargePointsOf } from './place-filter.js';

/**
 * Returns a predicate for charge points that match the query. If the query names a connector, a connector status or
 * both, one connector of the charge point must match all that is named.
 */
function chargePointFilter(req: Pick<Request, 'query'>, { view, access }: OperatorDeps): (point: Point) => boolean {
  const wanted = chargePointsOf(req, view);
  const ids = wanted && new Set(wanted);
  const [connectorId, status] = [queryNumber(req, 'connectorId'), queryParameter(req, 'connectorStatus')];
  const { from, until } = queryTimes(req);
  const version = queryParameter(req, 'version');
  const flags: readonly (readonly [boolean | undefined, (point: Point) => boolean])[] = [
    [queryFlag(req, 'online'), ({ live }) => live?.online ?? false],
    [queryFlag(req, 'accepted'), ({ kept }) => kept?.accepted ?? false],
    [queryFlag(req, 'quarantined'), ({ live }) => live?.quarantine !== undefined],
    [queryFlag(req, 'hasPassword'), ({ id }) => access.hasPassword(id)],
  ];
  const hasConnector = ({ kept }: Point): boolean =>
    (connectorId === undefined && status === undefined) ||
    Object.entries(kept?.connectors ?? {}).some(
      ([number, state]) =>
        (connectorId === undefined || Number(number) === connectorId) &&
        (status === undefined || state.status === status),
    );
  return (point) => {
    const seenAt = point.live?.lastSeenAt ?? point.kept?.lastSeenAt;
    return (
      (ids?.has(point.id) ?? true) &&
      flags.every(([flag, isSo]) => flag === undefined || flag === isSo(point)) &&
      (version === undefined || (point.live?.version ?? point.kept?.version) === version) &&
      (from === undefined || (seenAt !== undefined && seenAt >= from)) &&
      (until === undefined || seenAt === undefined || seenAt < until) &&
      hasConnector(point)
    );
  };
}

interface Point {
  readonly id: string;
  readonly kept: ChargePointRecord | undefined;
  readonly live: ChargePointView | undefined;
}

/**
 * Lists the known charge points. Those that were removed, or that only a trial simulated, are left out, although the
 * store still has their records.
 */
export function listChargePoints(deps: OperatorDeps): RequestHandler {
  const { store, view, clock, access } = deps;
  return async (req, res) => {
    const isWanted = chargePointFilter(req, deps);
    const kept = new Map((await store.listChargePoints()).map((record) => [record.id, record]));
    const known = view.chargePoints();
    const all = known.map((live): Point => ({ id: live.id, kept: kept.get(live.id), live })).filter(isWanted);
    const points = await sortInTurns(all, (a, b) => (a.id < b.id ? -1 : 1), clock);
    const online = known.filter((charger) => charger.online).length;
    const summaries = mapLazily(points, (point) =>
      chargePointSummary(point.id, point.kept, point.live, access.hasPassword(point.id)),
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

/** Lists the orders that use or have booked the charge point's connectors, sorted by start. */
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
