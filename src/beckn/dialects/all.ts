/** Every dialect, in the order in which a message of an unknown domain is held against them. */
import type { BecknDialect } from './dialect.js';
import { ubc } from './ubc.js';
import { ueiCharging } from './uei-charging.js';

export const DIALECTS: readonly BecknDialect[] = [ueiCharging, ubc];
