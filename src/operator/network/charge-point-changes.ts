/** Moves, withdraws, restores and removes single charge points. */
import type { Entry, NetworkTables } from '../../bridge/network/network-tables.js';
import type { ChargePointStatus } from '../../domain/model/network.js';
import type { OperatorDeps } from '../http/deps.js';
import type { Acting, ActResult } from '../http/endpoint.js';
import { idParameter } from '../http/paging.js';
import { badField, notFound } from '../http/problem.js';
import { bodyText } from '../http/request-body.js';
import { readAuthorship, updateResult } from './act-results.js';

type EntryChange = (entry: Entry) => Entry | undefined;
type Act = ReturnType<Acting['act']>;

export function moveChargePoint({ networkUpdates }: OperatorDeps): Act {
  return async (request): Promise<ActResult> => {
    const stationId = bodyText(request.body, 'stationId') ?? '';
    const stations = networkUpdates.tables().tables.station;
    if (!stations.has(stationId))
      return { problem: badField('stationId', 'must be the id of a station', stationId, [...stations.keys()]) };
    return changeChargePoint({ networkUpdates }, (entry) => ({ ...entry, parent: stationId }), 'move')(request);
  };
}

export function withdrawChargePoint(deps: OperatorDeps): Act {
  return changeChargePoint(deps, withStatus('withdrawn'), 'withdraw');
}

/** Brings a planned or withdrawn charge point into service. */
export function restoreChargePoint(deps: OperatorDeps): Act {
  return changeChargePoint(deps, withStatus(undefined), 'restore');
}

export function removeChargePoint(deps: OperatorDeps): Act {
  return changeChargePoint(deps, () => undefined, 'remove');
}

function withStatus(status: ChargePointStatus | undefined): EntryChange {
  return ({ fields, ...rest }) => {
    const { status: _status, withdrawnBy: _withdrawnBy, ...others } = fields;
    return { ...rest, fields: status === undefined ? others : { ...others, status } };
  };
}

function changeChargePoint(
  { networkUpdates }: Pick<OperatorDeps, 'networkUpdates'>,
  change: EntryChange,
  verb: string,
): Act {
  return async (request) => {
    const id = idParameter(request.req);
    if (!networkUpdates.tables().tables['charge-point'].has(id))
      return { problem: notFound('charge point in the network', id, '/api/network/export/charge-points.csv') };
    const authorship = readAuthorship(request, `${verb} ${id}`);
    const result = await networkUpdates.update((current) => ({ tables: withEntry(current, id, change) }), authorship);
    return updateResult(networkUpdates, result);
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
