/** What the operator sees of the running process. */
import type { Clock } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import type { Composition } from './compose.js';
import type { Network } from '../domain/model/network.js';
import type { Metrics } from '../observe/metrics.js';
import type { OperatorInsight } from '../operator/http/operator-view.js';

type Insight = { -readonly [K in 'draining']: OperatorInsight[K] } & Omit<OperatorInsight, 'draining'>;

export function insightOf({ bridge, networks, sockets }: Composition, network: Network): Insight {
  const configured = network.providers.flatMap((p) => p.stations.flatMap((s) => s.chargePoints.map((c) => c.id)));
  return {
    draining: false,
    problems: () =>
      networks.flatMap(({ directory, name }) => {
        const { known, lastFault } = directory.status();
        const whose = networks.length > 1 ? ` of network ${name}` : '';
        return known === 0 && lastFault !== undefined ? [`The registry${whose} cannot be asked: ${lastFault}`] : [];
      }),
    orders: () => bridge.openOrders(),
    owedRequests: () => bridge.owedRequests(),
    chargers: () =>
      [...new Set([...configured, ...bridge.adopted.ids(), ...bridge.views.presentIds()])].map((id) => {
        const presence = bridge.views.presence(id);
        const quarantine = bridge.views.barred(id);
        const lastSeenAt = bridge.views.lastSeenAt(id);
        return {
          id,
          online: presence !== undefined,
          ...(presence && { connectedAt: presence.connectedAt, version: presence.version }),
          ...(presence?.profile !== undefined && { profile: presence.profile }),
          ...(presence?.certificateName !== undefined && { certificateName: presence.certificateName }),
          ...(lastSeenAt !== undefined && { lastSeenAt }),
          ...(quarantine && { quarantine }),
          sins: sockets.sins(id).total,
        };
      }),
    sins: (id) => sockets.sins(id),
  };
}

const ROWS_COUNTED = 500;

export function watchMetrics(metrics: Metrics, insight: OperatorInsight, store: Store, clock: Clock): void {
  const sessions = (): number => insight.orders().filter((order) => order.session && !order.session.end).length;
  const owedSince = (): number[] => [
    ...insight
      .orders()
      .flatMap((order) =>
        order.effects.filter((effect) => effect.kind === 'callback').map((effect) => effect.createdAt),
      ),
    ...insight.owedRequests().map((request) => request.receivedAt),
  ];
  const age = (since: readonly number[]): number =>
    since.length === 0 ? 0 : (clock.now() - Math.min(...since)) / 1000;
  metrics.watch('chargers_online', () => insight.chargers().filter((charger) => charger.online).length);
  metrics.watch('orders_open', () => insight.orders().length);
  metrics.watch('sessions_open', sessions);
  metrics.watch('callbacks_owed', () => owedSince().length);
  metrics.watch('callbacks_oldest_seconds', () => age(owedSince()));
  metrics.watch('stops_oldest_seconds', () =>
    age(
      insight
        .orders()
        .flatMap((order) => (order.state === 'stopping' && order.session?.stop ? [order.session.stop.at] : [])),
    ),
  );
  metrics.watch('rows_open', async () => (await store.listRows({ limit: ROWS_COUNTED, open: true })).length);
  metrics.watch('store_healthy', () => (store.healthy() ? 1 : 0));
  metrics.watch('draining', () => (insight.draining ? 1 : 0));
}
