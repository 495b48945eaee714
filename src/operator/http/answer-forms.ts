/** Adds readable forms next to a response's raw numbers: RFC 3339 times, and amounts with their currency. */
import { formatMinor } from '../../domain/model/money.js';

/** Members that hold a time in epoch ms, in addition to those whose names end in `At`. */
const TIME_NAMES = new Set([
  'at',
  'now',
  'from',
  'until',
  'since',
  'startBy',
  'endBy',
  'proveAliveBy',
  'notAfter',
  'deadline',
  'validFrom',
  'validUntil',
  'pendingUntil',
  'owedSince',
  'offlineSince',
  'endSuspectedSince',
  'provisionalSince',
]);

/** Members whose content is passed on unchanged: JSON that was received from others, or is written for them. */
const FOREIGN_NAMES = new Set([
  'billing',
  'boot',
  'body',
  'cancelReason',
  'configuration',
  'passthrough',
  'payload',
  'raw',
  'records',
  'replyContext',
  'response',
  'responsePlan',
]);

/** The latest time that RFC 3339 can express, the end of the year 9999, in epoch ms. */
const MAX_TIME = 253_402_300_799_999;

/**
 * Returns a copy that adds the RFC 3339 form of each time as `<name>Iso`.
 * @shape Times are whole epoch ms; other values, and members in `FOREIGN_NAMES`, stay unchanged.
 */
export function withIsoTimes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withIsoTimes);
  const copy: { [name: string]: unknown } = {};
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    copy[name] = FOREIGN_NAMES.has(name) ? member : withIsoTimes(member);
    if (isTime(name, member)) copy[`${name}Iso`] = new Date(member).toISOString();
  }
  return copy;
}

function isTime(name: string, value: unknown): value is number {
  return (
    (TIME_NAMES.has(name) || name.endsWith('At')) &&
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= 0 &&
    value <= MAX_TIME
  );
}

export interface Money {
  /** In minor units. */
  readonly amount: number;
  readonly currency: string;
  /** In major units, with the decimals of the currency. */
  readonly text: string;
}

export function moneyOf(amount: number, currency: string): Money {
  return { amount, currency, text: formatMinor(amount, currency) };
}

/** Returns each amount under its name and, as `<name>Money`, with its currency. Omits absent amounts. */
export function withMoney(
  amounts: { readonly [name: string]: number | undefined },
  currency: string,
): { readonly [name: string]: number | Money } {
  const copy: { [name: string]: number | Money } = {};
  for (const [name, amount] of Object.entries(amounts)) {
    if (amount === undefined) continue;
    copy[name] = amount;
    copy[`${name}Money`] = moneyOf(amount, currency);
  }
  return copy;
}
