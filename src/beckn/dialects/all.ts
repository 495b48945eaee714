/** Lists all dialects, including opt-in ones. If several match or resemble a message, the first is selected. */
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
