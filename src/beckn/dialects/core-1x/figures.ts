/** Numbers in the text formats of core 1.x networks: `"1.63 kWh"`, `"₹ 16.3"`, `"236.07"`. */
import { formatMinor } from '../../../domain/model/money.js';

/** At most two decimals, without trailing zeros. */
export function formatDecimal(value: number): string {
  return trimZeros(value.toFixed(2));
}

/** Wh to `"1.63 kWh"`, with up to three decimals. */
export function formatKilowattHours(energyWh: number): string {
  return `${trimZeros((energyWh / 1000).toFixed(3))} kWh`;
}

/** Watts to `"7.4kW"`. */
export function formatKilowatts(powerW: number): string {
  return `${formatDecimal(powerW / 1000)}kW`;
}

/** Metres to `"1.2kms"`. */
export function formatKilometres(distanceM: number): string {
  return `${trimZeros((distanceM / 1000).toFixed(1))}kms`;
}

export function currencySign(currency: string): string {
  return currency === 'INR' ? '₹' : `${currency} `;
}

/** Minor units to `"16.3"`. */
export function formatShortMoney(amount: number, currency: string): string {
  return trimZeros(formatMinor(amount, currency));
}

/** Epoch ms to a date-time with zone. */
export function formatDateTime(at: number): string {
  return new Date(at).toISOString();
}

/** Milliseconds to an ISO 8601 duration of whole seconds; never less than one. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds % 60 === 0 ? `PT${seconds / 60}M` : `PT${seconds}S`;
}
/** Every price of this dialect is in rupees. */

export const CURRENCY = 'INR';
/** Removes trailing zeros after the decimal point: `"100.00"` becomes `"100"`, `"16.30"` becomes `"16.3"`. */

export function trimZeros(number: string): string {
  return number.includes('.') ? number.replace(/\.?0+$/, '') : number;
}
