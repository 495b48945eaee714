/** Reads values that Beckn 2.0.0-rc1 and 2.0.0 LTS share: energy, time, finder fee, collector and bank accounts. */
import type { RequestedLimit, RequestedSlot, StatedFee } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import { readTimestamp } from '../../protocol/ttl.js';
import type { JsonObject } from '../../protocol/wire.js';
import { NUMBER_RULE, isObject, isStated, readDecimal, readList, readText } from '../../protocol/json-reading.js';
import { readStatedFee } from '../../protocol/stated-amount.js';
import { omitUndefined, readField } from './json-ld.js';

const MAX_ACCOUNTS = 4;
/** Maximum energy of one session, kWh; a larger number was probably meant in Wh. */
const MAX_KWH = 500;
const HOUR_MS = 3_600_000;

/**
 * Reads the energy to buy; `undefined` if the quantity is missing.
 * @unit   kWh in, Wh out.
 * @errors `option-unsupported` if the unit is stated and is not KWH; `option-out-of-range` unless the energy is above 0
 *         and at most 500 kWh.
 */
export function readEnergy(quantity: unknown, path: string): RequestedLimit | undefined {
  const value = readField(quantity, 'unitQuantity');
  if (value === undefined || value === null) return undefined;
  const unit = readText(readField(quantity, 'unitCode')) ?? 'KWH';
  if (unit.toUpperCase() !== 'KWH') {
    const detail = `${unit.slice(0, 20)}: energy is sold in KWH`;
    return { refusal: { code: 'option-unsupported', path: `${path}.unitCode`, detail } };
  }
  const kwh = readDecimal(value);
  if (kwh === undefined || kwh <= 0 || kwh > MAX_KWH) {
    const detail = `it must be a number of kWh above 0 and up to ${MAX_KWH}; ${NUMBER_RULE}`;
    return { refusal: { code: 'option-out-of-range', path: `${path}.unitQuantity`, detail } };
  }
  return { limit: { kind: 'energy', value: Math.max(1, Math.round(kwh * 1000)) } };
}

/**
 * Reads the requested slot; `undefined` if no start is stated. Without an end, it lasts one hour.
 * @errors `slot-invalid` if a time cannot be read or has no zone, which we would have to guess, or if the preferences
 *         are not an object.
 * @source Beckn 2.0 schemas: `startTime` and `endTime` have the format date-time of RFC 3339, which requires a zone.
 */
export function readSlot(preferences: unknown, path: string): RequestedSlot | undefined {
  const startTime = readField(preferences, 'startTime');
  if (startTime === undefined && (isObject(preferences) || !isStated(preferences))) return undefined;
  const from = readZonedTime(startTime);
  const endTime = readField(preferences, 'endTime');
  const until = endTime === undefined ? (from ?? 0) + HOUR_MS : readZonedTime(endTime);
  if (from === undefined || until === undefined) {
    return { refusal: { code: 'slot-invalid', path, detail: 'its time is not a date-time with a zone' } };
  }
  return { slot: { from, until } };
}

const ZONE = /(?:Z|[-+]\d\d:?\d\d)$/i;

function readZonedTime(value: unknown): number | undefined {
  return ZONE.test(readText(value) ?? '') ? readTimestamp(value) : undefined;
}

/** Reads the requested time in the form that is stored and repeated in callbacks: `from` and `until`, epoch ms. */
export function readRequestedSlot(preferences: unknown): JsonObject | undefined {
  const from = readTimestamp(readField(preferences, 'startTime'));
  const until = readTimestamp(readField(preferences, 'endTime'));
  return omitIfEmpty({ from, until });
}

/**
 * Reads the buyer app's finder fee. An unreadable fee becomes NaN, so that the quote refuses it as out of range.
 * @unit   A percentage: percent in, hundredths of a percent out. An amount: major units of the order's currency.
 */
export function readFinderFee(fee: unknown, path: string): StatedFee | undefined {
  const fields = readFeeFields(fee);
  const value = readField(fee, 'feeValue') ?? '';
  if (!fields) return value === '' ? undefined : { kind: 'amount', value: NaN };
  const kind = fields['feeType'] === 'PERCENTAGE' ? 'percent' : 'amount';
  return readStatedFee(kind, value, { currency: undefined, path: `${path}.feeValue` });
}

/** Reads the fee in the form that is stored and repeated in callbacks; `undefined` if it is invalid. */
export function readFeeFields(fee: unknown): JsonObject | undefined {
  const type = readText(readField(fee, 'feeType'))?.toUpperCase();
  const value = readDecimal(readField(fee, 'feeValue'));
  if ((type !== 'PERCENTAGE' && type !== 'AMOUNT') || value === undefined || value < 0) return undefined;
  return { feeType: type, feeValue: value };
}

export function readCollector(value: unknown): 'BPP' | 'BAP' | undefined {
  const collector = readText(value)?.toUpperCase();
  return collector === 'BPP' || collector === 'BAP' ? collector : undefined;
}

const ACCOUNT_FIELDS = ['beneficiaryId', 'accountHolderName', 'accountNumber', 'ifscCode', 'bankName', 'vpa'] as const;

export function readAccounts(value: unknown): Json[] | undefined {
  const accounts = readList(value)
    .slice(0, MAX_ACCOUNTS)
    .flatMap(
      (account) =>
        omitIfEmpty(Object.fromEntries(ACCOUNT_FIELDS.map((key) => [key, readText(readField(account, key))]))) ?? [],
    );
  return accounts.length > 0 ? accounts : undefined;
}

/** Drops undefined fields; returns `undefined` if none are left. */
export function omitIfEmpty(fields: { readonly [key: string]: Json | undefined }): JsonObject | undefined {
  const defined = omitUndefined(fields);
  return Object.keys(defined).length > 0 ? defined : undefined;
}
