/** What a charger can do to hold the limits of a session, learned from its configuration and from its sessions. */
import type { ChargerCapabilities, ChargingRate, TransactionLimitKind } from '../model/charger-capabilities.js';
import type { Connector } from '../model/network.js';

const DEFAULT_VOLTAGE = 230;
/** A socket above this power has three phases, W. */
const MAX_SINGLE_PHASE_W = 7400;

/** OCPP names of the limits that a station can enforce. @source OCPP 2.1 TxCtrlr.SupportedLimits */
const SUPPORTED_LIMITS: ReadonlyMap<string, TransactionLimitKind> = new Map([
  ['maxEnergy', 'energy'],
  ['maxTime', 'time'],
  ['maxSoC', 'soc'],
]);

/**
 * The capabilities of a charge point at one of its connectors.
 * @unit   `observedLatenciesMs`: earlier stop latencies of this charge point, ms.
 * @shape  `configuration`: keys as the charger spells them (1.6), or `Component.Variable` (2.x). A charger that does
 *         not report its charging rate unit is assumed to count amperes for AC and watts for DC.
 * @source OCPP 1.6 §9.1, §9.4; OCPP 2.0.1 SmartChargingCtrlr.
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
  // The power of a DC ampere depends on the voltage of the car.
  if (powerType === 'DC') return undefined;
  return { unit: 'A', phases: phases ?? (maxPowerW > MAX_SINGLE_PHASE_W ? 3 : 1), voltage: voltage ?? DEFAULT_VOLTAGE };
}

function splitList(list: string | undefined): string[] {
  return list === undefined ? [] : list.split(',').map((entry) => entry.trim());
}

/** Energy that may flow between two readings, Wh. More than one reading every ten seconds brings no benefit. */
const MAX_UNMETERED_WH = 140;
const MIN_INTERVAL_S = 10;

/**
 * How often a charge point should report its meter: more often at a higher power, in steps of five seconds.
 * @unit W and the longest interval in seconds in, seconds out.
 */
export function sampleIntervalS(maxPowerW: number, maxIntervalS: number): number {
  const intervalS = maxPowerW > 0 ? Math.floor((MAX_UNMETERED_WH * 3600) / maxPowerW / 5) * 5 : maxIntervalS;
  return Math.min(maxIntervalS, Math.max(MIN_INTERVAL_S, intervalS));
}

/** Kept per charge point: enough to outvote one slow stop, few enough to follow new firmware. */
const MAX_OBSERVATIONS = 9;
const MIN_LATENCY_MS = 500;
const MAX_LATENCY_MS = 30_000;

/**
 * The observed stop latencies with one more.
 * @unit  ms.
 * @shape The last nine; a latency below 0 or above 30 s is impossible and ignored, one below 500 ms counts as 500 ms.
 */
export function addStopLatency(observedMs: readonly number[], latencyMs: number): readonly number[] {
  if (!(latencyMs >= 0 && latencyMs <= MAX_LATENCY_MS)) return observedMs;
  return [...observedMs, Math.max(MIN_LATENCY_MS, Math.round(latencyMs))].slice(-MAX_OBSERVATIONS);
}

/** The median, so that one unusual stop changes nothing; `undefined` for fewer than three observations. */
function typicalLatency(observedMs: readonly number[]): number | undefined {
  const sorted = [...observedMs].sort((a, b) => a - b);
  return sorted.length < 3 ? undefined : sorted[Math.floor(sorted.length / 2)];
}
