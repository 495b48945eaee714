/** Finds the charge points and connectors that belong to a provider, a station or an item of the network. */
import type { Request } from 'express';
import { connectorKey } from '../../domain/model/order.js';
import { connectorRefOf, type Site } from '../../domain/model/network.js';
import type { OperatorView } from '../http/operator-view.js';
import { queryParameter, textParameter, wholeParameter, type Parameters } from '../http/parameters.js';

/** The highest connector id: the largest signed 32-bit integer. */
const MAX_CONNECTOR_ID = 2_147_483_647;

export const PLACE_PARAMETERS = {
  providerId: textParameter('The provider (CPO) of the network.'),
  stationId: textParameter('The station.'),
  chargePointId: textParameter('The OCPP identity of the charge point.'),
  connectorId: wholeParameter(0, MAX_CONNECTOR_ID, 'The OCPP connector id.'),
  itemId: textParameter('The Beckn item: an item id, UBC id, QR code, charge point code, or station id.'),
} satisfies Parameters;

type Network = Pick<OperatorView, 'sites' | 'sitesOfItem'>;

/** Returns the keys of the connectors that `itemId` names; `undefined` without that parameter. */
export function connectorsOfItem(req: Pick<Request, 'query'>, network: Network): readonly string[] | undefined {
  const itemId = queryParameter(req, 'itemId');
  return itemId === undefined ? undefined : network.sitesOfItem(itemId).map(keyOf);
}

/**
 * Returns the charge points that match `providerId`, `stationId`, `chargePointId` and `itemId`; `undefined` if none of
 * these is given. A charge point outside the network is found only by `chargePointId` alone.
 */
export function chargePointsOf(req: Pick<Request, 'query'>, network: Network): readonly string[] | undefined {
  const [providerId, stationId, chargePointId, itemId] = ['providerId', 'stationId', 'chargePointId', 'itemId'].map(
    (name) => queryParameter(req, name),
  );
  if (providerId === undefined && stationId === undefined && itemId === undefined)
    return chargePointId === undefined ? undefined : [chargePointId];
  const sites = itemId === undefined ? network.sites : network.sitesOfItem(itemId);
  const kept = sites.filter(
    ({ provider, station, chargePoint }) =>
      (providerId === undefined || provider.id === providerId) &&
      (stationId === undefined || station.id === stationId) &&
      (chargePointId === undefined || chargePoint.id === chargePointId),
  );
  return [...new Set(kept.map(({ chargePoint }) => chargePoint.id))];
}

function keyOf(site: Site): string {
  return connectorKey(connectorRefOf(site));
}
