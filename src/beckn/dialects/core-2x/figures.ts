/** Converts values for Beckn 2.0 networks: money in major units, energy in kWh, times, connector types and ratings. */
import { formatMinor } from '../../../domain/model/money.js';
import { standardOf } from '../../../domain/locations/catalogue.js';
import type { JsonObject } from '../../protocol/wire.js';
import { NUMBER_RULE, readDecimal } from '../../protocol/json-reading.js';

/** Converts minor units to a JSON number in major units. */
export function toMajor(amount: number, currency: string): number {
  return Number(formatMinor(amount, currency));
}

export function formatDateTime(at: number): string {
  return new Date(at).toISOString();
}

/** Converts Wh to a quantity in kWh. */
export function energyQuantity(energyWh: number): JsonObject {
  return { unitText: 'Kilowatt Hour', unitCode: 'KWH', unitQuantity: energyWh / 1000 };
}

export function renderPricePerKwh(tariff: { readonly currency: string; readonly pricePerKwh: number }): JsonObject {
  const { currency } = tariff;
  return { currency, value: toMajor(tariff.pricePerKwh, currency), applicableQuantity: energyQuantity(1000) };
}

const CONNECTOR_TYPES = [
  'CCS2',
  'Type2',
  'CHAdeMO',
  'GB_T',
  'GBT_AC',
  'GBT_DC',
  'AC-001',
  'DC-001',
  '15A',
  'IEC_AC',
  'IEC_60309',
  'Anderson',
  'Type6',
  'Type1',
] as const;

/** Converts a connector standard to the network's code; `undefined` if the network has no code for it. */
export function toConnectorType(standard: string): string | undefined {
  return (
    CONNECTOR_TYPES.find((type) => type.toUpperCase() === standard.toUpperCase()) ??
    CONNECTOR_TYPES.find((type) => standardOf(type) === standardOf(standard))
  );
}

interface RatingOnScale {
  readonly value: number;
  readonly worst: number;
  readonly best: number;
  /** The value on the scale of core 1.x, 0 to 10, on which all ratings are stored. */
  readonly onScale: number;
}

/**
 * Reads a rating on its own scale, by default 0 to 5.
 * @errors `detail` if a number cannot be read, the value is outside its scale, or the scale is empty or reversed.
 */
export function readRatingOnScale(
  statedValue: unknown,
  statedWorst: unknown,
  statedBest: unknown,
): RatingOnScale | { readonly detail: string } {
  const [worst, best] = [readBound(statedWorst, 0), readBound(statedBest, 5)];
  if (worst === undefined || best === undefined) return { detail: `its scale cannot be read: ${NUMBER_RULE}` };
  const value = readDecimal(statedValue);
  if (value === undefined || best <= worst || value < worst || value > best)
    return { detail: `it must be a number from ${worst} to ${best}` };
  return { value, worst, best, onScale: Math.round(((value - worst) * 1000) / (best - worst)) / 100 };
}

function readBound(value: unknown, byDefault: number): number | undefined {
  return value === undefined || value === null || value === '' ? byDefault : readDecimal(value);
}
