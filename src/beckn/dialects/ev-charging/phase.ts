/** Determines the phase of an order, from which these dialects derive their status and state codes. */
import { isEndedByProvider } from '../../../domain/decide/results.js';
import { isTerminal, type Order } from '../../../domain/model/order.js';
import type { Phase } from './spelling.js';

type PhaseInput = Pick<Order, 'state' | 'initiated' | 'awaitsBuyerStart' | 'connectorState' | 'outcome'>;

/**
 * Returns the phase of an order. It is `faulted` while the connector reports a fault during charging, and `aborted` if
 * the order failed, or was completed but ended by the provider (`isEndedByProvider`).
 */
export function phaseOf(order: PhaseInput): Phase {
  switch (order.state) {
    case 'draft':
      return order.initiated ? 'initiated' : 'quoted';
    case 'confirmed':
      return order.awaitsBuyerStart ? 'confirmed' : 'starting';
    case 'starting':
      return 'starting';
    case 'charging':
    case 'suspended':
    case 'offline':
      return order.connectorState.status === 'Faulted' ? 'faulted' : 'charging';
    case 'stopping':
    case 'provisional':
      return 'stopping';
    case 'completed':
      return isEndedByProvider(order) ? 'aborted' : 'ended';
    case 'cancelled':
      return 'cancelled';
    case 'failed':
      return 'aborted';
  }
}

/** Returns core 1.x `Order.status`; `undefined` before the order is confirmed. */
export function orderStatus(order: PhaseInput): 'ACTIVE' | 'COMPLETE' | 'CANCELLED' | undefined {
  if (order.state === 'draft') return undefined;
  if (!isTerminal(order)) return 'ACTIVE';
  return phaseOf(order) === 'ended' ? 'COMPLETE' : 'CANCELLED';
}
