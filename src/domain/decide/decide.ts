/** Decides what a command does to an order: returns the next order and its new effects, or a refusal. */
import { withCostDisplay } from '../billing/cost-display.js';
import type { CommandOf, OrderCommand } from '../model/command.js';
import type { Decision, DecisionContext } from '../model/decision.js';
import type { Order } from '../model/order.js';
import { startByBuyer } from './buyer-start.js';
import { cancel, confirm, init, select, stop, update } from './buyer.js';
import {
  chargingProfileAnswered,
  startAnswered,
  stopAnswered,
  transactionLimitReached,
  transactionLimitsSet,
} from './command-results.js';
import {
  chargerBooted,
  chargerConnected,
  chargerDisconnected,
  connectorChanged,
  transactionStatusReported,
} from './connectivity.js';
import { releaseDeferred } from './deferred-callback.js';
import { paymentRequestFailed, paymentUpdated, unlockAnswered } from './payment.js';
import { reservationAnswered, reservationEnded, slotBlocked } from './reservation.js';
import { close } from './session-end.js';
import { settlePayment, withholdUnpaid } from './settlement.js';
import { timerDue } from './timers.js';
import { recordSample, recordStart, recordStop, transactionSuperseded } from './transaction.js';

/**
 * Applies a command to an order. It uses no clock or I/O, and leaves its arguments unchanged.
 * @param order May be `undefined` for `select`, `init` and `confirm`, which can create an order.
 * @errors `order-unknown` if another command has no order; otherwise the refusals of the command.
 */
export function decide(order: Order | undefined, command: OrderCommand, context: DecisionContext): Decision {
  switch (command.type) {
    case 'select':
      return select(order, command, context);
    case 'init':
      return init(order, command, context);
    case 'confirm':
      return confirm(order, command, context);
    default: {
      if (!order) return { refusal: { code: 'order-unknown', path: 'message.order_id' } };
      const decision = applyCommand(order, command.type, command, context);
      return withCostDisplay(
        order,
        settlePayment(releaseDeferred(withholdUnpaid(decision, context)), context),
        context,
      );
    }
  }
}

type ExistingOrderCommand = Exclude<OrderCommand['type'], 'select' | 'init' | 'confirm'>;

type Handlers = {
  readonly [T in ExistingOrderCommand]: (order: Order, command: CommandOf<T>, context: DecisionContext) => Decision;
};

function applyCommand<T extends ExistingOrderCommand>(
  order: Order,
  type: T,
  command: CommandOf<T>,
  context: DecisionContext,
): Decision {
  return HANDLERS[type](order, command, context);
}

const HANDLERS: Handlers = {
  update,
  start: startByBuyer,
  stop,
  cancel,
  close,
  'charger-connected': (order, _command, context) => chargerConnected(order, context),
  'charger-disconnected': chargerDisconnected,
  'charger-booted': (order, _command, context) => chargerBooted(order, context),
  'connector-changed': connectorChanged,
  'start-answered': startAnswered,
  'stop-answered': stopAnswered,
  'charging-profile-answered': chargingProfileAnswered,
  'reservation-answered': reservationAnswered,
  'reservation-ended': reservationEnded,
  'slot-blocked': (order, _command, context) => slotBlocked(order, context),
  'transaction-limits-set': transactionLimitsSet,
  'transaction-limit-reached': transactionLimitReached,
  'record-start': recordStart,
  'record-sample': recordSample,
  'record-stop': recordStop,
  'transaction-status-reported': transactionStatusReported,
  'transaction-superseded': transactionSuperseded,
  'payment-updated': paymentUpdated,
  'payment-request-failed': paymentRequestFailed,
  'unlock-answered': unlockAnswered,
  'timer-due': (order, _command, context) => timerDue(order, context),
};
