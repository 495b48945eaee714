/** When what was used, where the tariff asks for it. */

import type { ElementIndexes } from './tariff.js';

/** A part of a session in which the same elements of the tariff price everything. */
export interface ChargingPeriod {
  readonly elementIndexes: ElementIndexes;
  readonly energyWh: number;
  /** Time in which energy flowed, and in which none did. */
  readonly chargingMs: number;
  readonly idleMs: number;
}

export interface ChargingPeriods {
  /** Our time of the beginning, and of the end of what is accounted for; epoch ms. */
  readonly from: number;
  readonly until: number;
  readonly energyWh: number;
  /** Until when the register has stood still since, and nobody told the power: idle, or only a coarse register. */
  readonly unchangedUntil?: number;
  readonly periods: readonly ChargingPeriod[];
}
