/** All dialects of the simulation. A new one is a file, or an entry in the file of its family, and a line here. */
import type { SeededRandom } from '../runtime/seeded-random.js';
import type { BuyerDialect } from './buyer-dialect.js';
import { EV_CHARGING } from './ev-charging.js';
import { lts } from './lts.js';
import { ubc } from './ubc.js';
import { ueiCharging, ueiChargingPulse } from './uei-charging.js';

export const BUYER_DIALECTS: readonly BuyerDialect[] = [ueiCharging, ueiChargingPulse, ...EV_CHARGING, ubc, lts];

/** The dialect of one visit. Two of five are `uei:charging`, which alone has every kind of limit and fault. */
export function drawBuyerDialect(random: SeededRandom): BuyerDialect {
  return random.happens(0.4) ? ueiCharging : random.pick(BUYER_DIALECTS.slice(1));
}

/** @errors Throws for a name that no dialect has. */
export function dialectNamed(name: string | undefined): BuyerDialect | undefined {
  const found = BUYER_DIALECTS.find((one) => one.name === name);
  if (name !== undefined && !found) throw new RangeError(`there is no dialect ${name}`);
  return found;
}
