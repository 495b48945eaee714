/** The order's state in the words of these dialects. */
import { isEndedByProvider } from '../../../domain/decide/results.js';
import { isTerminal, type Order } from '../../../domain/model/order.js';
import type { Phase } from './spelling.js';

type PhaseInput = Pick<Order, 'state' | 'initiated' | 'awaitsBuyerStart' | 'connectorState' | 'outcome'>;

/** A fault is told while it lasts, and for good when it ended the order. */
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
      return isEndedByProvider(order) ? 'broken' : 'ended';
    case 'cancelled':
      return 'cancelled';
    case 'failed':
      return 'broken';
  }
}

/** Core 1.x `Order.status`; none before something was confirmed. */
export function orderStatus(order: PhaseInput): 'ACTIVE' | 'COMPLETE' | 'CANCELLED' | undefined {
  if (order.state === 'draft') return undefined;
  if (!isTerminal(order)) return 'ACTIVE';
  return phaseOf(order) === 'ended' ? 'COMPLETE' : 'CANCELLED';
}
