/** Reads OCPP 1.6 sampled values as meter samples. */
import type { MeterSample } from '../../../domain/model/command.js';
import type { Json } from '../../../domain/model/object.js';
import { isExact, isList, isPayload, type Payload } from '../../frames/payload.js';
import { parseTime } from '../timestamps.js';

type Quantity = 'registerWh' | 'intervalWh' | 'powerW' | 'voltage' | 'current' | 'soc';

const QUANTITY_BY_MEASURAND: ReadonlyMap<string, Quantity> = new Map([
  ['Energy.Active.Import.Register', 'registerWh'],
  ['Energy.Active.Import.Interval', 'intervalWh'],
  ['Power.Active.Import', 'powerW'],
  ['Voltage', 'voltage'],
  ['Current.Import', 'current'],
  ['SoC', 'soc'],
]);

/**
 * The powers of ten that convert units to Wh, W, V, A or percent. A value in any other unit is ignored. Case does not
 * matter, because 2.x units are free text.
 */
const UNIT_EXPONENTS: { readonly [Q in Quantity]: ReadonlyMap<string, number> } = {
  registerWh: exponents({ Wh: 0, kWh: 3 }),
  intervalWh: exponents({ Wh: 0, kWh: 3 }),
  powerW: exponents({ W: 0, kW: 3 }),
  voltage: exponents({ V: 0 }),
  current: exponents({ A: 0 }),
  soc: exponents({ Percent: 0 }),
};

function exponents(units: { readonly [unit: string]: number }): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(units).flatMap(([unit, by]) => [[unit, by] as const, [unit.toLowerCase(), by] as const]),
  );
}

const PHASE_INDEX: ReadonlyMap<string, 0 | 1 | 2> = new Map([
  ['L1', 0],
  ['L2', 1],
  ['L3', 2],
  ['L1-N', 0],
  ['L2-N', 1],
  ['L3-N', 2],
]);

/** The best value of one quantity so far, or its values by phase. A lower rank is better. */
interface BestValue {
  rank: number;
  value: number;
  phases: number[] | undefined;
}

/** A rank is the sum of these parts: the location outweighs the phase, and the phase outweighs the reading context. */
const OTHER_LOCATION_RANK = 8;
const PER_PHASE_RANK = 4;
const CONTEXT_RANKS: ReadonlyMap<unknown, number> = new Map([
  ['Transaction.End', 0],
  ['Transaction.Begin', 2],
]);
const OTHER_CONTEXT_RANK = 1;

/**
 * Reads the samples of MeterValues or transactionData: one for each time for which there is a quantity that we use.
 * Some firmware puts each sampled value, and so each phase, into a meter value of its own; meter values with the same
 * time become one sample.
 * @unit   Wh rounded half up, W, V, A, percent.
 * @shape  A missing measurand means the energy register, unless the unit is not one of energy. Of several values of a
 *         quantity, one at the outlet is preferred to other locations (except for SoC); then one without a phase to the
 *         sum (energy, power), mean (voltage) or maximum (current) of the phases; then one at the end of the
 *         transaction to one during it, and one during it to one at its start. Values between phases or of the neutral
 *         are ignored, and SignedData is never read as a number.
 * @param connectorId The connector, if the message names both a connector and a transaction.
 * @errors None; a value that is unreadable, out of range or too large to be exact counts as not measured, and an
 *         unreadable time as `now`.
 * @source OCPP 1.6 §7.30, §7.31, §7.33, §7.34, §7.35, §7.43, §7.45, §7.49
 */
export function readMeterValues(values: Json | undefined, now: number, connectorId?: number): MeterSample[] {
  if (!isList(values)) return [];
  const bestAt = new Map<number, BestValues>();
  for (const value of values) {
    if (!isPayload(value)) continue;
    const at = parseTime(value['timestamp']) ?? now;
    const best = bestAt.get(at) ?? {};
    if (keepBest(value['sampledValue'], best)) bestAt.set(at, best);
  }
  return [...bestAt].map(([at, best]) => toSample(at, best, connectorId));
}

type BestValues = { [Q in Quantity]?: BestValue };

/** Adds the sampled values of a meter value. @returns False if there is none that we use. */
function keepBest(list: Json | undefined, best: BestValues): boolean {
  let hasValue = false;
  for (const sampled of isList(list) ? list : [list]) {
    if (sampled !== undefined && isPayload(sampled) && keepIfBetter(sampled, best)) hasValue = true;
  }
  return hasValue;
}

function toSample(at: number, best: BestValues, connectorId: number | undefined): MeterSample {
  const sample: { -readonly [K in keyof MeterSample]: MeterSample[K] } = { at };
  if (connectorId !== undefined) sample.connectorId = connectorId;
  if (best.registerWh) sample.registerWh = Math.floor(combinePhases(best.registerWh, sum) + 0.5);
  if (best.intervalWh) sample.intervalWh = Math.floor(combinePhases(best.intervalWh, sum) + 0.5);
  if (best.powerW) sample.powerW = combinePhases(best.powerW, sum);
  if (best.voltage) sample.voltage = combinePhases(best.voltage, mean);
  if (best.current) sample.current = combinePhases(best.current, maximum);
  if (best.soc) sample.soc = best.soc.value;
  return sample;
}

/** Keeps a sampled value if it is the best of its quantity so far. @returns False for a value that we do not use. */
function keepIfBetter(sampled: Payload, best: BestValues): boolean {
  if (sampled['format'] === 'SignedData') return false;
  const unit = sampled['unit'];
  const measurand = sampled['measurand'];
  const quantity = typeof measurand === 'string' ? QUANTITY_BY_MEASURAND.get(measurand) : 'registerWh';
  if (!quantity) return false;
  const exponent = typeof unit === 'string' ? exponentOf(UNIT_EXPONENTS[quantity], unit) : 0;
  if (exponent === undefined) return false;
  const value = parseDecimal(sampled['value'], exponent);
  if (value === undefined || !isExact(value) || ((quantity === 'registerWh' || quantity === 'intervalWh') && value < 0))
    return false;
  if (quantity === 'soc' && (value < 0 || value > 100)) return false;

  const phase = sampled['phase'];
  const phaseIndex = typeof phase === 'string' ? PHASE_INDEX.get(phase) : undefined;
  if (typeof phase === 'string' && phaseIndex === undefined) return false;
  const location = sampled['location'];
  const isElsewhere = quantity !== 'soc' && typeof location === 'string' && location !== 'Outlet';
  const context = CONTEXT_RANKS.get(sampled['context']) ?? OTHER_CONTEXT_RANK;
  const rank = (isElsewhere ? OTHER_LOCATION_RANK : 0) + (phaseIndex === undefined ? 0 : PER_PHASE_RANK) + context;

  const current = best[quantity];
  if (!current || rank < current.rank) {
    const phases = phaseIndex === undefined ? undefined : setPhase(undefined, phaseIndex, value);
    best[quantity] = { rank, value, phases };
  } else if (rank === current.rank) {
    // Of two values with the same rank, the later one counts.
    current.value = value;
    if (phaseIndex !== undefined) current.phases = setPhase(current.phases, phaseIndex, value);
  }
  return true;
}

function exponentOf(known: ReadonlyMap<string, number>, unit: string): number | undefined {
  return known.get(unit) ?? known.get(unit.toLowerCase());
}

function setPhase(phases: number[] | undefined, phaseIndex: 0 | 1 | 2, value: number): number[] {
  const values = phases ?? [NaN, NaN, NaN];
  values[phaseIndex] = value;
  return values;
}

function combinePhases(best: BestValue, combine: (values: readonly number[]) => number): number {
  return best.phases ? combine(best.phases.filter((value) => !Number.isNaN(value))) : best.value;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const maximum = (values: readonly number[]): number => Math.max(...values);

// The pattern is unambiguous, so matching takes linear time even for a long text that is not a number.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/**
 * Reads a number, or decimal text with a point or a comma, and multiplies it by 10^exponent. Text without an exponent
 * of its own is converted exactly: `1.0005` kWh is 1000.5 Wh.
 * @errors `undefined` if the value is not a finite number.
 */
export function parseDecimal(value: Json | undefined, exponent = 0): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? parseDecimal(String(value), exponent) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = DECIMAL.test(value) ? value : cleanDecimal(value);
  if (text === undefined) return undefined;
  const number =
    exponent === 0 ? Number(text) : /[eE]/.test(text) ? Number(text) * 10 ** exponent : Number(`${text}e${exponent}`);
  return Number.isFinite(number) ? number : undefined;
}

/** Trims whitespace, and reads a single comma as the decimal point. */
function cleanDecimal(value: string): string | undefined {
  const text = value.includes('.') ? value.trim() : value.trim().replace(',', '.');
  return DECIMAL.test(text) ? text : undefined;
}
