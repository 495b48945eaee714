/** An order's state in this network's three machines: the order, the session, the connector. */
import type { Order, OrderState } from '../../../domain/model/order.js';

type OrderWord = 'CREATED' | 'PENDING' | 'CONFIRMED' | 'INPROGRESS' | 'COMPLETED' | 'CANCELLED' | 'REJECTED';
type SessionWord = 'PENDING' | 'ACTIVE' | 'COMPLETED' | 'INTERRUPTED';

const WORDS: Readonly<Record<OrderState, readonly [OrderWord, SessionWord | undefined]>> = {
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

/** A draft that is paid for waits for its confirm: PENDING. */
export function orderStatus(order: Order): OrderWord {
  return order.state === 'draft' && order.payment ? 'PENDING' : WORDS[order.state][0];
}

/** `undefined` where there is nothing to fulfil: before the confirm, and after a cancellation. */
export function sessionStatus({ state, outcome, connectorState }: Order): SessionWord | undefined {
  const word = WORDS[state][1];
  if (word === 'COMPLETED') return BROKEN.has(outcome?.code ?? '') ? 'INTERRUPTED' : word;
  return word === 'ACTIVE' && connectorState.status === 'Faulted' ? 'INTERRUPTED' : word;
}

const BROKEN: ReadonlySet<string> = new Set(['charger-fault', 'power-loss']);

/** Whether the cable is plugged in, while that is the question: between the confirm and the start of charging. */
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
