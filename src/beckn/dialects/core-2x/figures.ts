/** Quantities as JSON numbers: money in major units, energy in kWh, power in kW. */
import { formatMinor, parseMinor } from '../../../domain/model/money.js';
import { standardOf } from '../../../domain/locations/catalogue.js';
import type { JsonObject } from '../../protocol/wire.js';
import { readDecimal } from '../../protocol/json-reading.js';

/** Minor units to the number that the wire has. */
export function toMajor(amount: number, currency: string): number {
  return Number(formatMinor(amount, currency));
}

/** The wire's number to minor units, half up. @errors `undefined` for what is no sum of money. */
export function toMinor(value: unknown, currency: string): number | undefined {
  const number = readDecimal(value);
  // Sums of binary fractions come as 143.95000000000002; no currency has more than three digits.
  return number === undefined || number < 0 || number > 1e12 ? undefined : parseMinor(number.toFixed(6), currency);
}

export function formatDateTime(at: number): string {
  return new Date(at).toISOString();
}

/** Wh to `{unitCode: "KWH", …}`. */
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

/** The network's word for a connector standard; `undefined` when it has none. */
export function toConnectorType(standard: string): string | undefined {
  return (
    CONNECTOR_TYPES.find((word) => word.toUpperCase() === standard.toUpperCase()) ??
    CONNECTOR_TYPES.find((word) => standardOf(word) === standardOf(standard))
  );
}
