/** How long an authorised amount lasts where more than energy costs. */
import { advanced, IDLE_W } from './course.js';
import type { Order, Session } from './order.js';
import { courseOf } from './session-course.js';
import { price } from './tariff.js';

const MINUTE_MS = 60_000;
/** Nobody looks further ahead: until then a reading has come. */
const AHEAD_MS = 2 * 86_400_000;

/**
 * The first moment at which the session would cost more than was authorised, if power flows on as given; what is owed
 * then is still within it a millisecond earlier.
 * @unit   W; `energyAt`: Wh delivered in all by an epoch ms. Epoch ms out.
 * @errors None; `undefined` when the amount lasts for longer than two days.
 */
export function paidUntil(
  order: Order,
  session: Session,
  powerW: number,
  energyAt: (at: number) => number,
): number | undefined {
  const { tariff, authorised } = order;
  const course = courseOf(tariff, session);
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
    beyond = Math.min(beyond * 2, AHEAD_MS);
  }
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2);
    if (over(middle)) beyond = middle;
    else within = middle;
  }
  return until + beyond;
}
