/** Asks a charge point whether a transaction is still running, before its session is given up. */
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { ChargerCommandSender } from '../../ports/charger-commands.js';
import type { Events } from '../../ports/events.js';
import type { DecisionHints, OrderEffectHandler } from '../orders/effect-handler.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { TransactionIndex } from './transaction-index.js';

export interface TransactionStatusDeps {
  readonly commandSender: ChargerCommandSender;
  readonly orders: OrderCommandHandler;
  readonly transactions: TransactionIndex;
  readonly events: Events;
}

/**
 * Sends GetTransactionStatus for each session whose end is suspected. Skips 1.6, which has no such message.
 * @source OCPP 2.0.1 E14
 */
export function checkTransactionStatuses(deps: TransactionStatusDeps, openOrders: readonly Order[]): void {
  for (const order of openOrders) {
    const { session, connector } = order;
    if (session?.endSuspectedSince === undefined || session.end) continue;
    const { transactionId } = session;
    if (deps.transactions.findOpen(connector.chargePointId, transactionId)?.eventRecord)
      requestTransactionStatus(deps, order, transactionId);
  }
}

function requestTransactionStatus(deps: TransactionStatusDeps, order: Order, transactionId: string): void {
  const { commandSender, orders, events } = deps;
  commandSender
    .sendCommand(order.connector.chargePointId, { type: 'get-transaction-status', transactionId })
    .then(async (result) => {
      // Without the indicator, a station says nothing of the transaction; of an unknown one, it says false (E14.FR.01).
      if (result.kind !== 'answered' || result.ongoing === undefined) return;
      const { ongoing, messagesInQueue: messagesQueued = false } = result;
      await orders.handle(order, { type: 'transaction-status-reported', ongoing, messagesQueued });
    })
    .catch((error: unknown) => report(events, 'transaction status', error, { orderId: order.id }));
}

/**
 * Checks whether an order's transaction is running: in 2.x by GetTransactionStatus; in 1.6 by requesting the
 * connector's status, which shows a running transaction.
 */
export class TransactionCheck implements OrderEffectHandler {
  readonly #deps: TransactionStatusDeps;

  constructor(deps: TransactionStatusDeps) {
    this.#deps = deps;
  }

  handleHints(order: Order, { checkTransaction }: DecisionHints): void {
    const { session, connector } = order;
    if (!checkTransaction || !session) return;
    const { chargePointId, connectorId } = connector;
    if (this.#deps.transactions.findOpen(chargePointId, session.transactionId)?.eventRecord)
      return requestTransactionStatus(this.#deps, order, session.transactionId);
    void this.#deps.commandSender.sendCommand(chargePointId, {
      type: 'trigger-message',
      requestedMessage: 'StatusNotification',
      connectorId,
    });
  }
}
