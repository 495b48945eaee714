/** Formats numbers as core 1.x networks write them: `"1.63 kWh"`, `"₹ 16.3"`, `"236.07"`. */
import { formatMinor } from '../../../domain/model/money.js';

/** Formats a number with at most two decimals, without trailing zeros. */
export function formatDecimal(value: number): string {
  return trimZeros(value.toFixed(2));
}

/** Formats Wh as `"1.63 kWh"`, with up to three decimals. */
export function formatKilowattHours(energyWh: number): string {
  return `${trimZeros((energyWh / 1000).toFixed(3))} kWh`;
}

/** Formats watts as `"7.4kW"`. */
export function formatKilowatts(powerW: number): string {
  return `${formatDecimal(powerW / 1000)}kW`;
}

/** Formats metres as `"1.2kms"`. */
export function formatKilometres(distanceM: number): string {
  return `${trimZeros((distanceM / 1000).toFixed(1))}kms`;
}

export function currencySign(currency: string): string {
  return currency === 'INR' ? '₹' : `${currency} `;
}

/** Formats minor units as major units without trailing zeros: `"16.3"`. */
export function formatShortMoney(amount: number, currency: string): string {
  return trimZeros(formatMinor(amount, currency));
}

/** Formats epoch ms as a date-time in UTC. */
export function formatDateTime(at: number): string {
  return new Date(at).toISOString();
}

/** Formats milliseconds as an ISO 8601 duration of at least one second, rounded to seconds: `"PT5M"`, `"PT90S"`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds % 60 === 0 ? `PT${seconds / 60}M` : `PT${seconds}S`;
}

/** Removes trailing zeros after the decimal point: `"100.00"` becomes `"100"`, `"16.30"` becomes `"16.3"`. */
export function trimZeros(number: string): string {
  return number.includes('.') ? number.replace(/\.?0+$/, '') : number;
}
