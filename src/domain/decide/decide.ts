/**
 * The heart: order + command + now → the order as it should be and what is owed, or a refusal.
 * Pure and total: no clock, no I/O, no mutation. A repeat of a command changes nothing.
 */
import type { Decision, DecisionContext } from '../model/decision.js';
import type { OrderCommand } from '../model/command.js';
import type { Order } from '../model/order.js';
import { cancel, confirm, init, select, stop, update } from './buyer.js';
import { startByBuyer } from './buyer-start.js';
import { releaseDeferred } from './deferred-callback.js';
import {
  chargerBooted,
  chargerConnected,
  chargerDisconnected,
  connectorChanged,
  connectorOccupied,
  transactionStatusReported,
} from './connectivity.js';
import {
  transactionLimitReached,
  transactionLimitsSet,
  chargingProfileAnswered,
  startAnswered,
  stopAnswered,
} from './command-results.js';
import { reservationAnswered, reservationEnded, slotBlocked } from './reservation.js';
import { paymentUpdated, paymentRequestFailed, unlockAnswered } from './payment.js';
import { withCostDisplay } from '../billing/cost-display.js';
import { settlePayment } from './settlement.js';
import { recordSample, recordStart, recordStop, transactionSuperseded } from './transaction.js';
import { timerDue } from './timers.js';

/** Decides. `order` is absent only for `select`, `init` and `confirm`, which may open one. */
export function decide(order: Order | undefined, command: OrderCommand, around: DecisionContext): Decision {
  switch (command.type) {
    case 'select':
      return select(order, command, around);
    case 'init':
      return init(order, command, around);
    case 'confirm':
      return confirm(order, command, around);
    default:
      return order
        ? withCostDisplay(order, settlePayment(releaseDeferred(decideExisting(order, command, around)), around), around)
        : { refusal: { code: 'order-unknown', path: 'message.order_id' } };
  }
}

type ExistingOrderCommand = Exclude<OrderCommand, { type: 'select' | 'init' | 'confirm' }>;

function decideExisting(order: Order, command: ExistingOrderCommand, around: DecisionContext): Decision {
  switch (command.type) {
    case 'update':
      return update(order, command, around);
    case 'start':
      return startByBuyer(order, command, around);
    case 'stop':
      return stop(order, command, around);
    case 'cancel':
      return cancel(order, command, around);
    case 'charger-connected':
      return chargerConnected(order, around);
    case 'charger-disconnected':
      return chargerDisconnected(order, command, around);
    case 'charger-booted':
      return chargerBooted(order, around);
    case 'connector-changed':
      return connectorChanged(order, command, around);
    case 'start-answered':
      return startAnswered(order, command, around);
    case 'stop-answered':
      return stopAnswered(order, command, around);
    case 'reservation-answered':
      return reservationAnswered(order, command, around);
    case 'reservation-ended':
      return reservationEnded(order, command, around);
    case 'slot-blocked':
      return slotBlocked(order, around);
    case 'charging-profile-answered':
      return chargingProfileAnswered(order, command, around);
    case 'transaction-limits-set':
      return transactionLimitsSet(order, command);
    case 'transaction-limit-reached':
      return transactionLimitReached(order, command, around);
    case 'record-start':
      return recordStart(order, command, around);
    case 'transaction-status-reported':
      return transactionStatusReported(order, command, around);
    case 'record-sample':
      return recordSample(order, command, around);
    case 'record-stop':
      return recordStop(order, command, around);
    case 'transaction-superseded':
      return transactionSuperseded(order, around);
    case 'connector-occupied':
      return connectorOccupied(order, around);
    case 'payment-updated':
      return paymentUpdated(order, command, around);
    case 'payment-request-failed':
      return paymentRequestFailed(order, command, around);
    case 'unlock-answered':
      return unlockAnswered(order, command);
    case 'timer-due':
      return timerDue(order, around);
  }
}
