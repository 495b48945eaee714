/** Every dialect, those included that are only served where they are switched on, in the order in which a message of an unknown domain is held against them. */
import { dentEvCharging } from './dent-ev-charging.js';
import type { BecknDialect } from './dialect.js';
import { evChargingUei } from './ev-charging-uei.js';
import { lts } from './lts.js';
import { ubc } from './ubc.js';
import { ueiCharging } from './uei-charging.js';
import { ueiChargingPulse } from './uei-charging-pulse.js';
import { ueiEvCharging } from './uei-ev-charging.js';

export const DIALECTS: readonly BecknDialect[] = [
  ueiCharging,
  ueiChargingPulse,
  dentEvCharging,
  ueiEvCharging,
  evChargingUei,
  ubc,
  lts,
];
