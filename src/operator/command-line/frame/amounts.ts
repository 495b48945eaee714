/** Formats values from the operator's API for people, and reads periods and counts from the command line. */
import type { Json } from './bridge-client.js';
import { asObject } from './bridge-client.js';
import { usageFailure } from './failure.js';

const UNIT_MS: { readonly [unit: string]: number } = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @unit Epoch ms in; local time out. */
export function timeText(value: unknown): string {
  if (typeof value !== 'number') return '';
  const at = new Date(value);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}

/** @unit Wh in; kWh out. */
export function energyText(value: unknown): string {
  return typeof value === 'number' ? `${(value / 1000).toFixed(3)} kWh` : '';
}

/** @unit W in; kW out. */
export function powerText(value: unknown): string {
  return typeof value === 'number' ? `${(value / 1000).toFixed(1)} kW` : '';
}

/** Formats the `{ amount, currency, text }` that the API sends next to each amount. */
export function moneyText(value: unknown): string {
  const { text, currency } = asObject(value);
  return typeof text === 'string' ? `${text} ${String(currency)}` : '';
}

export function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Reads a period such as `90s`, `10m`, `2h` or `7d`. @unit ms out. @errors CommandFailure */
export function readAge(option: string, text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const factor = UNIT_MS[unit];
  if (factor === undefined) throw usageFailure(`${option}: "${text}" is no period.`, 'Write it as 90s, 10m, 2h or 7d.');
  return Number(digits) * factor;
}

/** @errors CommandFailure unless the text is a whole number of at least 1. */
export function readCount(option: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw usageFailure(`${option}: "${text}" is not a whole number from 1.`);
}

/**
 * Returns the place of an order or session as `charge point/connector`. A trial is marked, because it looks like a
 * sale.
 */
export function placeText({ chargePointId, connectorId, trial }: Json): string {
  const place = `${cellText(chargePointId)}/${cellText(connectorId)}`;
  return trial === true ? `${place} (trial)` : place;
}
