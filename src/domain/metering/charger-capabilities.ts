/** Determines what a charger can do to enforce a session's limits, from its configuration and earlier sessions. */
import type { ChargerCapabilities, ChargingRate, TransactionLimitKind, Connector } from '../model/network.js';

const DEFAULT_VOLTAGE = 230;
/** An AC connector above this rated power is assumed to have three phases, W. */
const MAX_SINGLE_PHASE_W = 7400;

const SUPPORTED_LIMITS: ReadonlyMap<string, TransactionLimitKind> = new Map([
  ['maxEnergy', 'energy'],
  ['maxTime', 'time'],
  ['maxSoC', 'soc'],
]);

/**
 * Returns the capabilities of a charge point for one of its connectors.
 * @unit   `observedLatenciesMs`: earlier stop latencies of this charge point, ms.
 * @shape  The keys of `configuration` are configuration keys (1.6) or `Component.Variable` (2.x). A charger that does
 *         not report its charging rate unit is assumed to use amperes for AC and watts for DC.
 * @source OCPP 1.6 §9.1, §9.4; OCPP 2.0.1 SmartChargingCtrlr; OCPP 2.1 TxCtrlr.SupportedLimits.
 */
export function capabilitiesOf(
  configuration: { readonly [key: string]: string },
  connector: Pick<Connector, 'powerType' | 'maxPowerW' | 'phases' | 'voltage'>,
  observedLatenciesMs: readonly number[],
): ChargerCapabilities {
  const stopLatencyMs = typicalLatency(observedLatenciesMs);
  const rate = acceptsChargingProfiles(configuration) ? chargingRateOf(configuration, connector) : undefined;
  const supportedLimits = splitList(configuration['TxCtrlr.SupportedLimits']).flatMap(
    (name) => SUPPORTED_LIMITS.get(name) ?? [],
  );
  return {
    ...(stopLatencyMs !== undefined && { stopLatencyMs }),
    ...(rate && { chargingRate: rate }),
    ...(supportedLimits.length > 0 && { supportedLimits }),
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
  const units = [
    ...splitList(configuration['ChargingScheduleAllowedChargingRateUnit']),
    ...splitList(configuration['SmartChargingCtrlr.RateUnit']),
  ].map((unit) => unit.toLowerCase());
  const countsWatts = units.length === 0 ? powerType === 'DC' : units.includes('power') || units.includes('w');
  if (countsWatts) return { unit: 'W' };
  // In DC charging, the power at a given current depends on the vehicle's voltage, which is not known here.
  if (powerType === 'DC') return undefined;
  return { unit: 'A', phases: phases ?? (maxPowerW > MAX_SINGLE_PHASE_W ? 3 : 1), voltage: voltage ?? DEFAULT_VOLTAGE };
}

function splitList(list: string | undefined): string[] {
  return list === undefined ? [] : list.split(',').map((entry) => entry.trim());
}

/** The most energy that should flow between two readings, Wh. Above 50 kW, the shortest interval allows more. */
const MAX_UNMETERED_WH = 140;
/** Readings at a shorter interval bring no benefit. */
const MIN_INTERVAL_S = 10;

/** Returns how often a charge point should report its meter, in seconds: more often if its rated power is higher. */
export function sampleIntervalS(maxPowerW: number, maxIntervalS: number): number {
  const intervalS = maxPowerW > 0 ? Math.floor((MAX_UNMETERED_WH * 3600) / maxPowerW / 5) * 5 : maxIntervalS;
  return Math.min(maxIntervalS, Math.max(MIN_INTERVAL_S, intervalS));
}

/**
 * How many stop latencies are kept per charge point: enough that one slow stop does not shift the median, and few
 * enough that the effect of new firmware soon shows.
 */
const MAX_OBSERVATIONS = 9;
const MIN_LATENCY_MS = 500;
const MAX_LATENCY_MS = 30_000;

/**
 * Adds a stop latency to those observed, and keeps the last nine.
 * @unit  ms.
 * @shape A latency below 0 or above 30 s is ignored as implausible; one below 500 ms counts as 500 ms.
 */
export function addStopLatency(observedMs: readonly number[], latencyMs: number): readonly number[] {
  if (!(latencyMs >= 0 && latencyMs <= MAX_LATENCY_MS)) return observedMs;
  return [...observedMs, Math.max(MIN_LATENCY_MS, Math.round(latencyMs))].slice(-MAX_OBSERVATIONS);
}

/** Returns the median, so that one unusual stop has little effect; `undefined` if there are fewer than three. */
function typicalLatency(observedMs: readonly number[]): number | undefined {
  const sorted = [...observedMs].sort((a, b) => a - b);
  return sorted.length < 3 ? undefined : sorted[Math.floor(sorted.length / 2)];
}
