/** Lists, adds and ends sale stops for connectors, charge points, stations, providers or everything. */
import type { RequestHandler } from 'express';
import type { SaleStopRecord } from '../../bridge/charge-points/out-of-sale.js';
import type { SaleStopPlace } from '../../domain/model/network.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import { idParameter } from '../http/paging.js';
import {
  hasAll,
  parseTime,
  queryNumber,
  queryParameter,
  queryTexts,
  queryTimes,
  TIME_RULE,
} from '../http/parameters.js';
import { badField, notFound, type Problem } from '../http/problem.js';
import { bodyText, type JsonBody } from '../http/request-body.js';
import { sendJson } from '../http/streaming.js';

export type SaleStopState = 'planned' | 'in-force' | 'ended';

export const SALE_STOP_STATES: readonly SaleStopState[] = ['planned', 'in-force', 'ended'];

/** Lists the sale stops that concern the requested place, overlap the requested time and are in the requested state. */
export function listSaleStops({ saleStops, clock }: OperatorDeps): RequestHandler {
  return (req, res) => {
    const now = clock.now();
    const { from = -Infinity, until = Infinity } = queryTimes(req);
    const state = queryParameter(req, 'state');
    const connectorId = queryNumber(req, 'connectorId');
    const wanted = {
      ...queryTexts(req, ['providerId', 'stationId', 'chargePointId']),
      ...(connectorId !== undefined && { connectorId }),
    };
    const isAnywhere = Object.keys(wanted).length === 0;
    const concerns = ({ place }: SaleStopRecord): boolean =>
      isAnywhere || saleStops.connectorsWithin(place).some((connector) => hasAll(connector, wanted));
    const kept = saleStops
      .list()
      .filter(
        (record) =>
          (state === undefined || stateOf(record, now) === state) &&
          record.from < until &&
          (record.endedAt ?? record.until ?? Infinity) > from &&
          concerns(record),
      );
    sendJson(res, { saleStops: kept.map((record) => viewOf(record, now)) });
  };
}

export function addSaleStop({ saleStops, clock, view }: OperatorDeps) {
  return async ({ body, person }: ActRequest): Promise<ActResult> => {
    const place = readPlace(body, view.sites);
    if ('code' in place) return { problem: place };
    const times = readTimes(body, clock.now());
    if ('code' in times) return { problem: times };
    const reason = bodyText(body, 'reason') ?? '';
    const record = await saleStops.add({ place, reason, ...times }, person.name);
    return { body: viewOf(record, clock.now()) };
  };
}

export function endSaleStop({ saleStops, clock }: OperatorDeps) {
  return async ({ req, person }: ActRequest): Promise<ActResult> => {
    const id = idParameter(req);
    if (!saleStops.get(id)) return { problem: notFound('sale stop', id, '/api/sale-stops') };
    const record = await saleStops.end(id, person.name);
    if (record) return { body: viewOf(record, clock.now()) };
    return { problem: { code: 'already-ended', message: 'This sale stop is over.', hint: 'Nothing is to be done.' } };
  };
}

function stateOf({ from, until, endedAt }: SaleStopRecord, now: number): SaleStopState {
  if (endedAt !== undefined || (until !== undefined && until <= now)) return 'ended';
  return from > now ? 'planned' : 'in-force';
}

function viewOf({ place, ...record }: SaleStopRecord, now: number): object {
  const { kind, ...ids } = place;
  return { ...record, kind, ...ids, state: stateOf({ place, ...record }, now) };
}

const PLACE_RULE =
  'must be one of everything (true), providerId, stationId, chargePointId, or chargePointId with connectorId';

function readPlace(body: JsonBody, sites: OperatorDeps['view']['sites']): SaleStopPlace | Problem {
  const [providerId, stationId, chargePointId] = ['providerId', 'stationId', 'chargePointId'].map((name) =>
    bodyText(body, name),
  );
  const { everything, connectorId } = body;
  const given = [everything === true || undefined, providerId, stationId, chargePointId].filter(Boolean);
  if (given.length !== 1 || (connectorId !== undefined && chargePointId === undefined))
    return badField('the place', PLACE_RULE);
  const known = (field: string, id: string, ids: readonly string[]): Problem | undefined =>
    ids.includes(id) ? undefined : badField(field, 'must be of the network', id, [...new Set(ids)]);
  if (providerId !== undefined)
    return (
      known(
        'providerId',
        providerId,
        sites.map(({ provider }) => provider.id),
      ) ?? { kind: 'provider', providerId }
    );
  if (stationId !== undefined)
    return (
      known(
        'stationId',
        stationId,
        sites.map(({ station }) => station.id),
      ) ?? { kind: 'station', stationId }
    );
  if (chargePointId === undefined) return { kind: 'everything' };
  const unknown = known(
    'chargePointId',
    chargePointId,
    sites.map(({ chargePoint }) => chargePoint.id),
  );
  if (unknown) return unknown;
  if (typeof connectorId !== 'number') return { kind: 'charge-point', chargePointId };
  const there = sites.filter(({ chargePoint }) => chargePoint.id === chargePointId);
  const numbers = there.map(({ connector }) => connector.connectorId);
  if (!numbers.includes(connectorId)) return badField('connectorId', `must be one of ${numbers.join(', ')}`);
  return { kind: 'connector', chargePointId, connectorId };
}

function readTimes(body: JsonBody, now: number): { readonly from?: number; readonly until?: number } | Problem {
  const times: { from?: number; until?: number } = {};
  for (const name of ['from', 'until'] as const) {
    const value = body[name];
    if (value === undefined) continue;
    const time = typeof value === 'string' || typeof value === 'number' ? parseTime(String(value)) : undefined;
    if (time === undefined) return badField(name, TIME_RULE);
    times[name] = time;
  }
  const { from = now, until } = times;
  if (until !== undefined && until <= Math.max(from, now)) return badField('until', 'must be later than from and now');
  return times;
}
