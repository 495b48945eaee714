/** When a session must be stopped so that what it delivers stays within what was authorised. */
import { lastedMs } from './meter.js';
import type { Caps, Limit, Order, Session, StopReason } from './order.js';
import { checkLimit, energyForTotal, energyOfLimit } from './tariff.js';
import type { Connector } from './network.js';

export { checkLimit };

/** How far a session with this limit may go, within an authorised amount (minor units). */
export function capsOf(
  connector: Pick<Connector, 'tariff' | 'maxPowerW' | 'socQuoteWh'>,
  limit: Limit,
  authorised: number,
): Caps {
  const payable = energyForTotal(connector.tariff, authorised);
  const energyWh =
    limit.kind === 'energy' || limit.kind === 'amount' ? Math.min(payable, energyOfLimit(connector, limit)) : payable;
  return {
    energyWh,
    ...(limit.kind === 'time' && { timeMs: limit.value * 1000 }),
    ...(limit.kind === 'soc' && { socPercent: limit.value }),
  };
}

/** Watts that flow now, as far as is known. A suspended session draws nothing. */
function flowingW(order: Order): number {
  return order.state === 'suspended' ? 0 : (order.session?.meter.powerW ?? 0);
}

/** Energy by `at` if the power of the last sample goes on, Wh. */
export function predictedWh(order: Order, session: Session, at: number): number {
  const ms = Math.max(0, at - session.meter.receivedAt);
  return session.meter.energyWh + Math.floor((flowingW(order) * ms) / 3_600_000);
}

/** Whether the session must be stopped now, given that a stop takes `latencyMs` to bite. */
export function limitReached(order: Order, session: Session, now: number, latencyMs: number): StopReason | undefined {
  const { caps, limit } = order;
  if (predictedWh(order, session, now + latencyMs) >= caps.energyWh) {
    return limit.kind === 'energy' ? 'limit-energy' : 'limit-amount';
  }
  if (caps.timeMs !== undefined && lastedMs(session, session.meter.at, now) + latencyMs >= caps.timeMs)
    return 'limit-time';
  if (caps.socPercent !== undefined && (session.meter.soc ?? 0) >= caps.socPercent) return 'limit-soc';
  return undefined;
}

/** When `limitReached` will next become true if nothing else is heard; `undefined` when no time will do it. */
export function limitDueAt(order: Order, session: Session, latencyMs: number): number | undefined {
  const power = flowingW(order);
  let due = Infinity;
  if (power > 0) {
    const ms = Math.ceil(((order.caps.energyWh - session.meter.energyWh) * 3_600_000) / power);
    due = session.meter.receivedAt + Math.max(0, ms - latencyMs);
  }
  if (order.caps.timeMs !== undefined) due = Math.min(due, session.startReceivedAt + order.caps.timeMs - latencyMs);
  return due === Infinity ? undefined : due;
}
