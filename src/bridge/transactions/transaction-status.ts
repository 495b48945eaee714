/** Asks a 2.x station whether a transaction is still ongoing before its session is given up. */
import type { Order } from '../../domain/model/order.js';
import { report } from '../../observe/report.js';
import type { ChargerCommandSender } from '../../ports/charger-commands.js';
import type { Events } from '../../ports/events.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { TransactionIndex } from './transaction-index.js';

export interface TransactionStatusDeps {
  readonly commandSender: ChargerCommandSender;
  readonly orders: OrderCommandHandler;
  readonly transactions: TransactionIndex;
  readonly events: Events;
}

/**
 * Sends GetTransactionStatus for each session whose end is suspected. 1.6 has no such message.
 * @source OCPP 2.0.1 E14
 */
export function checkTransactionStatuses(deps: TransactionStatusDeps, openOrders: readonly Order[]): void {
  const { commandSender, orders, transactions, events } = deps;
  for (const order of openOrders) {
    const { session, connector } = order;
    if (session?.endSuspectedSince === undefined || session.end) continue;
    const { transactionId } = session;
    if (!transactions.findOpen(connector.chargePointId, transactionId)?.eventRecord) continue;
    commandSender
      .sendCommand(connector.chargePointId, { type: 'get-transaction-status', transactionId })
      .then(async (result) => {
        if (result.kind !== 'answered' || (result.ongoing === undefined && result.messagesInQueue === undefined))
          return;
        const { ongoing = false, messagesInQueue: messagesQueued = false } = result;
        await orders.handle(order, { type: 'transaction-status-reported', ongoing, messagesQueued });
      })
      .catch((error: unknown) => report(events, 'transaction status', error, { orderId: order.id }));
  }
}
