/** Quantities as JSON numbers: money in major units, energy in kWh, power in kW. */
import { formatMinor } from '../../../domain/model/money.js';
import { standardOf } from '../../../domain/locations/catalogue.js';
import type { JsonObject } from '../../protocol/wire.js';
import { readMoney } from '../../protocol/json-reading.js';

/** Minor units to the number on the wire. */
export function toMajor(amount: number, currency: string): number {
  return Number(formatMinor(amount, currency));
}

/** The number on the wire to minor units, rounded half up. @errors `undefined` unless it is a sum of money up to 10^12. */
export function toMinor(value: unknown, currency: string): number | undefined {
  const amount = readMoney(value, currency);
  return amount === undefined || amount < 0 ? undefined : amount;
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

/** The network's code of a connector standard; `undefined` if it has none. */
export function toConnectorType(standard: string): string | undefined {
  return (
    CONNECTOR_TYPES.find((type) => type.toUpperCase() === standard.toUpperCase()) ??
    CONNECTOR_TYPES.find((type) => standardOf(type) === standardOf(standard))
  );
}
