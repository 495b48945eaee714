/** Derives the id, schedule and rate unit of an OCPP charging profile from an order. */
import type { ChargerCapabilities, ChargingRate } from '../../domain/model/network.js';
import type { ProfileRequest } from '../../domain/model/effect.js';
import type { ChargingSchedule } from '../../ports/charger-commands.js';
import { remoteStartIdOf } from '../../domain/matching/remote-start-id.js';

/**
 * Derives the id of an order's profile from its tag, so that ClearChargingProfile can name it after a restart. It is
 * the id of the profile in the remote start too, because a 2.x station refuses a second TxProfile with another id.
 * @source OCPP 2.0.1 K01.FR.05, K01.FR.39
 */
export function chargingProfileIdOf(idTag: string): number {
  return remoteStartIdOf(idTag);
}

/** Builds a schedule with the requested power for the requested time, and with zero power after that. */
export function toChargingSchedule({ limitW, seconds }: ProfileRequest): ChargingSchedule {
  return [
    { startS: 0, limitW },
    { startS: seconds, limitW: 0 },
  ];
}

/** Returns the unit in which the charger accepts limits (W or A); empty if it is unknown. */
export function chargingRateOf(capabilities: ChargerCapabilities | undefined): { readonly rate?: ChargingRate } {
  return capabilities?.chargingRate ? { rate: capabilities.chargingRate } : {};
}
