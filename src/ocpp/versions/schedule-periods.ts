/** A power plan in the numbers of a charging schedule; the same in every version. */
import type { ChargingSchedule } from '../../ports/charger-events.js';
import type { ChargingRate } from '../../domain/model/charger-capabilities.js';

export type SchedulePeriod = { readonly startPeriod: number; readonly limit: number };

/**
 * @unit   Watts over all phases, or amperes of each phase, with one decimal; rounded down, so that no more is allowed
 *         than was meant.
 * @source OCPP 1.6 §7.8, §7.12; OCPP 2.0.1 part 2 §3.29: `limit` is a multiple of 0.1.
 */
export function schedulePeriods(plan: ChargingSchedule, rate: ChargingRate = { unit: 'W' }): SchedulePeriod[] {
  const divisor = rate.unit === 'W' ? 1 : rate.phases * rate.voltage;
  return plan.map(({ startS, limitW }) => ({
    startPeriod: startS,
    limit: Math.floor((limitW * 10) / divisor) / 10,
  }));
}
