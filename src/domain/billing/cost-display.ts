/** What a charger with a display of its own should show of a session: its price, what it costs so far, what it came to. */
import type { Decision } from '../model/decision.js';
import type { Surroundings } from '../decide/decide.js';
import { stopAtWh } from '../metering/limit.js';
import { deliveredWh } from '../metering/meter.js';
import { isTerminal, type Order, type Session } from '../model/order.js';
import type { SessionPolicy } from '../model/policy.js';

/** New readings are shown so often, ms. */
const EVERY_MS = 30_000;
/** What the reading that is wanted next may be off by before it is asked for anew, Wh. */
const CLOSE_WH = 25;

/** The decision, with what is to be shown because of it. Best effort: nothing of it is saved or repeated. */
export function withShown(before: Order, decision: Decision, { now, policy }: Surroundings): Decision {
  if ('refusal' in decision || decision.save === 'none') return decision;
  const { order } = decision;
  const { session } = order;
  if (!session?.means?.showsCost) return decision;
  if (!before.session) return { ...decision, show: 'price' };
  if (isTerminal(order)) return isTerminal(before) ? decision : { ...decision, show: 'final' };
  if (order.state !== 'charging' && order.state !== 'suspended') return decision;
  const { at: readAt } = session.meter;
  const wanted = { readAt, idle: order.state === 'suspended', readingAtWh: readingAtWh(order, session, policy) };
  const { shown } = session;
  const same =
    shown !== undefined &&
    (now - shown.at < EVERY_MS || readAt === shown.readAt) &&
    shown.idle === wanted.idle &&
    Math.abs(shown.readingAtWh - wanted.readingAtWh) < CLOSE_WH;
  if (same) return decision;
  return { ...decision, order: { ...order, session: { ...session, shown: { at: now, ...wanted } } }, show: 'running' };
}

/** Where the register stands when the stop must be asked for, Wh: a reading from there makes it precise. */
function readingAtWh(order: Order, session: Session, policy: SessionPolicy): number {
  const { meter } = session;
  return meter.registerWh + Math.max(0, stopAtWh(order, session, policy) - deliveredWh(meter));
}
