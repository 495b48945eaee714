/** What the start of a transaction means for the orders at its charge point, whichever OCPP version reports it. */
import type { Catalogue } from '../../domain/locations/catalogue.js';
import type { OrderCommand } from '../../domain/model/command.js';
import type { Accepted, DiscrepancyDraft } from '../../domain/model/decision.js';
import type { Order } from '../../domain/model/order.js';
import type { ChargerCommandSender } from '../../ports/charger-commands.js';
import type { AuthorizationStatus } from '../../ports/charger-events.js';
import type { Clock } from '../../ports/runtime.js';
import type { Discrepancy, TransactionRecord } from '../../ports/stored-records.js';
import type { DiscrepancyFactory } from '../orders/discrepancies.js';
import type { OrderCache } from '../orders/order-cache.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { TransactionIndex } from './transaction-index.js';

export interface TransactionStartDeps {
  readonly orderCache: OrderCache;
  readonly orders: OrderCommandHandler;
  readonly discrepancies: DiscrepancyFactory;
  readonly transactions: TransactionIndex;
  readonly catalogue: Catalogue;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
}

/** A message older than this causes no command to the charger. */
const HISTORIC_AFTER_MS = 300_000;
/** No charger keeps its messages that long: its clock is not set. */
const IMPOSSIBLE_AFTER_MS = 30 * 86_400_000;

/**
 * Whether a message reports what is long over. An impossible date does not: it only shows that a clock is not set.
 * @param order The order whose tag the message carries: nothing with its tag happened before the order.
 * @unit  Epoch ms; `at` in charger time.
 */
export function isHistoric(at: number, now: number, order?: Pick<Order, 'createdAt'>): boolean {
  const ageMs = now - at;
  const isPossible = ageMs < IMPOSSIBLE_AFTER_MS && at >= (order?.createdAt ?? -Infinity) - HISTORIC_AFTER_MS;
  return ageMs >= HISTORIC_AFTER_MS && isPossible;
}
const FIRST_STOP_MS = 1000;
const REPEAT_STOP_MS = 30_000;
const STOP_ATTEMPTS = 3;

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

  /** @unit `at` charger time, epoch ms. @shape `meterStartWh` is undefined when the start did not contain it. */
  toRecordStart(order: Order, record: TransactionRecord, at: number, meterStartWh: number | undefined): OrderCommand {
    const { orderCache, catalogue } = this.#deps;
    const { chargePointId, connectorId, transactionId, startKey } = record;
    const site = catalogue.site({ chargePointId, connectorId });
    const otherConnector = connectorId !== order.connector.connectorId && {
      otherConnector: {
        free: site !== undefined && orderCache.findConnectorHolder(chargePointId, connectorId) === undefined,
        sameTariff: JSON.stringify(site?.connector.tariff) === JSON.stringify(order.tariff),
      },
    };
    return {
      type: 'record-start',
      transactionId,
      startKey,
      connectorId,
      ...(meterStartWh !== undefined && { meterStartWh }),
      at,
      ...otherConnector,
    };
  }

  /**
   * Every other order on the connector has ended, or has lost the connector.
   * @param start `at` is absent when it cannot be read: a start with the same tag may then repeat an earlier one.
   * @param owner The order that the transaction belongs to. `unmatched`: it belongs to none. `unassigned`: that is not
   *   known yet, and orders that wait for the connector keep waiting.
   */
  async supersedeOthers(
    chargePointId: string,
    start: { readonly connectorId: number; readonly meterStartWh: number; readonly at?: number },
    owner: Order | 'unmatched' | 'unassigned',
  ): Promise<void> {
    const { orderCache, orders, clock } = this.#deps;
    const now = clock.now();
    const isDated = start.at !== undefined && now - start.at < IMPOSSIBLE_AFTER_MS;
    const at = isDated ? (start.at ?? now) : now;
    for (const order of orderCache.openOrdersAt(chargePointId)) {
      if (order.connector.connectorId !== start.connectorId) continue;
      if (typeof owner === 'object' && order.id === owner.id && start.at === undefined) continue;
      if (order.session && at >= order.session.startedAt)
        await orders.handle(order, { type: 'transaction-superseded', meterStartWh: start.meterStartWh, at });
      else if (!order.session && owner === 'unmatched' && !isHistoric(at, now))
        await orders.handle(order, { type: 'connector-occupied' });
    }
  }

  /** The discrepancies for a transaction that belongs to no order. */
  unmatchedDiscrepancies(
    { chargePointId, transactionId }: TransactionRecord,
    detail: string,
    others: readonly DiscrepancyDraft[] = [],
  ): Discrepancy[] {
    return this.#deps.discrepancies.create(undefined, [{ kind: 'unmatched-transaction', detail }, ...others], {
      chargePointId,
      transactionId,
    });
  }

  /**
   * Stops a transaction that must not continue: first after a second, when the charger has received its transaction
   * id, then every 30 seconds while it stays open, three times in all.
   */
  stopUnmatched(chargePointId: string, transactionId: string): void {
    this.#stopAfter(FIRST_STOP_MS, chargePointId, transactionId, STOP_ATTEMPTS);
  }

  #stopAfter(waitMs: number, chargePointId: string, transactionId: string, attempts: number): void {
    const { clock, commandSender, transactions } = this.#deps;
    clock.callLater(waitMs, () => {
      if (!transactions.findOpen(chargePointId, transactionId)) return;
      void commandSender.sendCommand(chargePointId, { type: 'remote-stop', transactionId });
      if (attempts > 1) this.#stopAfter(REPEAT_STOP_MS, chargePointId, transactionId, attempts - 1);
    });
  }
}
