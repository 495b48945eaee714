/** All dialects of the simulation. To add one, add a file (or an entry in its family's file) and a line here. */
import type { SeededRandom } from '../runtime/seeded-random.js';
import type { BuyerDialect } from './buyer-dialect.js';
import { EV_CHARGING } from './ev-charging.js';
import { lts } from './lts.js';
import { ubc } from './ubc.js';
import { ueiCharging, ueiChargingPulse } from './uei-charging.js';

export const BUYER_DIALECTS: readonly BuyerDialect[] = [ueiCharging, ueiChargingPulse, ...EV_CHARGING, ubc, lts];

/** Draws the dialect of a visit: two in five are `uei:charging`, the others any other dialect. */
export function drawBuyerDialect(random: SeededRandom): BuyerDialect {
  return random.happens(0.4) ? ueiCharging : random.pick(BUYER_DIALECTS.slice(1));
}

/**
 * Returns `undefined` without a name.
 * @errors Throws if no dialect has this name.
 */
export function dialectNamed(name: string | undefined): BuyerDialect | undefined {
  const found = BUYER_DIALECTS.find((one) => one.name === name);
  if (name !== undefined && !found) throw new RangeError(`there is no dialect ${name}`);
  return found;
}
