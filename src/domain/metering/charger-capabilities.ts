/** By what a charger can hold the limits of a session: learned from its configuration and from its sessions. */
import type { Connector } from '../model/network.js';

/** How a charger counts power in a schedule. Amperes are those of each phase. */
export type ChargingRate =
  { readonly unit: 'W' } | { readonly unit: 'A'; readonly phases: number; readonly voltage: number };

/** What a 2.1 station can be told to keep by itself. */
export type KeptLimit = 'energy' | 'time' | 'soc';

export interface Means {
  /** From a RemoteStop to the end of energy, learned at this charge point, ms. */
  readonly stopLatencyMs?: number;
  /** Absent: it takes no charging profiles. */
  readonly rate?: ChargingRate;
  /** Limits that the station keeps by itself once it is told them. */
  readonly keeps?: readonly KeptLimit[];
  /** It can keep a connector for one tag. */
  readonly reserves?: true;
  /** It shows prices and costs that it is told, and sends a reading where it is asked to (1.6, California pricing). */
  readonly showsCost?: true;
}

const VOLTAGE = 230;
/** Above this a socket of one phase is none that is sold, W. */
const ONE_PHASE_W = 7400;

/** @source OCPP 2.1 TxCtrlr.SupportedLimits */
const KEPT: ReadonlyMap<string, KeptLimit> = new Map([
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
export function meansOf(
  configuration: { readonly [key: string]: string },
  connector: Pick<Connector, 'powerType' | 'maxPowerW' | 'phases' | 'voltage'>,
  observed: readonly number[],
): Means {
  const stopLatencyMs = typicalLatency(observed);
  const rate = takesPlans(configuration) ? rateOf(configuration, connector) : undefined;
  const keeps = words(configuration['TxCtrlr.SupportedLimits']).flatMap((word) => KEPT.get(word) ?? []);
  return {
    ...(stopLatencyMs !== undefined && { stopLatencyMs }),
    ...(rate && { rate }),
    ...(keeps.length > 0 && { keeps }),
    ...(canReserve(configuration) && { reserves: true as const }),
    ...(isTrue(configuration['CustomDisplayCostAndPrice']) && { showsCost: true as const }),
  };
}

function takesPlans(configuration: { readonly [key: string]: string }): boolean {
  return has(configuration, 'SmartCharging', 'SmartChargingCtrlr.Enabled');
}

function canReserve(configuration: { readonly [key: string]: string }): boolean {
  return has(configuration, 'Reservation', 'ReservationCtrlr.Enabled');
}

function has(configuration: { readonly [key: string]: string }, profile: string, variable: string): boolean {
  return words(configuration['SupportedFeatureProfiles']).includes(profile) || isTrue(configuration[variable]);
}

function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === 'true';
}

function rateOf(
  configuration: { readonly [key: string]: string },
  { powerType, maxPowerW, phases, voltage }: Pick<Connector, 'powerType' | 'maxPowerW' | 'phases' | 'voltage'>,
): ChargingRate | undefined {
  const said = [
    ...words(configuration['ChargingScheduleAllowedChargingRateUnit']),
    ...words(configuration['SmartChargingCtrlr.RateUnit']),
  ].map((word) => word.toLowerCase());
  const watts = said.length === 0 ? powerType === 'DC' : said.includes('power') || said.includes('w');
  if (watts) return { unit: 'W' };
  // How many watts an ampere of direct current is, only the car knows.
  if (powerType === 'DC') return undefined;
  return { unit: 'A', phases: phases ?? (maxPowerW > ONE_PHASE_W ? 3 : 1), voltage: voltage ?? VOLTAGE };
}

function words(list: string | undefined): string[] {
  return list === undefined ? [] : list.split(',').map((word) => word.trim());
}

/** What may flow unseen between two readings, Wh; readings more often than every ten seconds only cost. */
const UNSEEN_WH = 140;
const OFTEN_S = 10;

/** How often a charge point should report its meter: the more power, the oftener. @unit W, seconds */
export function sampleIntervalS(maxPowerW: number, mostS: number): number {
  const wanted = maxPowerW > 0 ? Math.floor((UNSEEN_WH * 3600) / maxPowerW / 5) * 5 : mostS;
  return Math.min(mostS, Math.max(OFTEN_S, wanted));
}

/** Kept per charge point: enough to outvote a slow one, few enough to follow a new firmware. */
const OBSERVED_KEPT = 9;
const LEAST_MS = 500;
const MOST_MS = 30_000;

/** The list with one more observation in it; what no stop can take is left out. @unit ms */
export function observe(observed: readonly number[], latencyMs: number): readonly number[] {
  if (!(latencyMs >= 0 && latencyMs <= MOST_MS)) return observed;
  return [...observed, Math.max(LEAST_MS, Math.round(latencyMs))].slice(-OBSERVED_KEPT);
}

/** The middle one of what was observed: one strange stop moves nothing. Three are needed for an opinion. */
function typicalLatency(observed: readonly number[]): number | undefined {
  const sorted = [...observed].sort((a, b) => a - b);
  return sorted.length < 3 ? undefined : sorted[Math.floor(sorted.length / 2)];
}
