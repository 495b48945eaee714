/** Before an open session is given up, its station is asked whether it goes on; a version without words for it is not. */
import type { Order } from '../../domain/model/order.js';
import type { Desk } from '../orders/order-command-handler.js';
import type { Transactions } from './transaction-index.js';
import type { ChargerCalls } from '../../ports/charger-events.js';
import type { Events } from '../../ports/events.js';

/** @source OCPP 2.0.1 E14 */
export function checkSessions(
  deps: {
    readonly calls: ChargerCalls;
    readonly desk: Desk;
    readonly transactions: Transactions;
    readonly events: Events;
  },
  orders: readonly Order[],
): void {
  for (const order of orders) {
    const { session, connector } = order;
    if (session?.unsureSince === undefined || session.end) continue;
    const { transactionId } = session;
    if (!deps.transactions.open(connector.chargePointId, transactionId)?.told) continue;
    deps.calls
      .call(connector.chargePointId, { type: 'ask-transaction', transactionId })
      .then(async (answer) => {
        if (answer.kind !== 'answered' || (answer.ongoing === undefined && answer.queued === undefined)) return;
        const { ongoing = false, queued = false } = answer;
        await deps.desk.apply(order, { type: 'session-checked', ongoing, queued });
      })
      .catch((error: unknown) => deps.events.emit('store.failed', { problem: String(error) }));
  }
}
