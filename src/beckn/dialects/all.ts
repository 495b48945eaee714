/** Every dialect, in the order in which a message of an unknown domain is held against them. */
import { dentEvCharging } from './dent-ev-charging.js';
import type { BecknDialect } from './dialect.js';
import { evChargingUei } from './ev-charging-uei.js';
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
];
