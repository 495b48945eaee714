/** What the beginning of a transaction means for the orders around it, whichever version tells it. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { OrderCommand } from '../../domain/model/command.js';
import type { Accepted, DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import type { TransactionIndex } from './transaction-index.js';
import type { ChargerCommandSender, AuthorizationStatus } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Discrepancy, TransactionRecord } from '../../ports/stored-records.js';

export interface TransactionStartDeps {
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly transactions: TransactionIndex;
  readonly catalogue: Catalogue;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
}

/** Older than this, a message is history: nothing is commanded because of it. */
export const HISTORIC_AFTER_MS = 300_000;
const REPEAT_STOP_MS = 30_000;

export const AUTHORIZATION_STATUS: Record<NonNullable<Accepted['idTagStatus']>, AuthorizationStatus> = {
  accepted: 'Accepted',
  expired: 'Expired',
  blocked: 'Blocked',
  concurrent: 'ConcurrentTx',
};

export class TransactionStart {
  readonly #deps: TransactionStartDeps;

  constructor(deps: TransactionStartDeps) {
    this.#deps = deps;
  }

  /** @unit `at` charger time, epoch ms. @shape `meterStartWh` is absent when the start did not say. */
  toRecordStart(order: Order, record: TransactionRecord, at: number, meterStartWh: number | undefined): OrderCommand {
    const { orderCache: book, catalogue } = this.#deps;
    const { chargePointId, connectorId } = record;
    const there = catalogue.site({ chargePointId, connectorId });
    const elsewhere = connectorId !== order.connector.connectorId && {
      otherConnector: {
        free: there !== undefined && book.findConnectorHolder(chargePointId, connectorId) === undefined,
        sameTariff: JSON.stringify(there?.connector.tariff) === JSON.stringify(order.tariff),
      },
    };
    return {
      type: 'record-start',
      transactionId: record.transactionId,
      startKey: record.startKey,
      connectorId,
      ...(meterStartWh !== undefined && { meterStartWh }),
      at,
      ...elsewhere,
    };
  }

  /**
   * Whoever else was on this connector has ended, or has lost it.
   * @param whose The order that began, somebody else, or nobody yet: then those who wait for the connector go on waiting.
   * @param begun `at` is absent when it cannot be read: the same tag again may then be the same start again.
   */
  async supersedeOthers(
    chargePointId: string,
    begun: { readonly connectorId: number; readonly meterStartWh: number; readonly at?: number },
    whose: Order | 'unmatched' | 'unassigned',
  ): Promise<void> {
    const { orderCache: book, orders: desk, clock } = this.#deps;
    const now = clock.now();
    const at = begun.at ?? now;
    for (const order of book.openOrdersAt(chargePointId)) {
      if (order.connector.connectorId !== begun.connectorId) continue;
      if (typeof whose === 'object' && order.id === whose.id && begun.at === undefined) continue;
      if (order.session && at >= order.session.startedAt)
        await desk.handle(order, { type: 'transaction-superseded', meterStartWh: begun.meterStartWh, at });
      else if (!order.session && whose === 'unmatched' && now - at < HISTORIC_AFTER_MS)
        await desk.handle(order, { type: 'connector-occupied' });
    }
  }

  /** The row for a transaction that no order of ours bought. */
  unmatchedDiscrepancies(
    record: TransactionRecord,
    detail: string,
    more: readonly DiscrepancyDraft[] = [],
  ): Discrepancy[] {
    const { chargePointId, transactionId } = record;
    return this.#deps.discrepancies.create(undefined, [{ kind: 'unmatched-transaction', detail }, ...more], {
      chargePointId,
      transactionId,
    });
  }

  /** A transaction that must not run is asked to end, once the charger knows its number, and again while it goes on. */
  stopUnmatched(chargePointId: string, transactionId: string, waitMs = 1000, times = 3): void {
    const { clock, commandSender: calls, transactions } = this.#deps;
    clock.callLater(waitMs, () => {
      if (!transactions.findOpen(chargePointId, transactionId)) return;
      void calls.sendCommand(chargePointId, { type: 'remote-stop', transactionId });
      if (times > 1) this.stopUnmatched(chargePointId, transactionId, REPEAT_STOP_MS, times - 1);
    });
  }
}
