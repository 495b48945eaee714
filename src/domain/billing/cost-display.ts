/** What a charger's display shows of a session: the price, the running cost, and the final cost. */
import { stopAtWh } from '../metering/limit.js';
import { deliveredWh } from '../metering/meter.js';
import type { Decision, DecisionContext } from '../model/decision.js';
import { isTerminal, type Order } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';
import type { DisplayedCost, Session } from '../model/session.js';

/** How often new readings are displayed. */
const UPDATE_INTERVAL_MS = 30_000;
/** How far the register of the next wanted reading may move before the charger is asked again. */
const TRIGGER_TOLERANCE_WH = 25;

/** Adds a display update to a decision, if the charger has a display. Best effort: it is neither saved nor repeated. */
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

/** The register at which the stop must be requested, Wh. A reading there makes the stop precise. */
function meterTriggerWh(order: Order, session: Session, policy: SessionPolicy): number {
  const { meter } = session;
  return meter.registerWh + Math.max(0, stopAtWh(order, session, policy) - deliveredWh(meter));
}
