/**
 * The heart: order + command + now → the order as it should be and what is owed, or a refusal.
 * Pure and total: no clock, no I/O, no mutation. A repeat of a command changes nothing.
 */
import type { Decision } from '../model/decision.js';
import type { OrderCommand } from '../model/command.js';
import type { Json, Order, Peer, Slot } from '../model/order.js';
import type { Means } from '../metering/charger-capabilities.js';
import type { SessionPolicy } from '../model/policy.js';
import { cancel, confirm, init, select, stop, update } from './buyer.js';
import { begin } from './buyer-start.js';
import { settleDeferred } from './deferred-callback.js';
import {
  chargerBooted,
  chargerConnected,
  chargerDisconnected,
  connectorChanged,
  connectorLost,
  sessionChecked,
} from './connectivity.js';
import { limitHit, limitsKept, planAnswered, startAnswered, stopAnswered } from './command-results.js';
import { reserveAnswered, reserveEnded, slotBlocked } from './reservation.js';
import { paymentChanged, paymentRefused, unlockAnswered } from './payment.js';
import { withShown } from '../billing/cost-display.js';
import { settlePayment } from './settlement.js';
import { recordSample, recordStart, recordStop, superseded } from './transaction.js';
import { wake } from './timers.js';

/** What a decision may look at besides the order. */
export interface Surroundings {
  /** Epoch ms. */
  readonly now: number;
  readonly policy: SessionPolicy;
  /** Rated power of the ordered connector, W. */
  readonly maxPowerW: number;
  /** Slots of other orders on the ordered connector, where one is being ordered. */
  readonly booked?: readonly Slot[];
  /** What its charger can do to hold a limit, where a session may begin. */
  readonly means?: Means;
  /** For an order that does not exist yet: its names, from the random port, and whom it is for. */
  readonly opening?: {
    readonly orderId: string;
    readonly quoteId: string;
    readonly peer: Peer;
    readonly becknTransactionId: string;
    readonly conversation: Json;
  };
}

/** Decides. `order` is absent only for `select`, `init` and `confirm`, which may open one. */
export function decide(order: Order | undefined, command: OrderCommand, around: Surroundings): Decision {
  switch (command.type) {
    case 'select':
      return select(order, command, around);
    case 'init':
      return init(order, command, around);
    case 'confirm':
      return confirm(order, command, around);
    default:
      return order
        ? withShown(order, settlePayment(settleDeferred(decideExisting(order, command, around)), around), around)
        : { refusal: { code: 'order-unknown', path: 'message.order_id' } };
  }
}

type Existing = Exclude<OrderCommand, { type: 'select' | 'init' | 'confirm' }>;

function decideExisting(order: Order, command: Existing, around: Surroundings): Decision {
  switch (command.type) {
    case 'update':
      return update(order, command, around);
    case 'start':
      return begin(order, command, around);
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
    case 'reserve-answered':
      return reserveAnswered(order, command, around);
    case 'reserve-ended':
      return reserveEnded(order, command, around);
    case 'slot-blocked':
      return slotBlocked(order, around);
    case 'plan-answered':
      return planAnswered(order, command, around);
    case 'limits-kept':
      return limitsKept(order, command);
    case 'limit-hit':
      return limitHit(order, command, around);
    case 'record-start':
      return recordStart(order, command, around);
    case 'session-checked':
      return sessionChecked(order, command, around);
    case 'record-sample':
      return recordSample(order, command, around);
    case 'record-stop':
      return recordStop(order, command, around);
    case 'superseded':
      return superseded(order, around);
    case 'connector-lost':
      return connectorLost(order, around);
    case 'payment-changed':
      return paymentChanged(order, command, around);
    case 'payment-refused':
      return paymentRefused(order, command, around);
    case 'unlock-answered':
      return unlockAnswered(order, command);
    case 'wake':
      return wake(order, around);
  }
}
