/** Every dialect, those included that are only served where they are switched on, in the order in which a message of an unknown domain is held against them. */
import { dentEvCharging } from './ev-charging/dent-ev-charging.js';
import type { BecknDialect } from '../protocol/dialect.js';
import { evChargingUei } from './ev-charging/ev-charging-uei.js';
import { lts } from './lts/index.js';
import { ubc } from './ubc/index.js';
import { ueiCharging } from './uei-charging/index.js';
import { ueiChargingPulse } from './uei-charging/pulse.js';
import { ueiEvCharging } from './ev-charging/uei-ev-charging.js';

export const DIALECTS: readonly BecknDialect[] = [
  ueiCharging,
  ueiChargingPulse,
  dentEvCharging,
  ueiEvCharging,
  evChargingUei,
  ubc,
  lts,
];
