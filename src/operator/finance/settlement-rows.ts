/** Adds to each order's sums what finance needs: place, times, meter, price lines and open issues. */
import { isTrial, type Order, type OrderState } from '../../domain/model/order.js';
import type { PriceLine } from '../../domain/model/quote.js';
import { nextTurn } from '../../ports/runtime.js';
import type { OperatorDeps } from '../http/deps.js';
import { emptySettlement, type OrderSettlement } from './settlement-csv.js';

/** One order in a settlement. Amounts are in minor units, energy in Wh, times in epoch ms. */
export interface SettlementRow extends OrderSettlement {
  /** Absent if the order is no longer stored. */
  readonly order?: SettledOrder;
  /** `not-billed`, `refund-owed`, and the kinds of its open discrepancies. */
  readonly open: readonly string[];
}

interface SettledOrder {
  readonly network: string;
  readonly stationId: string;
  readonly chargePointId: string;
  readonly connectorId: number;
  readonly state: OrderState;
  readonly outcome?: string;
  readonly transactionId?: string;
  /** `begunAt` and `endedAt` follow the charger's clock. */
  readonly begunAt?: number;
  readonly endedAt?: number;
  /** The energy registers at the start and the end. `meterBeginWh` is absent if the charger did not report it. */
  readonly meterBeginWh?: number;
  readonly meterEndWh?: number;
  readonly deliveredWh?: number;
  readonly priceLines: readonly PriceLine[];
}

/** How many orders are read at once, in one event-loop turn. */
const BATCH_SIZE = 50;
const MAX_DISCREPANCIES = 500;

type Deps = Pick<OperatorDeps, 'store' | 'view' | 'clock'>;

/** Yields the rows in batches, in the order of `sums`. */
export async function* settlementRows(
  deps: Deps,
  sums: readonly OrderSettlement[],
): AsyncIterable<readonly SettlementRow[]> {
  const live = new Map(deps.view.openOrders().map((order) => [order.id, order]));
  for (let at = 0; at < sums.length; at += BATCH_SIZE) {
    if (at > 0) await nextTurn(deps.clock);
    const batch = sums.slice(at, at + BATCH_SIZE);
    const ids = batch.map(({ orderId }) => orderId);
    const [stored, discrepancies] = [
      await deps.store.listOrders({ limit: BATCH_SIZE, ids }),
      await deps.store.listDiscrepancies({ limit: MAX_DISCREPANCIES, orderIds: ids, open: true }),
    ];
    const orders = new Map(stored.map((order) => [order.id, live.get(order.id) ?? order]));
    yield batch.map((sum) => {
      const order = orders.get(sum.orderId);
      const kinds = discrepancies.filter(({ orderId }) => orderId === sum.orderId).map(({ kind }) => kind);
      const open = [
        ...(order && !order.bill ? ['not-billed'] : []),
        ...(sum.refundsOwed > 0 ? ['refund-owed'] : []),
        ...new Set(kinds),
      ];
      return { ...sum, ...(order && { order: settledOrder(order) }), open };
    });
  }
}

/**
 * Returns all-zero sums for open orders, of one buyer app if `bapId` is given, that have no bill and whose start was
 * received within the span. Trials are left out, since nothing of them is ever posted.
 */
export function unbilledSums(
  { view }: Pick<Deps, 'view'>,
  span: { readonly from: number; readonly until: number },
  bapId: string | undefined,
): OrderSettlement[] {
  return view
    .openOrders()
    .filter(
      ({ session, bill, customer }) =>
        session !== undefined &&
        !bill &&
        !isTrial({ customer }) &&
        session.startReceivedAt >= span.from &&
        session.startReceivedAt < span.until &&
        (bapId === undefined || customer.bapId === bapId),
    )
    .map(({ id, customer, becknTransactionId, connector, tariff }) =>
      emptySettlement({
        bapId: customer.bapId,
        orderId: id,
        becknTransactionId,
        providerId: connector.providerId,
        currency: tariff.currency,
      }),
    );
}

function settledOrder({ customer, connector, state, outcome, session, bill }: Order): SettledOrder {
  const { stationId, chargePointId, connectorId } = connector;
  const isBeginKnown = session !== undefined && session.baseline === undefined;
  return {
    network: customer.network,
    stationId,
    chargePointId,
    connectorId,
    state,
    ...(outcome && { outcome: outcome.code }),
    ...(session && { transactionId: session.transactionId, begunAt: session.startedAt }),
    ...(isBeginKnown && { meterBeginWh: session.meterStartWh }),
    ...(session?.end && { endedAt: session.end.at, meterEndWh: session.end.meterStopWh }),
    ...(session && { deliveredWh: bill?.deliveredWh ?? session.meter.energyWh }),
    priceLines: bill?.lines ?? [],
  };
}
