/** A charging profile as an OCPP version writes it: its id, its schedule and its rate unit. */
import type { ChargerCapabilities, ChargingRate } from '../../domain/model/charger-capabilities.js';
import type { ProfileRequest } from '../../domain/model/effect.js';
import type { ChargingSchedule } from '../../ports/charger-commands.js';
import { remoteStartIdOf } from '../transactions/remote-start-id.js';

/** The profile's id, the same when it is set and when it is cleared; no two open orders of a charge point share one. */
export function chargingProfileIdOf(idTag: string): number {
  return remoteStartIdOf(idTag);
}

/** The requested power for the requested time, then zero. @unit Seconds, W. */
export function toChargingSchedule({ limitW, seconds }: ProfileRequest): ChargingSchedule {
  return [
    { startS: 0, limitW },
    { startS: seconds, limitW: 0 },
  ];
}

/** The unit in which the charger counts power, if it is known. */
export function chargingRateOf(capabilities: ChargerCapabilities | undefined): { readonly rate?: ChargingRate } {
  return capabilities?.chargingRate ? { rate: capabilities.chargingRate } : {};
}
