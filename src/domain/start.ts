/** Asking a charger to begin. */
import type { Surroundings } from './decide.js';
import type { WantedEffect } from './decision.js';
import type { Order, Start } from './order.js';
import { startPlan } from './plan.js';

/**
 * The order as it waits for its transaction, and the RemoteStart that it owes. Where the charger takes power plans the
 * start carries one, so that the limit holds from the first moment; one that was refused with it is asked without.
 */
export function askStart(order: Order, start: Start, around: Surroundings): { order: Order; effect: WantedEffect } {
  const plan = around.means?.rate && start.planned !== false ? startPlan(order.caps, around.maxPowerW) : undefined;
  const asked: Start = plan ? { ...start, planned: true } : start;
  return {
    order: { ...order, state: 'starting', start: asked },
    effect: { kind: 'remote-start', notAfter: start.deadline, ...(plan && { plan }) },
  };
}
