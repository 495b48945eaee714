/** Before an open session is given up, its station is asked whether it goes on; a version without words for it is not. */
import type { Order } from '../../domain/model/order.js';
import type { OrderCommandHandler } from '../orders/order-command-handler.js';
import type { TransactionIndex } from './transaction-index.js';
import type { ChargerCommandSender } from '../../ports/charger-events.js';
import { report } from '../../observe/report.js';
import type { Events } from '../../ports/events.js';

/** @source OCPP 2.0.1 E14 */
export function checkTransactionStatuses(
  deps: {
    readonly commandSender: ChargerCommandSender;
    readonly orders: OrderCommandHandler;
    readonly transactions: TransactionIndex;
    readonly events: Events;
  },
  orders: readonly Order[],
): void {
  for (const order of orders) {
    const { session, connector } = order;
    if (session?.endSuspectedSince === undefined || session.end) continue;
    const { transactionId } = session;
    if (!deps.transactions.findOpen(connector.chargePointId, transactionId)?.eventRecord) continue;
    deps.commandSender
      .sendCommand(connector.chargePointId, { type: 'get-transaction-status', transactionId })
      .then(async (answer) => {
        if (answer.kind !== 'answered' || (answer.ongoing === undefined && answer.messagesInQueue === undefined))
          return;
        const { ongoing = false, messagesInQueue: queued = false } = answer;
        await deps.orders.handle(order, { type: 'transaction-status-reported', ongoing, messagesQueued: queued });
      })
      .catch((error: unknown) => report(deps.events, 'transaction status', error, { orderId: order.id }));
  }
}
