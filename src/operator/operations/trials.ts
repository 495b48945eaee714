/** Opens and closes trials, in which an operator runs complete test orders on their own bridge. */
import type { Trial } from '../../ports/networks.js';
import type { OperatorDeps } from '../http/deps.js';
import type { ActRequest, ActResult } from '../http/endpoint.js';
import { idParameter } from '../http/paging.js';
import { badField, notFound } from '../http/problem.js';
import { bodyText } from '../http/request-body.js';

const KEY_BYTES = 32;

export function openTrial({ trials }: OperatorDeps) {
  return async ({ body }: ActRequest): Promise<ActResult> => {
    const [connector, subscriberId, keyId, publicKey, bapUri] = [
      'connector',
      'subscriberId',
      'keyId',
      'publicKey',
      'bapUri',
    ].map((name) => bodyText(body, name) ?? '') as [string, string, string, string, string];
    if (Buffer.from(publicKey, 'base64').length !== KEY_BYTES)
      return { problem: badField('publicKey', 'must be an Ed25519 public key, base64 of 32 bytes', publicKey) };
    if (!/^https?:$/.test(URL.canParse(bapUri) ? new URL(bapUri).protocol : ''))
      return { problem: badField('bapUri', 'must be an http or https URL', bapUri) };
    const buyer = { subscriberId, keyId, publicKey, bapUri };
    const opened = trials.open({ connector, buyer, simulate: body['simulate'] === true });
    if (!('refused' in opened)) return { body: viewOf(opened) };
    if (opened.refused === 'key-invalid')
      return { problem: badField('publicKey', 'must be a valid Ed25519 point, not of small order', publicKey) };
    return { problem: { ...notFound('connector', connector, '/api/charge-points'), message: opened.message } };
  };
}

export function closeTrial({ trials }: OperatorDeps) {
  return async ({ req }: ActRequest): Promise<ActResult> => {
    const id = idParameter(req);
    const end = trials.close(id);
    return end === 'unknown' ? { problem: notFound('trial', id, '/api') } : { body: { id, closed: end === 'closed' } };
  };
}

function viewOf({ id, until, provider, site, payment, simulated }: Trial): object {
  const { connector, chargePoint, station } = site;
  const { connectorId, itemId, standard, maxPowerW, powerType, options, tariff } = connector;
  return {
    id,
    until,
    provider,
    order: {
      providerId: site.provider.id,
      providerName: site.provider.name,
      stationId: station.id,
      stationName: station.name,
      chargePointId: chargePoint.id,
      chargePointItem: chargePoint.itemId,
      chargePointName: chargePoint.name,
      connectorId,
      connectorItem: itemId,
      standard,
      powerType,
      maxPowerW,
      currency: tariff.currency,
      options,
    },
    payment,
    ...(simulated && { simulated }),
  };
}
