/** Checks that ask the running bridge: readiness, callbacks, rejected chargers, and measured power. */
import { FINDINGS, finding, type Finding, type FindingCode } from '../../findings.js';
import type { Network } from '../../../domain/model/network.js';
import { readStoredNetwork } from '../../../config/network-file/load-network.js';
import { asList, asObject, type BridgeClient, type Json } from '../frame/bridge-client.js';
import { cellText, placeText, powerText } from '../frame/amounts.js';
import { notTried, runningCheck } from './check.js';

/** Fewer failed attempts are normal on a busy network. */
const MIN_ATTEMPTS = 3;
/** Allows for rounding on meters and nameplates. */
const POWER_TOLERANCE = 1.05;
const HOUR_S = 3_600;
/** A shorter session says little about its average power. */
const MIN_SESSION_S = 300;
const ORDERS_READ = 500;

export const READINESS_CHECK = runningCheck('running process', async (bridge) => {
  const findings = asList((await bridge.health())['findings']).flatMap(({ code, message }) =>
    isFindingCode(code) ? [finding(code, cellText(message))] : [],
  );
  return { findings };
});

function isFindingCode(code: unknown): code is FindingCode {
  return typeof code === 'string' && Object.hasOwn(FINDINGS, code);
}

export const CALLBACK_CHECK = runningCheck('callbacks', async (bridge) => {
  const owed = asList((await bridge.get('/api/outbox'))['callbacks']);
  const failing = owed.filter(({ attempts }) => typeof attempts === 'number' && attempts >= MIN_ATTEMPTS);
  const byBuyer = new Map<string, readonly Json[]>();
  for (const one of failing) {
    const buyer = cellText(one['bapId']);
    byBuyer.set(buyer, [...(byBuyer.get(buyer) ?? []), one]);
  }
  const findings = [...byBuyer].map(([buyer, list]) => {
    const last = cellText(list.at(-1)?.['lastError']) || 'no answer';
    return finding(
      'callbacks-failing',
      `${buyer}: ${list.length} callbacks wait; the last attempt failed with: ${last}.`,
    );
  });
  return { findings };
});

export const REJECTED_CHECK = runningCheck('chargers that are turned away', async (bridge) => {
  const rejected = asList((await bridge.get('/api/rejected-connections'))['rejectedConnections']);
  const points = asList((await bridge.get('/api/charge-points'))['chargePoints']);
  const connectedAt = new Map(points.map((point) => [point['id'], Number(point['connectedAt'] ?? 0)]));
  // A charger that has connected since needs no help.
  const stillAway = rejected.filter(({ id, lastAt }) => !((connectedAt.get(id) ?? 0) > Number(lastAt)));
  return { findings: stillAway.map((one) => rejectionFinding(one, points)) };
});

function rejectionFinding(rejected: Json, points: readonly Json[]): Finding {
  const [id, path] = [cellText(rejected['id']), cellText(rejected['path'])];
  const tries = `${id || 'a client without identity'} from ${cellText(rejected['network'])}, ${cellText(rejected['count'])} tries`;
  const code = REJECTION_FINDINGS[cellText(rejected['code'])] ?? 'charger-rejected';
  const offered = Array.isArray(rejected['subprotocols']) ? rejected['subprotocols'].join(', ') : '';
  const reason = `${cellText(rejected['reason'])}${path !== '' && code === 'charger-rejected' ? ` ${path}` : ''}`;
  const detail = code === 'charger-subprotocol' ? `it offers ${offered || 'none'}` : reason;
  return finding(code, `${tries}: ${detail}.`, rejectionRemedy(code, rejected, points));
}

/** @returns `undefined` if the default remedy of the code applies. */
function rejectionRemedy(code: FindingCode, rejected: Json, points: readonly Json[]): string | undefined {
  if (code === 'charger-rejected') return cellText(rejected['cure']) || undefined;
  if (code !== 'charger-unknown') return undefined;
  const id = cellText(rejected['id']);
  const alike = points.map((point) => cellText(point['id'])).find((known) => isAlike(known, id));
  return alike === undefined ? undefined : `It may be ${alike}: correct the id at the end of its URL.`;
}

const REJECTION_FINDINGS: { readonly [rejectionCode: string]: FindingCode } = {
  'unknown-identity': 'charger-unknown',
  'no-common-subprotocol': 'charger-subprotocol',
  'tls-required': 'charger-tls',
  'no-password': 'charger-password',
  'wrong-password': 'charger-password',
  'user-not-identity': 'charger-password',
};

/** Whether two identities differ only in case, separators, or letters that look like digits. */
function isAlike(a: string, b: string): boolean {
  const plain = (id: string): string =>
    id
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]/g, '')
      .replaceAll('O', '0')
      .replaceAll(/[IL]/g, '1');
  return plain(a) === plain(b);
}

export const POWER_CHECK = runningCheck('maxPowerW against readings', async (bridge, { network }) => {
  const sold = network ?? (await readSold(bridge));
  if (!sold) return notTried('what is for sale cannot be read');
  const ratings = ratingsOf(sold);
  const sessions = asList((await bridge.get('/api/sessions'))['sessions']);
  const orders = await bridge.list('/api/orders', 'orders', { state: 'completed' }, ORDERS_READ);
  const measured = [
    ...sessions.map(({ trial: _, ...session }) => [placeText(session), Number(session['powerW'] ?? 0)] as const),
    ...orders.map(({ trial: _, ...order }) => [placeText(order), averagePowerW(order)] as const),
  ];
  const highest = new Map<string, number>();
  for (const [place, powerW] of measured) highest.set(place, Math.max(powerW, highest.get(place) ?? 0));
  const findings = [...highest].flatMap(([place, powerW]) => {
    const rating = ratings.get(place);
    if (rating === undefined || powerW <= rating * POWER_TOLERANCE) return [];
    return [finding('power-above-rating', `${place}: ${powerText(powerW)} were measured, maxPowerW is ${rating}.`)];
  });
  return { findings };
});

/** Gets the network document of the running bridge. Returns `undefined` if it is invalid. */
async function readSold(bridge: BridgeClient): Promise<Network | undefined> {
  const read = readStoredNetwork((await bridge.get('/api/network'))['document']);
  return 'problems' in read ? undefined : read.network;
}

/** Returns the `maxPowerW` of each connector, keyed by `charge point/connector`. @unit W */
function ratingsOf(network: Network): ReadonlyMap<string, number> {
  const points = network.providers.flatMap(({ stations }) => stations.flatMap(({ chargePoints }) => chargePoints));
  return new Map(
    points.flatMap(({ id, connectors }) =>
      connectors.map(
        ({ connectorId, maxPowerW }) => [placeText({ chargePointId: id, connectorId }), maxPowerW] as const,
      ),
    ),
  );
}

/**
 * Returns the average power of a session. @unit W; 0 if the session was too short, or its energy or time is unknown.
 */
function averagePowerW(order: Json): number {
  const { energyWh, elapsedS } = asObject(order);
  if (typeof energyWh !== 'number' || typeof elapsedS !== 'number' || elapsedS < MIN_SESSION_S) return 0;
  return (energyWh * HOUR_S) / elapsedS;
}
