/** Calculates how long the amount of an order lasts if its tariff prices more than energy. */
import type { Order } from '../model/order.js';
import type { ChargingPeriods } from '../model/session.js';
import { extendPeriods, IDLE_W, openChargingPeriods } from './charging-periods.js';
import { price } from './pricing.js';

const MINUTE_MS = 60_000;
/** Precision of the result: a stop cannot be timed more precisely, and the calculation is repeated for each reading. */
const PRECISION_MS = 250;
const PRECISION_RATIO = 100;
/** How far ahead to look. A reading will repeat the calculation long before that. */
const LOOKAHEAD_MS = 2 * 86_400_000;

/** The parts of an order that determine the maximum of its bill. */
export type Payable = Pick<Order, 'tariff' | 'limit' | 'quote' | 'authorised' | 'offer' | 'buyerFinderFee'>;

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
  /** Decides whether the time counts as idle. @unit W */
  readonly powerW: number;
  /** Predicts the session's total energy at a time. @unit Epoch ms in, Wh out. */
  readonly energyAt: (at: number) => number;
  /** When the energy stopped, epoch ms; the time after it counts as idle. Absent if it flows on. */
  readonly pausedAt?: number | undefined;
}

/**
 * Returns when the cost of a session will exceed the payable amount, epoch ms.
 * @shape  Never later than the exact time; earlier by at most 250 ms or, if that is more, a hundredth of the remaining
 *         time.
 * @errors None; `undefined` if the amount lasts for more than two days.
 */
export function authorisedUntil(
  order: Payable,
  periods: ChargingPeriods,
  { powerW, energyAt, pausedAt = Infinity }: ExpectedCourse,
): number | undefined {
  const { tariff } = order;
  const { until } = periods;
  const payable = payableAmount(order);
  const exceedsAfter = (ms: number): boolean => {
    const energyWh = Math.max(periods.energyWh, energyAt(until + ms));
    const flowsUntil = Math.min(until + ms, pausedAt);
    const flowed = extendPeriods(tariff, periods, { at: flowsUntil, energyWh, idle: powerW < IDLE_W });
    const extended =
      flowsUntil < until + ms ? extendPeriods(tariff, flowed, { at: until + ms, energyWh, idle: true }) : flowed;
    return price(tariff, extended, order).total > payable;
  };
  if (exceedsAfter(0)) return until;
  let [within, beyond] = [0, MINUTE_MS];
  while (!exceedsAfter(beyond)) {
    if (beyond >= LOOKAHEAD_MS) return undefined;
    within = beyond;
    beyond = Math.min(beyond * 4, LOOKAHEAD_MS);
  }
  while (beyond - within > Math.max(PRECISION_MS, within / PRECISION_RATIO)) {
    const middle = Math.floor((within + beyond) / 2);
    if (exceedsAfter(middle)) beyond = middle;
    else within = middle;
  }
  return until + within;
}

/**
 * Returns how long the authorised amount lasts for a session at full power that begins at `at`.
 * @unit  W and epoch ms in, seconds out.
 * @shape `Infinity` if only energy is priced, or if the amount lasts for more than two days.
 */
export function authorisedSeconds(order: Payable, maxPowerW: number, at: number): number {
  if (!order.tariff.elements) return Infinity;
  const until = authorisedUntil(order, openChargingPeriods(at), {
    powerW: maxPowerW,
    energyAt: (now) => Math.ceil((maxPowerW * (now - at)) / 3_600_000),
  });
  return until === undefined ? Infinity : Math.floor((until - at) / 1000);
}
