/** Charge points: what the store remembers and what the sockets know now. */
import type { RequestHandler } from 'express';
import type { ChargePointRecord } from '../../ports/store.js';
import { isActive } from '../../domain/model/order.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ChargerInsight } from '../http/operator-view.js';
import { idOf } from '../http/paging.js';
import { notFound } from '../http/problem.js';

export function chargePoints({ store, insight }: OperatorDeps): RequestHandler {
  return async (_req, res) => {
    const kept = new Map((await store.listChargePoints()).map((record) => [record.id, record]));
    const live = new Map(insight.chargers().map((charger) => [charger.id, charger]));
    const ids = [...new Set([...live.keys(), ...kept.keys()])].sort();
    const all = ids.map((id) => view(id, kept.get(id), live.get(id)));
    res.json({ online: [...live.values()].filter((charger) => charger.online).length, chargePoints: all });
  };
}

export function chargePoint({ store, insight }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idOf(req);
    const kept = await store.chargePoint(id);
    const live = insight.chargers().find((charger) => charger.id === id);
    if (kept === undefined && live === undefined) return notFound(res, 'charge point', id, '/api/charge-points');
    const orders = insight.orders().filter((order) => order.connector.chargePointId === id);
    res.json({
      ...view(id, kept, live),
      boot: kept?.boot,
      configuration: kept?.configuration,
      orders: orders.map((order) => ({ id: order.id, state: order.state, connectorId: order.connector.connectorId })),
    });
  };
}

export function chargePointSins({ store, insight }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idOf(req);
    const known = insight.chargers().some((charger) => charger.id === id) || (await store.chargePoint(id));
    if (!known) return notFound(res, 'charge point', id, '/api/charge-points');
    res.json({ id, ...insight.sins(id) });
  };
}

/** What its connectors are promised to, by time. */
export function calendar({ store, insight, clock }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const id = idOf(req);
    const known = insight.chargers().some((charger) => charger.id === id) || (await store.chargePoint(id));
    if (!known) return notFound(res, 'charge point', id, '/api/charge-points');
    const entries = insight
      .orders()
      .filter((order) => order.connector.chargePointId === id && isActive(order))
      .map((order) => ({
        connectorId: order.connector.connectorId,
        orderId: order.id,
        bapId: order.peer.bapId,
        kind: order.slot && !order.slot.opened ? 'booked' : order.session ? 'charging' : 'starting',
        from: order.slot?.from ?? order.session?.startReceivedAt ?? order.start?.wantedAt ?? order.createdAt,
        // One who came without a booking goes when the car is full: nobody knows when.
        until: order.slot?.until,
        reservation: order.slot?.reservation,
      }))
      .sort((a, b) => a.from - b.from || a.connectorId - b.connectorId);
    res.json({ id, now: clock.now(), entries });
  };
}

function view(id: string, kept: ChargePointRecord | undefined, live: ChargerInsight | undefined): object {
  return {
    id,
    online: live?.online ?? false,
    accepted: kept?.accepted ?? false,
    held: kept?.held,
    quarantine: live?.quarantine,
    version: live?.version ?? kept?.version,
    profile: live?.profile,
    certificateName: live?.certificateName,
    connectedAt: live?.connectedAt,
    lastSeenAt: live?.lastSeenAt ?? kept?.lastSeenAt,
    bootedAt: kept?.bootedAt,
    connectors: kept?.connectors ?? {},
    sins: live?.sins ?? 0,
  };
}
