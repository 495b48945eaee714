/** Finds what a StopTransaction of 1.6 ends: the session of an order, or a transaction without one. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import { matchStop } from '../../domain/matching/stop-match.js';
import type { Order } from '../../domain/model/order.js';
import type { ChargerEventOf } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { TransactionRecord } from '../../ports/stored-records.js';
import type { ChargePointState } from '../charge-points/charge-point-state.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { TransactionIndex } from './transaction-index.js';
import { isPossibleTime } from './transaction-start.js';

export interface FindStoppedDeps {
  readonly orderCache: OrderCache;
  readonly transactions: TransactionIndex;
  readonly catalogue: Catalogue;
  readonly chargePoints: Pick<ChargePointState, 'record'>;
  readonly clock: Clock;
}

interface StoppedTransaction {
  readonly order?: Order | undefined;
  /** An open transaction without an order. */
  readonly unmatched?: TransactionRecord | undefined;
  /** What the number of the stop says instead. */
  readonly contradicts?: string;
}

/** @param stop `record`: the transaction that the number names, if it is known. */
export async function findStopped(
  { orderCache, transactions, catalogue, chargePoints, clock }: FindStoppedDeps,
  stop: {
    readonly chargePointId: string;
    readonly event: ChargerEventOf<'transaction-stopped'>;
    readonly record: TransactionRecord | undefined;
  },
): Promise<StoppedTransaction> {
  const { chargePointId, event, record } = stop;
  const { idTag, meterStopWh, at } = event;
  const now = clock.now();
  const dated = at !== undefined && isPossibleTime(at, now) && { at };
  // The tag may belong to an order that has ended: its end was inferred before this stop arrived, or it never began.
  const tagged = idTag === undefined ? undefined : await orderCache.findByTagAt(chargePointId, idTag);
  const match = matchStop(
    { ...(record && { named: record }), idTag, tagged, meterStopWh, ...dated, now },
    {
      open: orderCache.openOrdersAt(chargePointId).filter(({ session }) => session && !session.end),
      unmatched: transactions.openAt(chargePointId).filter(({ orderId }) => orderId === undefined),
      bootedAt: chargePoints.record(chargePointId).bootedAt ?? 0,
      maxPowerW: (connector) => catalogue.site(connector)?.connector.maxPowerW ?? Infinity,
    },
  );
  switch (match.kind) {
    case 'named':
    case 'none':
      return {};
    case 'unmatched': {
      const { transactionId, contradicts } = match;
      return { unmatched: transactions.findOpen(chargePointId, transactionId), contradicts };
    }
    case 'order': {
      const { orderId, contradicts } = match;
      const order = tagged?.id === orderId ? tagged : await orderCache.get(orderId);
      return { order, ...(contradicts !== undefined && { contradicts }) };
    }
  }
}
