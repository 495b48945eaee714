/** Converts the order's state to the three status fields of this network: order, session and connector. */
import { amountReceived } from '../../../domain/model/payment.js';
import type { Order, OrderState, Outcome } from '../../../domain/model/order.js';

type OrderStatus = 'CREATED' | 'PENDING' | 'CONFIRMED' | 'INPROGRESS' | 'COMPLETED' | 'CANCELLED' | 'REJECTED';
type SessionStatus = 'PENDING' | 'ACTIVE' | 'COMPLETED' | 'INTERRUPTED';

const STATUSES_BY_STATE: Readonly<Record<OrderState, readonly [OrderStatus, SessionStatus | undefined]>> = {
  draft: ['CREATED', undefined],
  confirmed: ['CONFIRMED', 'PENDING'],
  starting: ['CONFIRMED', 'PENDING'],
  charging: ['INPROGRESS', 'ACTIVE'],
  suspended: ['INPROGRESS', 'ACTIVE'],
  offline: ['INPROGRESS', 'INTERRUPTED'],
  stopping: ['INPROGRESS', 'ACTIVE'],
  provisional: ['INPROGRESS', 'INTERRUPTED'],
  completed: ['COMPLETED', 'COMPLETED'],
  cancelled: ['CANCELLED', undefined],
  failed: ['REJECTED', 'INTERRUPTED'],
};

/** Returns the order's status. A draft that is paid or authorised is PENDING, because it waits only for `confirm`. */
export function orderStatus(order: Order): OrderStatus {
  return order.state === 'draft' && amountReceived(order.payment) > 0 ? 'PENDING' : STATUSES_BY_STATE[order.state][0];
}

/**
 * Returns the session status; `undefined` before the order is confirmed and after it is cancelled, when there is
 * nothing to fulfil.
 */
export function sessionStatus({ state, outcome, connectorState }: Order): SessionStatus | undefined {
  const status = STATUSES_BY_STATE[state][1];
  if (status === 'COMPLETED') return INTERRUPTING_OUTCOMES.has(outcome?.code ?? '') ? 'INTERRUPTED' : status;
  return status === 'ACTIVE' && connectorState.status === 'Faulted' ? 'INTERRUPTED' : status;
}

const INTERRUPTING_OUTCOMES: ReadonlySet<string> = new Set(['charger-fault', 'power-loss', 'stopped-by-operator']);

/** Returns why an ended session was interrupted; `undefined` for any other order. */
export function interruptionOf({ state, outcome }: Order): Outcome | undefined {
  return state === 'completed' && outcome && INTERRUPTING_OUTCOMES.has(outcome.code) ? outcome : undefined;
}

/** Returns the connector's status once the order is confirmed and until charging starts; otherwise `undefined`. */
export function connectorStatus(order: Order): 'AVAILABLE' | 'PREPARING' | 'UNAVAILABLE' | undefined {
  if (sessionStatus(order) !== 'PENDING') return undefined;
  switch (order.connectorState.status) {
    case 'Available':
    case 'Reserved':
      return 'AVAILABLE';
    case 'Preparing':
      return 'PREPARING';
    case 'Charging':
    case 'SuspendedEV':
    case 'SuspendedEVSE':
    case 'Finishing':
    case 'Unavailable':
    case 'Faulted':
      return 'UNAVAILABLE';
  }
}
