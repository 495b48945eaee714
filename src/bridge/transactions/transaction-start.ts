/** What the beginning of a transaction means for the orders around it, whichever version tells it. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { OrderCommand } from '../../domain/model/command.js';
import type { Accepted, WantedRow } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { Book } from '../orders/order-cache.js';
import type { Desk } from '../orders/order-command-handler.js';
import type { Scribe } from '../orders/effect-factory.js';
import type { Transactions } from './transaction-index.js';
import type { ChargerCalls, TagStatus } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { ReconciliationRow, TransactionRecord } from '../../ports/store.js';

export interface StartsDeps {
  readonly book: Book;
  readonly desk: Desk;
  readonly scribe: Scribe;
  readonly transactions: Transactions;
  readonly catalogue: Catalogue;
  readonly calls: ChargerCalls;
  readonly clock: Clock;
}

/** Older than this, a message is history: nothing is commanded because of it. */
export const HISTORY_MS = 300_000;
const FOREIGN_AGAIN_MS = 30_000;

export const TAG: Record<NonNullable<Accepted['tag']>, TagStatus> = {
  accepted: 'Accepted',
  expired: 'Expired',
  blocked: 'Blocked',
  concurrent: 'ConcurrentTx',
};

export class Starts {
  readonly #deps: StartsDeps;

  constructor(deps: StartsDeps) {
    this.#deps = deps;
  }

  /** @unit `at` charger time, epoch ms. @shape `meterStartWh` is absent when the start did not say. */
  command(order: Order, record: TransactionRecord, at: number, meterStartWh: number | undefined): OrderCommand {
    const { book, catalogue } = this.#deps;
    const { chargePointId, connectorId } = record;
    const there = catalogue.site({ chargePointId, connectorId });
    const elsewhere = connectorId !== order.connector.connectorId && {
      elsewhere: {
        free: there !== undefined && book.holder(chargePointId, connectorId) === undefined,
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
  async displace(
    chargePointId: string,
    begun: { readonly connectorId: number; readonly meterStartWh: number; readonly at?: number },
    whose: Order | 'foreign' | 'nobody',
  ): Promise<void> {
    const { book, desk, clock } = this.#deps;
    const now = clock.now();
    const at = begun.at ?? now;
    for (const order of book.at(chargePointId)) {
      if (order.connector.connectorId !== begun.connectorId) continue;
      if (typeof whose === 'object' && order.id === whose.id && begun.at === undefined) continue;
      if (order.session && at >= order.session.startedAt)
        await desk.apply(order, { type: 'superseded', meterStartWh: begun.meterStartWh, at });
      else if (!order.session && whose === 'foreign' && now - at < HISTORY_MS)
        await desk.apply(order, { type: 'connector-lost' });
    }
  }

  /** The row for a transaction that no order of ours bought. */
  orphan(record: TransactionRecord, detail: string, more: readonly WantedRow[] = []): ReconciliationRow[] {
    const { chargePointId, transactionId } = record;
    return this.#deps.scribe.rows(undefined, [{ kind: 'orphan-transaction', detail }, ...more], {
      chargePointId,
      transactionId,
    });
  }

  /** A transaction that must not run is asked to end, once the charger knows its number, and again while it goes on. */
  endForeign(chargePointId: string, transactionId: string, waitMs = 1000, times = 3): void {
    const { clock, calls, transactions } = this.#deps;
    clock.after(waitMs, () => {
      if (!transactions.open(chargePointId, transactionId)) return;
      void calls.call(chargePointId, { type: 'remote-stop', transactionId });
      if (times > 1) this.endForeign(chargePointId, transactionId, FOREIGN_AGAIN_MS, times - 1);
    });
  }
}
