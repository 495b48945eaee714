/** Moves, withdraws, restores and removes single charge points. */
import type { RequestHandler } from 'express';
import type { ChargePointStatus } from '../../domain/model/network.js';
import type { OperatorDeps } from '../http/deps.js';
import { idParameter } from '../http/paging.js';
import { nearestName } from '../http/nearest-name.js';
import { sendNotFound, sendProblem } from '../http/problem.js';
import { bodyText, readAuthorship, sendUpdate } from './send-results.js';
import type { Entry, NetworkTables } from '../../bridge/network/network-tables.js';

type EntryChange = (entry: Entry) => Entry | undefined;

export function moveChargePoint({ networkUpdates }: OperatorDeps): RequestHandler {
  return async (req, res) => {
    const stationId = bodyText(req, 'stationId');
    const stations = networkUpdates.tables().tables.station;
    if (stationId === undefined || !stations.has(stationId)) {
      const meant = stationId === undefined ? undefined : nearestName(stationId, [...stations.keys()]);
      return sendProblem(res, 400, {
        error: 'bad-request',
        message: stationId === undefined ? 'stationId is missing.' : `There is no station "${stationId}".`,
        hint: meant === undefined ? 'The body is {"stationId": "…", "reason": "…"}.' : `Did you mean "${meant}"?`,
      });
    }
    return changeChargePoint({ networkUpdates }, (entry) => ({ ...entry, parent: stationId }), 'move')(
      req,
      res,
      () => undefined,
    );
  };
}

export function withdrawChargePoint(deps: OperatorDeps): RequestHandler {
  return changeChargePoint(deps, withStatus('withdrawn'), 'withdraw');
}

/** Brings a charge point into service that was planned or withdrawn. */
export function restoreChargePoint(deps: OperatorDeps): RequestHandler {
  return changeChargePoint(deps, withStatus(undefined), 'restore');
}

export function removeChargePoint(deps: OperatorDeps): RequestHandler {
  return changeChargePoint(deps, () => undefined, 'remove');
}

function withStatus(status: ChargePointStatus | undefined): EntryChange {
  return ({ fields, ...rest }) => {
    const { status: _, ...others } = fields;
    return { ...rest, fields: status === undefined ? others : { ...others, status } };
  };
}

function changeChargePoint(
  { networkUpdates }: Pick<OperatorDeps, 'networkUpdates'>,
  change: EntryChange,
  verb: string,
): RequestHandler {
  return async (req, res) => {
    const id = idParameter(req);
    if (!networkUpdates.tables().tables['charge-point'].has(id))
      return sendNotFound(res, 'charge point in the network', id, '/api/network/export/charge-points.csv');
    const authorship = readAuthorship(req, `${verb} ${id}`);
    const result = await networkUpdates.update((current) => ({ tables: withEntry(current, id, change) }), authorship);
    sendUpdate(res, networkUpdates, result);
  };
}

function withEntry(network: NetworkTables, id: string, change: EntryChange): NetworkTables {
  const chargePoints = new Map(network.tables['charge-point']);
  const entry = chargePoints.get(id);
  const changed = entry && change(entry);
  if (changed) {
    chargePoints.set(id, changed);
    return { ...network, tables: { ...network.tables, 'charge-point': chargePoints } };
  }
  chargePoints.delete(id);
  const connectors = [...network.tables.connector].filter(([, { parent }]) => parent !== id);
  return { ...network, tables: { ...network.tables, 'charge-point': chargePoints, connector: new Map(connectors) } };
}
