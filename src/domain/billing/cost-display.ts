/** What a charger with a display of its own should show of a session: its price, what it costs so far, what it came to. */
import type { Decision, DecisionContext } from '../model/decision.js';
import { stopAtWh } from '../metering/limit.js';
import { deliveredWh } from '../metering/meter.js';
import { isTerminal, type Order } from '../model/order.js';
import { type Session } from '../model/session.js';
import type { SessionPolicy } from '../model/policy.js';

/** New readings are shown so often, ms. */
const UPDATE_INTERVAL_MS = 30_000;
/** What the reading that is wanted next may be off by before it is asked for anew, Wh. */
const TRIGGER_TOLERANCE_WH = 25;

/** The decision, with what is to be shown because of it. Best effort: nothing of it is saved or repeated. */
export function withCostDisplay(before: Order, decision: Decision, { now, policy }: DecisionContext): Decision {
  if ('refusal' in decision || decision.save === 'none') return decision;
  const { order } = decision;
  const { session } = order;
  if (!session?.capabilities?.displaysCost) return decision;
  if (!before.session) return { ...decision, costDisplay: 'price' };
  if (isTerminal(order)) return isTerminal(before) ? decision : { ...decision, costDisplay: 'final' };
  if (order.state !== 'charging' && order.state !== 'suspended') return decision;
  const { at: readAt } = session.meter;
  const wanted = {
    readingAt: readAt,
    idle: order.state === 'suspended',
    meterTriggerWh: meterTriggerWh(order, session, policy),
  };
  const { displayedCost: shown } = session;
  const same =
    shown !== undefined &&
    (now - shown.at < UPDATE_INTERVAL_MS || readAt === shown.readingAt) &&
    shown.idle === wanted.idle &&
    Math.abs(shown.meterTriggerWh - wanted.meterTriggerWh) < TRIGGER_TOLERANCE_WH;
  if (same) return decision;
  return {
    ...decision,
    order: { ...order, session: { ...session, displayedCost: { at: now, ...wanted } } },
    costDisplay: 'running',
  };
}

/** Where the register stands when the stop must be asked for, Wh: a reading from there makes it precise. */
function meterTriggerWh(order: Order, session: Session, policy: SessionPolicy): number {
  const { meter } = session;
  return meter.registerWh + Math.max(0, stopAtWh(order, session, policy) - deliveredWh(meter));
}
