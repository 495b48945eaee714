/** How long an authorised amount lasts where more than energy costs. */
import { advanced, type Course, IDLE_W, openCourse } from './charging-periods.js';
import type { Order } from '../model/order.js';
import { price } from './pricing.js';

const MINUTE_MS = 60_000;
/** A stop cannot be timed better; and what is far ahead is looked at again with the next reading. */
const GRAIN_MS = 250;
const GRAIN_SHARE = 100;
/** Nobody looks further ahead: until then a reading has come. */
const AHEAD_MS = 2 * 86_400_000;

/**
 * The first moment at which a session with this course would cost more than was authorised, if power flows on as given, or a little before
 * it: a quarter of a second, or a hundredth of the time until then.
 * @unit   W; `energyAt`: Wh delivered in all by an epoch ms. Epoch ms out.
 * @errors None; `undefined` when the amount lasts for longer than two days.
 */
export function paidUntil(
  order: Pick<Order, 'tariff' | 'authorised' | 'offer' | 'buyerFinderFee'>,
  course: Course,
  powerW: number,
  energyAt: (at: number) => number,
): number | undefined {
  const { tariff, authorised } = order;
  const { until, energyWh } = course;
  const over = (ms: number): boolean => {
    const wh = Math.max(energyWh, energyAt(until + ms));
    return price(tariff, advanced(tariff, course, until + ms, wh, powerW < IDLE_W), order).total > authorised;
  };
  if (over(0)) return until;
  let [within, beyond] = [0, MINUTE_MS];
  while (!over(beyond)) {
    if (beyond >= AHEAD_MS) return undefined;
    within = beyond;
    beyond = Math.min(beyond * 4, AHEAD_MS);
  }
  while (beyond - within > Math.max(GRAIN_MS, within / GRAIN_SHARE)) {
    const middle = Math.floor((within + beyond) / 2);
    if (over(middle)) beyond = middle;
    else within = middle;
  }
  return until + within;
}

/** How long an authorised amount lasts for a session that begins at `at` and takes all that there is, seconds. */
export function paidSeconds(order: Parameters<typeof paidUntil>[0], maxPowerW: number, at: number): number {
  if (!order.tariff.elements) return Infinity;
  const until = paidUntil(order, openCourse(at), maxPowerW, (now) => Math.ceil((maxPowerW * (now - at)) / 3_600_000));
  return until === undefined ? Infinity : Math.floor((until - at) / 1000);
}
