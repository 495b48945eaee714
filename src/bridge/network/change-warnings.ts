/** Describes what a change to the network means for the orders under way. */
import { connectorKey, isActive, type Order } from '../../domain/model/order.js';
import type { Change } from './network-difference.js';
import type { NetworkTables } from './network-tables.js';

type Place = Pick<Order, 'connector' | 'state'>;

/**
 * Adds a warning to each change that affects orders under way: those on a connector or charge point that was removed,
 * withdrawn, set to planned, moved or changed, and those on a connector whose tariff was changed.
 */
export function withWarnings(changes: readonly Change[], openOrders: readonly Place[], after: NetworkTables): Change[] {
  const active = openOrders.filter(isActive);
  if (active.length === 0) return [...changes];
  const byConnector = countBy(active, ({ connector }) => connectorKey(connector));
  const byChargePoint = countBy(active, ({ connector }) => connector.chargePointId);
  const byTariff = new Map<string, number>();
  for (const [key, count] of byConnector) {
    const tariff = after.tables.connector.get(key)?.fields['tariff'];
    if (typeof tariff === 'string') byTariff.set(tariff, (byTariff.get(tariff) ?? 0) + count);
  }
  const orders: { readonly [kind: string]: ReadonlyMap<string, number> } = {
    connector: byConnector,
    'charge-point': byChargePoint,
    tariff: byTariff,
  };
  return changes.map((change) => {
    const count = orders[change.kind]?.get(change.id) ?? 0;
    const consequence = count > 0 ? consequenceOf(change) : undefined;
    return consequence ? { ...change, warning: `${orderCount(count)} under way: ${consequence}` } : change;
  });
}

function consequenceOf({ kind, change }: Change): string | undefined {
  if (kind === 'tariff') return change === 'changed' ? 'they keep the price that they were promised' : undefined;
  switch (change) {
    case 'removed':
      return 'they finish and are billed; its socket is closed after that, and it is unknown from then on';
    case 'withdrawn':
    case 'planned':
      return 'they finish and are billed; nothing new is sold';
    case 'moved':
      return 'they finish and are billed, and show the new station';
    case 'changed':
      return 'they keep the price that they were promised';
    default:
      return undefined;
  }
}

function orderCount(count: number): string {
  return count === 1 ? '1 order is' : `${count} orders are`;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
