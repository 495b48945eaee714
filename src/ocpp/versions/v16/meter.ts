/** OCPP 1.6 sampled values to meter samples. */
import type { MeterSample } from '../../../domain/model/command.js';
import type { Json } from '../../../domain/model/object.js';
import { isPayload, type Payload } from '../../frames/frame.js';
import { parseTime } from '../fields.js';

type Quantity = 'registerWh' | 'intervalWh' | 'powerW' | 'voltage' | 'current' | 'soc';

const QUANTITY_BY_MEASURAND: ReadonlyMap<string, Quantity> = new Map([
  ['Energy.Active.Import.Register', 'registerWh'],
  ['Energy.Active.Import.Interval', 'intervalWh'],
  ['Power.Active.Import', 'powerW'],
  ['Voltage', 'voltage'],
  ['Current.Import', 'current'],
  ['SoC', 'soc'],
]);

/** Powers of ten to Wh, W, V, A or percent. A unit that is not listed is not that quantity. */
const UNIT_EXPONENTS: { readonly [Q in Quantity]: ReadonlyMap<string, number> } = {
  registerWh: new Map([
    ['Wh', 0],
    ['kWh', 3],
  ]),
  intervalWh: new Map([
    ['Wh', 0],
    ['kWh', 3],
  ]),
  powerW: new Map([
    ['W', 0],
    ['kW', 3],
  ]),
  voltage: new Map([['V', 0]]),
  current: new Map([['A', 0]]),
  soc: new Map([['Percent', 0]]),
};

const PHASE_INDEX: ReadonlyMap<string, 0 | 1 | 2> = new Map([
  ['L1', 0],
  ['L2', 1],
  ['L3', 2],
  ['L1-N', 0],
  ['L2-N', 1],
  ['L3-N', 2],
]);

/** The best value of one quantity so far, or its values by phase. Lower rank is better. */
interface BestValue {
  rank: number;
  value: number;
  phases: number[] | undefined;
}

/** Ranks: another place is worse than the phases of this one, those worse than another moment of the transaction. */
const OTHER_LOCATION_RANK = 8;
const PER_PHASE_RANK = 4;
const CONTEXT_RANKS: ReadonlyMap<unknown, number> = new Map([
  ['Transaction.End', 0],
  ['Transaction.Begin', 2],
]);
const OTHER_CONTEXT_RANK = 1;

/**
 * The samples of a MeterValues (or of transactionData), one per timestamp that measured something we use.
 * @unit   Wh rounded half up, W, V, A, percent.
 * @shape  No measurand means the energy register, unless the unit is none of energy. The value without a phase is
 *         preferred to the sum (energy, power), mean (voltage) or greatest (current) of the phases, the outlet to
 *         every other location (for SoC all are alike), the end of the transaction to its course, that to its beginning.
 *         SignedData is never read as a number.
 * @errors None; what cannot be read counts as not measured, an unreadable time is `now`.
 * @source OCPP 1.6 §7.31, §7.32, §7.33, §7.43, §7.45
 */
export function readMeterValues(values: Json | undefined, now: number): MeterSample[] {
  const samples: MeterSample[] = [];
  if (!isList(values)) return samples;
  for (const value of values) {
    if (!isPayload(value)) continue;
    const sample = readSample(value, now);
    if (sample) samples.push(sample);
  }
  return samples;
}

function readSample(meterValue: Payload, now: number): MeterSample | undefined {
  const list = meterValue['sampledValue'];
  const best: { [Q in Quantity]?: BestValue } = {};
  let any = false;
  for (const sampled of isList(list) ? list : [list]) {
    if (sampled !== undefined && isPayload(sampled) && keepIfBetter(sampled, best)) any = true;
  }
  if (!any) return undefined;
  const sample: { -readonly [K in keyof MeterSample]: MeterSample[K] } = {
    at: parseTime(meterValue['timestamp']) ?? now,
  };
  if (best.registerWh) sample.registerWh = Math.floor(combinePhases(best.registerWh, sum) + 0.5);
  if (best.intervalWh) sample.intervalWh = Math.floor(combinePhases(best.intervalWh, sum) + 0.5);
  if (best.powerW) sample.powerW = combinePhases(best.powerW, sum);
  if (best.voltage) sample.voltage = combinePhases(best.voltage, mean);
  if (best.current) sample.current = combinePhases(best.current, maximum);
  if (best.soc) sample.soc = best.soc.value;
  return sample;
}

/** Puts one sampled value into the best ones, if it is better. True when it was one of ours. */
function keepIfBetter(sampled: Payload, best: { [Q in Quantity]?: BestValue }): boolean {
  if (sampled['format'] === 'SignedData') return false;
  const unit = sampled['unit'];
  const measurand = sampled['measurand'];
  const quantity = typeof measurand === 'string' ? QUANTITY_BY_MEASURAND.get(measurand) : 'registerWh';
  if (!quantity) return false;
  const power = typeof unit === 'string' ? UNIT_EXPONENTS[quantity].get(unit) : 0;
  if (power === undefined) return false;
  const value = parseDecimal(sampled['value'], power);
  if (value === undefined || ((quantity === 'registerWh' || quantity === 'intervalWh') && value < 0)) return false;
  if (quantity === 'soc' && (value < 0 || value > 100)) return false;

  const phase = sampled['phase'];
  const slot = typeof phase === 'string' ? PHASE_INDEX.get(phase) : undefined;
  if (typeof phase === 'string' && slot === undefined) return false;
  const location = sampled['location'];
  const away = quantity !== 'soc' && typeof location === 'string' && location !== 'Outlet';
  const context = CONTEXT_RANKS.get(sampled['context']) ?? OTHER_CONTEXT_RANK;
  const rank = (away ? OTHER_LOCATION_RANK : 0) + (slot === undefined ? 0 : PER_PHASE_RANK) + context;

  const held = best[quantity];
  if (!held || rank < held.rank) {
    best[quantity] = { rank, value, phases: slot === undefined ? undefined : setPhase(undefined, slot, value) };
  } else if (rank === held.rank) {
    // The later of two equals wins.
    held.value = value;
    if (slot !== undefined) held.phases = setPhase(held.phases, slot, value);
  }
  return true;
}

function setPhase(phases: number[] | undefined, slot: 0 | 1 | 2, value: number): number[] {
  const all = phases ?? [NaN, NaN, NaN];
  all[slot] = value;
  return all;
}

function combinePhases(best: BestValue, combine: (values: readonly number[]) => number): number {
  return best.phases ? combine(best.phases.filter((value) => !Number.isNaN(value))) : best.value;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const maximum = (values: readonly number[]): number => Math.max(...values);

// Each digit can be read in one way only: a long number that is none costs no more than its length.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** A number written in a string, with a point or one comma, times 10^power; exact in decimal (`1.0005` kWh is 1000.5). */
export function parseDecimal(value: Json | undefined, power = 0): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? parseDecimal(String(value), power) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = DECIMAL.test(value) ? value : cleanDecimal(value);
  if (text === undefined) return undefined;
  const number =
    power === 0 ? Number(text) : /[eE]/.test(text) ? Number(text) * 10 ** power : Number(`${text}e${power}`);
  return Number.isFinite(number) ? number : undefined;
}

/** Blanks around it gone, a lone comma made a point. */
function cleanDecimal(value: string): string | undefined {
  const text = value.includes('.') ? value.trim() : value.trim().replace(',', '.');
  return DECIMAL.test(text) ? text : undefined;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
