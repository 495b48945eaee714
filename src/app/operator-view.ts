/** Builds the operator's view of the running process, and registers the gauges that read it. */
import { TRIAL_NETWORK } from '../domain/model/order.js';
import type { Clock } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import type { Composition } from './compose.js';
import type { Metrics } from '../observe/metrics.js';
import { FINDINGS } from '../operator/findings.js';
import type { OperatorView, ReadinessProblem } from '../operator/http/operator-view.js';

type MutableOperatorView = { -readonly [K in 'draining']: OperatorView[K] } & Omit<OperatorView, 'draining'>;

export function createOperatorView(
  { bridge, networks, connections }: Composition,
  isDiskFull: () => boolean,
): MutableOperatorView {
  // The registry of trials is in this process, so it is never unavailable.
  const registered = networks.filter(({ name }) => name !== TRIAL_NETWORK);
  return {
    draining: false,
    readinessProblems: () => [
      ...(isDiskFull() ? [DISK_FULL] : []),
      ...framesKept(bridge.keptFrames.count),
      ...registered.flatMap(({ directory, name }) => {
        const { cachedKeys, lastFault } = directory.status();
        const ofNetwork = registered.length > 1 ? ` of network ${name}` : '';
        return cachedKeys === 0 && lastFault !== undefined
          ? [
              {
                code: 'registry-unavailable' as const,
                message: `The registry${ofNetwork} is unavailable: ${lastFault}`,
              },
            ]
          : [];
      }),
    ],
    openOrders: () => bridge.openOrders(),
    owedRequests: () => bridge.owedRequests(),
    get sites() {
      return bridge.catalogue.sites;
    },
    sitesOfItem: (itemId) => bridge.catalogue.sitesOfItem(itemId),
    chargePoints: () =>
      [
        ...new Set([
          ...bridge.catalogue.chargePointIds,
          ...bridge.approvedChargePoints.ids(),
          ...bridge.catalogue.retained().map(({ chargePoint }) => chargePoint.id),
          ...bridge.chargePoints.connectedIds().filter((id) => !bridge.catalogue.trialSites.hasChargePoint(id)),
        ]),
      ].map((id) => {
        const connection = bridge.chargePoints.connectionOf(id);
        const quarantine = bridge.chargePoints.quarantineOf(id);
        const lastSeenAt = bridge.chargePoints.lastSeenAt(id);
        return {
          id,
          online: connection !== undefined,
          ...(connection && { connectedAt: connection.connectedAt, version: connection.version }),
          ...(connection?.profile !== undefined && { profile: connection.profile }),
          ...(connection?.certificateName !== undefined && { certificateName: connection.certificateName }),
          ...(lastSeenAt !== undefined && { lastSeenAt }),
          ...(quarantine && { quarantine }),
          protocolViolations: connections.protocolViolations(id).total,
        };
      }),
    protocolViolations: (id) => connections.protocolViolations(id),
  };
}

const DISK_FULL: ReadinessProblem = {
  code: 'disk-full',
  message: FINDINGS['disk-full'].title,
};

function framesKept(count: number): readonly ReadinessProblem[] {
  if (count === 0) return [];
  const what = count === 1 ? '1 message of a charger waits' : `${count} messages of chargers wait`;
  return [{ code: 'frames-kept', message: `${what} in the frame journal for the store.` }];
}

const MAX_DISCREPANCIES_COUNTED = 500;

export function registerGauges(metrics: Metrics, view: OperatorView, store: Store, clock: Clock): void {
  const sessions = (): number => view.openOrders().filter((order) => order.session && !order.session.end).length;
  const owedSince = (): number[] => [
    ...view
      .openOrders()
      .flatMap((order) =>
        order.effects.filter((effect) => effect.kind === 'callback').map((effect) => effect.createdAt),
      ),
    ...view.owedRequests().map((request) => request.receivedAt),
  ];
  const age = (since: readonly number[]): number =>
    since.length === 0 ? 0 : (clock.now() - Math.min(...since)) / 1000;
  metrics.registerGauge('chargers_online', () => view.chargePoints().filter((charger) => charger.online).length);
  metrics.registerGauge('orders_open', () => view.openOrders().length);
  metrics.registerGauge('sessions_open', sessions);
  metrics.registerGauge('callbacks_owed', () => owedSince().length);
  metrics.registerGauge('callbacks_oldest_seconds', () => age(owedSince()));
  metrics.registerGauge('stops_oldest_seconds', () =>
    age(
      view
        .openOrders()
        .flatMap((order) => (order.state === 'stopping' && order.session?.stop ? [order.session.stop.at] : [])),
    ),
  );
  metrics.registerGauge(
    'discrepancies_open',
    async () => (await store.listDiscrepancies({ limit: MAX_DISCREPANCIES_COUNTED, open: true })).length,
  );
  metrics.registerGauge('store_healthy', () => (store.isHealthy() ? 1 : 0));
  metrics.registerGauge('draining', () => (view.draining ? 1 : 0));
}
