/** Decides when to update a charger's display with the price, the running cost or the final cost. */
import { stopAtWh } from '../metering/limit.js';
import { deliveredWh } from '../metering/meter.js';
import type { Decision, DecisionContext } from '../model/decision.js';
import { isTerminal, type Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { DisplayedCost, Session } from '../model/session.js';

/** Minimum interval between updates that show only a newer reading. */
const UPDATE_INTERVAL_MS = 30_000;
/** The register value for the next reading is sent again only if it has moved by at least this much. */
const TRIGGER_TOLERANCE_WH = 25;

/**
 * Adds a display update to a decision if the charger has a display and an update is due. A failed one is not repeated.
 */
export function withCostDisplay(before: Order, decision: Decision, { now, policy }: DecisionContext): Decision {
  if ('refusal' in decision || decision.save === 'none') return decision;
  const { order } = decision;
  const { session } = order;
  if (!session?.capabilities?.displaysCost) return decision;
  if (!before.session) return { ...decision, costDisplay: 'price' };
  if (isTerminal(order)) return isTerminal(before) ? decision : { ...decision, costDisplay: 'final' };
  if (order.state !== 'charging' && order.state !== 'suspended') return decision;
  const next: DisplayedCost = {
    at: now,
    readingAt: session.meter.at,
    idle: order.state === 'suspended',
    meterTriggerWh: meterTriggerWh(order, session, policy),
  };
  if (session.displayedCost && isDisplayed(session.displayedCost, next)) return decision;
  return {
    ...decision,
    order: { ...order, session: { ...session, displayedCost: next } },
    costDisplay: 'running',
  };
}

function isDisplayed(current: DisplayedCost, next: DisplayedCost): boolean {
  const isRecent = next.at - current.at < UPDATE_INTERVAL_MS || next.readingAt === current.readingAt;
  const triggerShiftWh = Math.abs(current.meterTriggerWh - next.meterTriggerWh);
  return isRecent && current.idle === next.idle && triggerShiftWh < TRIGGER_TOLERANCE_WH;
}

/** Returns the register value at which the stop must be requested, Wh. A reading there makes the stop precise. */
function meterTriggerWh(order: Order, session: Session, policy: SessionPolicy): number {
  const { meter } = session;
  return meter.registerWh + Math.max(0, stopAtWh(order, session, policy) - deliveredWh(meter));
}
