/** By what a charger can hold the limits of a session: learned from its configuration and from its sessions. */
import type { ChargerCapabilities, ChargingRate, TransactionLimitKind } from '../model/charger-capabilities.js';
import type { Connector } from '../model/network.js';

const DEFAULT_VOLTAGE = 230;
/** Above this a socket of one phase is none that is sold, W. */
const MAX_SINGLE_PHASE_W = 7400;

/** @source OCPP 2.1 TxCtrlr.SupportedLimits */
const SUPPORTED_LIMITS: ReadonlyMap<string, TransactionLimitKind> = new Map([
  ['maxEnergy', 'energy'],
  ['maxTime', 'time'],
  ['maxSoC', 'soc'],
]);

/**
 * @unit   `observed`: earlier latencies of this charge point, ms.
 * @shape  `configuration`: keys as the charger spells them (1.6), or `Component.Variable` (2.x).
 * @source OCPP 1.6 §9.1, §9.4; OCPP 2.0.1 SmartChargingCtrlr; a charger that does not say its unit is taken for
 *         one in amperes when it gives AC, in watts when it gives DC.
 */
export function capabilitiesOf(
  configuration: { readonly [key: string]: string },
  connector: Pick<Connector, 'powerType' | 'maxPowerW' | 'phases' | 'voltage'>,
  observed: readonly number[],
): ChargerCapabilities {
  const stopLatencyMs = typicalLatency(observed);
  const rate = acceptsChargingProfiles(configuration) ? chargingRateOf(configuration, connector) : undefined;
  const keeps = splitList(configuration['TxCtrlr.SupportedLimits']).flatMap((word) => SUPPORTED_LIMITS.get(word) ?? []);
  return {
    ...(stopLatencyMs !== undefined && { stopLatencyMs }),
    ...(rate && { chargingRate: rate }),
    ...(keeps.length > 0 && { supportedLimits: keeps }),
    ...(canReserve(configuration) && { supportsReservation: true as const }),
    ...(isTrue(configuration['CustomDisplayCostAndPrice']) && { displaysCost: true as const }),
  };
}

function acceptsChargingProfiles(configuration: { readonly [key: string]: string }): boolean {
  return hasFeature(configuration, 'SmartCharging', 'SmartChargingCtrlr.Enabled');
}

function canReserve(configuration: { readonly [key: string]: string }): boolean {
  return hasFeature(configuration, 'Reservation', 'ReservationCtrlr.Enabled');
}

function hasFeature(configuration: { readonly [key: string]: string }, profile: string, variable: string): boolean {
  return splitList(configuration['SupportedFeatureProfiles']).includes(profile) || isTrue(configuration[variable]);
}

function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === 'true';
}

function chargingRateOf(
  configuration: { readonly [key: string]: string },
  { powerType, maxPowerW, phases, voltage }: Pick<Connector, 'powerType' | 'maxPowerW' | 'phases' | 'voltage'>,
): ChargingRate | undefined {
  const said = [
    ...splitList(configuration['ChargingScheduleAllowedChargingRateUnit']),
    ...splitList(configuration['SmartChargingCtrlr.RateUnit']),
  ].map((word) => word.toLowerCase());
  const watts = said.length === 0 ? powerType === 'DC' : said.includes('power') || said.includes('w');
  if (watts) return { unit: 'W' };
  // How many watts an ampere of direct current is, only the car knows.
  if (powerType === 'DC') return undefined;
  return { unit: 'A', phases: phases ?? (maxPowerW > MAX_SINGLE_PHASE_W ? 3 : 1), voltage: voltage ?? DEFAULT_VOLTAGE };
}

function splitList(list: string | undefined): string[] {
  return list === undefined ? [] : list.split(',').map((word) => word.trim());
}

/** What may flow unseen between two readings, Wh; readings more often than every ten seconds only cost. */
const MAX_UNMETERED_WH = 140;
const MIN_INTERVAL_S = 10;

/** How often a charge point should report its meter: the more power, the oftener. @unit W, seconds */
export function sampleIntervalS(maxPowerW: number, mostS: number): number {
  const wanted = maxPowerW > 0 ? Math.floor((MAX_UNMETERED_WH * 3600) / maxPowerW / 5) * 5 : mostS;
  return Math.min(mostS, Math.max(MIN_INTERVAL_S, wanted));
}

/** Kept per charge point: enough to outvote a slow one, few enough to follow a new firmware. */
const MAX_OBSERVATIONS = 9;
const MIN_LATENCY_MS = 500;
const MAX_LATENCY_MS = 30_000;

/** The list with one more observation in it; what no stop can take is left out. @unit ms */
export function addStopLatency(observed: readonly number[], latencyMs: number): readonly number[] {
  if (!(latencyMs >= 0 && latencyMs <= MAX_LATENCY_MS)) return observed;
  return [...observed, Math.max(MIN_LATENCY_MS, Math.round(latencyMs))].slice(-MAX_OBSERVATIONS);
}

/** The middle one of what was observed: one strange stop moves nothing. Three are needed for an opinion. */
function typicalLatency(observed: readonly number[]): number | undefined {
  const sorted = [...observed].sort((a, b) => a - b);
  return sorted.length < 3 ? undefined : sorted[Math.floor(sorted.length / 2)];
}
