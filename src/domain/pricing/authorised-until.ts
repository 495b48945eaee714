/** Calculates how long the amount of an order lasts if its tariff prices more than energy. */
import type { Order } from '../model/order.js';
import type { ChargingPeriods } from '../model/session.js';
import { hasSteps } from './charging-cost.js';
import { changeTimes, extendPeriods, IDLE_W, openChargingPeriods } from './charging-periods.js';
import { largestPassing } from './largest-passing.js';
import { price } from './pricing.js';

const HOUR_MS = 3_600_000;
/** Precision of the result: a stop cannot be timed more precisely, and the calculation is repeated for each reading. */
const PRECISION_MS = 250;
const PRECISION_RATIO = 100;
/** How far ahead to look. A reading will repeat the calculation long before that. */
const LOOKAHEAD_MS = 2 * 86_400_000;

/** The parts of an order that determine the maximum of its bill. */
export type Payable = Pick<Order, 'tariff' | 'limit' | 'caps' | 'quote' | 'authorised' | 'offer' | 'buyerFinderFee'>;

/**
 * Returns the maximum of the bill: the authorised amount, or less after the buyer has lowered the limit to a smaller
 * amount. If only energy is priced, `caps.energyWh` already keeps the session within that amount.
 * @unit Minor units.
 */
export function payableAmount({ tariff, limit, quote, authorised }: Payable): number {
  return tariff.elements && limit.kind === 'amount' ? Math.min(authorised, quote.total) : authorised;
}

/** How a session is expected to go on. */
export interface ExpectedCourse {
  /** The expected power, which decides whether the time counts as idle. @unit W */
  readonly powerW: number;
  /** Predicts the session's total energy at a time. @unit Epoch ms in, Wh out. */
  readonly energyAt: (at: number) => number;
  /** When the energy stopped, epoch ms; the time after it counts as idle. Absent if it flows on. */
  readonly pausedAt?: number | undefined;
  /** When the order's own energy or time is used up, epoch ms; `Infinity` if never. */
  readonly endsAt: number;
}

/**
 * Returns the last time at which the cost of a session is within the payable amount, epoch ms. Before that time, the
 * cost may exceed the amount: a step that has begun is billed as a whole, and costs less once a cheaper component takes
 * over.
 * @shape  Never later than the exact time; earlier by at most 250 ms or, if that is more, a hundredth of the remaining
 *         time; after a change of prices, also by the time that 1 Wh takes (1 ms while idle). The time of the last
 *         reading if no time is within the amount.
 * @errors None; `undefined` if the amount lasts until the course ends, or for more than two days.
 */
export function authorisedUntil(order: Payable, periods: ChargingPeriods, course: ExpectedCourse): number | undefined {
  const { tariff } = order;
  const { until } = periods;
  const payable = payableAmount(order);
  const lookaheadMs = Math.min(LOOKAHEAD_MS, Math.max(0, Math.floor(course.endsAt - until)));
  const expectedAfter = (ms: number): ChargingPeriods => continued(order, periods, course, until + ms);
  const lastsMs = largestPassing(lookaheadMs, (ms) => price(tariff, expectedAfter(ms), order).total <= payable, {
    restarts: hasSteps(tariff)
      ? restartsMs(expectedAfter(lookaheadMs), until, course).filter((ms) => ms < lookaheadMs)
      : [],
    precisionAt: (ms) => Math.max(PRECISION_MS, ms / PRECISION_RATIO),
  });
  return lastsMs === lookaheadMs ? undefined : until + (lastsMs ?? 0);
}

/** Returns the charging periods up to a time. Energy above the cap is not billed, so it does not count. */
function continued(
  { tariff, caps }: Payable,
  periods: ChargingPeriods,
  { powerW, energyAt, pausedAt = Infinity }: ExpectedCourse,
  at: number,
): ChargingPeriods {
  const energyWh = Math.max(periods.energyWh, Math.min(energyAt(at), caps.energyWh));
  const flowsUntil = Math.min(at, pausedAt);
  const flowed = extendPeriods(tariff, periods, { at: flowsUntil, energyWh, idle: powerW < IDLE_W });
  return flowsUntil < at ? extendPeriods(tariff, flowed, { at, energyWh, idle: true }) : flowed;
}

/**
 * Returns the times at which the cost may fall: when another price component takes over a step that has begun, and when
 * a pause begins, because charging time may then no longer be rounded up to a whole step. Each is delayed by the time
 * that 1 Wh takes, or by 1 ms while idle, so that the new component has something to price.
 * @unit ms after `until`, ascending.
 */
function restartsMs(whole: ChargingPeriods, until: number, { powerW, pausedAt }: ExpectedCourse): number[] {
  const settleMs = powerW < IDLE_W ? 1 : Math.ceil(HOUR_MS / powerW);
  return [until, ...(pausedAt === undefined ? [] : [pausedAt]), ...changeTimes(whole)]
    .filter((at) => at >= until)
    .sort((a, b) => a - b)
    .map((at) => at - until + settleMs);
}

/**
 * Returns how long the authorised amount lasts for a session at full power that begins at `at`.
 * @unit  W and epoch ms in, seconds out.
 * @shape `Infinity` if only energy is priced, or if the amount lasts for the whole order or more than two days.
 */
export function authorisedSeconds(order: Payable, maxPowerW: number, at: number): number {
  const { tariff, caps } = order;
  if (!tariff.elements) return Infinity;
  const until = authorisedUntil(order, openChargingPeriods(at), {
    powerW: maxPowerW,
    energyAt: (now) => Math.floor((maxPowerW * (now - at)) / HOUR_MS),
    endsAt: at + Math.min(caps.timeMs ?? Infinity, Math.ceil((caps.energyWh * HOUR_MS) / maxPowerW)),
  });
  return until === undefined ? Infinity : Math.floor((until - at) / 1000);
}
