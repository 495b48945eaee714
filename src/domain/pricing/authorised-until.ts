/** How long an authorised amount lasts where more than energy costs. */
import { extendPeriods, IDLE_W, openChargingPeriods } from './charging-periods.js';
import { type ChargingPeriods } from '../model/charging-period.js';
import type { Order } from '../model/order.js';
import { price } from './pricing.js';

const MINUTE_MS = 60_000;
/** A stop cannot be timed better; and what is far ahead is looked at again with the next reading. */
const PRECISION_MS = 250;
const PRECISION_RATIO = 100;
/** Nobody looks further ahead: until then a reading has come. */
const LOOKAHEAD_MS = 2 * 86_400_000;

/**
 * The first moment at which a session with this course would cost more than was authorised, if power flows on as given, or a little before
 * it: a quarter of a second, or a hundredth of the time until then.
 * @unit   W; `energyAt`: Wh delivered in all by an epoch ms. Epoch ms out.
 * @errors None; `undefined` when the amount lasts for longer than two days.
 */
export function authorisedUntil(
  order: Pick<Order, 'tariff' | 'authorised' | 'offer' | 'buyerFinderFee'>,
  course: ChargingPeriods,
  powerW: number,
  energyAt: (at: number) => number,
): number | undefined {
  const { tariff, authorised } = order;
  const { until, energyWh } = course;
  const over = (ms: number): boolean => {
    const wh = Math.max(energyWh, energyAt(until + ms));
    return price(tariff, extendPeriods(tariff, course, until + ms, wh, powerW < IDLE_W), order).total > authorised;
  };
  if (over(0)) return until;
  let [within, beyond] = [0, MINUTE_MS];
  while (!over(beyond)) {
    if (beyond >= LOOKAHEAD_MS) return undefined;
    within = beyond;
    beyond = Math.min(beyond * 4, LOOKAHEAD_MS);
  }
  while (beyond - within > Math.max(PRECISION_MS, within / PRECISION_RATIO)) {
    const middle = Math.floor((within + beyond) / 2);
    if (over(middle)) beyond = middle;
    else within = middle;
  }
  return until + within;
}

/** How long an authorised amount lasts for a session that begins at `at` and takes all that there is, seconds. */
export function authorisedSeconds(order: Parameters<typeof authorisedUntil>[0], maxPowerW: number, at: number): number {
  if (!order.tariff.elements) return Infinity;
  const until = authorisedUntil(order, openChargingPeriods(at), maxPowerW, (now) =>
    Math.ceil((maxPowerW * (now - at)) / 3_600_000),
  );
  return until === undefined ? Infinity : Math.floor((until - at) / 1000);
}
