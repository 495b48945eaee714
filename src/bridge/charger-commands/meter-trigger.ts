/**
 * Requests a fresh meter reading by TriggerMessage. This is best effort: a request that would come too late is not
 * sent.
 */
import type { Order } from '../../domain/model/order.js';
import type { SessionPolicy } from '../../domain/model/policy.js';
import type { ChargerCommandSender } from '../../ports/charger-commands.js';
import type { Clock } from '../../ports/runtime.js';
import type { DecisionHints, OrderEffectHandler } from '../orders/effect-handler.js';
import type { TransactionIndex } from '../transactions/transaction-index.js';

export interface MeterTriggerDeps {
  readonly transactions: Pick<TransactionIndex, 'findOpen'>;
  readonly commandSender: ChargerCommandSender;
  readonly clock: Clock;
  readonly policy: Pick<SessionPolicy, 'meterTriggerIntervalMs'>;
}

export class MeterTrigger implements OrderEffectHandler {
  readonly #deps: MeterTriggerDeps;

  constructor(deps: MeterTriggerDeps) {
    this.#deps = deps;
  }

  handleHints(order: Order, { triggerMeterValues }: DecisionHints): void {
    if (!triggerMeterValues) return;
    const { commandSender, clock, policy, transactions } = this.#deps;
    const { chargePointId, connectorId } = order.connector;
    const { transactionId = '' } = order.session ?? {};
    // A 2.x charge point reports the readings of a running transaction in its TransactionEvents.
    const is2x = transactions.findOpen(chargePointId, transactionId)?.eventRecord !== undefined;
    const requestedMessage = is2x ? 'TransactionEvent' : 'MeterValues';
    void commandSender.sendCommand(
      chargePointId,
      { type: 'trigger-message', requestedMessage, connectorId },
      { sendBefore: clock.now() + policy.meterTriggerIntervalMs },
    );
  }
}
