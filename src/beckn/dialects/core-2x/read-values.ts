/** Values that both wire shapes of Beckn 2.0 spell alike, wherever they stand in a message. */
import type { RequestedLimit, RequestedSlot } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import { readTimestamp } from '../../protocol/ttl.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readDecimal, readList, readText } from '../../protocol/json-reading.js';
import { omitUndefined, readField } from './json-ld.js';

/** Every price of these networks is in rupees unless a payment says otherwise. */
export const CURRENCY = 'INR';
const MAX_ACCOUNTS = 4;
/** Nobody buys more in one session; a bigger number was meant in Wh. */
const MAX_KWH = 500;
const HOUR_MS = 3_600_000;
const EMAIL = /^[\w+'-]+(\.[\w+'-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;

/**
 * How much is bought; `undefined` when nothing is said.
 * @unit   kWh in, Wh out.
 * @errors `option-unsupported` for another unit, `option-out-of-range` for a number that is none, or far too big.
 */
export function readEnergy(quantity: unknown, path: string): RequestedLimit | undefined {
  const said = readField(quantity, 'unitQuantity');
  if (said === undefined || said === null) return undefined;
  const unit = readText(readField(quantity, 'unitCode')) ?? 'KWH';
  if (unit.toUpperCase() !== 'KWH') {
    const detail = `${unit.slice(0, 20)}: energy is sold by the KWH`;
    return { refusal: { code: 'option-unsupported', path: `${path}.unitCode`, detail } };
  }
  const kwh = readDecimal(said);
  if (kwh === undefined || kwh <= 0 || kwh > MAX_KWH) {
    const detail = `it must be a number of kWh above 0 and up to ${MAX_KWH}`;
    return { refusal: { code: 'option-out-of-range', path: `${path}.unitQuantity`, detail } };
  }
  return { limit: { kind: 'energy', value: Math.max(1, Math.round(kwh * 1000)) } };
}

/** The booked time, where one is wished; it lasts an hour when no end is said. @errors `slot-invalid` */
export function readSlot(wish: unknown, path: string): RequestedSlot | undefined {
  const begins = readField(wish, 'startTime') ?? undefined;
  if (begins === undefined) return undefined;
  const from = readTimestamp(begins);
  const ends = readField(wish, 'endTime') ?? undefined;
  const until = ends === undefined ? (from ?? 0) + HOUR_MS : readTimestamp(ends);
  if (from === undefined || until === undefined) {
    return { refusal: { code: 'slot-invalid', path, detail: 'its time is no date and time' } };
  }
  return { slot: { from, until } };
}

/** The wished time as it is repeated. */
export function readRequestedSlot(wish: unknown): JsonObject | undefined {
  const [from, until] = [readTimestamp(readField(wish, 'startTime')), readTimestamp(readField(wish, 'endTime'))];
  return omitIfEmpty({ from, until });
}

/**
 * What the buyer app takes for having found the buyer: a FEE of the order.
 * @unit Hundredths of a percent, or minor units.
 */
export function toBuyerFinderFee(said: JsonObject | undefined): BuyerFinderFee | undefined {
  const value = Math.round((readDecimal(valueAt(said, 'feeValue')) ?? 0) * 100);
  return said && { kind: valueAt(said, 'feeType') === 'PERCENTAGE' ? 'percent' : 'amount', value };
}

/** The same as it is repeated. */
export function readFeeFields(fee: unknown): JsonObject | undefined {
  const type = readText(readField(fee, 'feeType'))?.toUpperCase();
  const value = readDecimal(readField(fee, 'feeValue'));
  if ((type !== 'PERCENTAGE' && type !== 'AMOUNT') || value === undefined || value < 0) return undefined;
  return { feeType: type, feeValue: value };
}

/** An address that every reader takes for one. */
export function readEmail(value: unknown): string | undefined {
  const email = readText(value);
  return email !== undefined && EMAIL.test(email) ? email : undefined;
}

export function readCollector(value: unknown): 'BPP' | 'BAP' | undefined {
  const said = readText(value)?.toUpperCase();
  return said === 'BPP' || said === 'BAP' ? said : undefined;
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

/** What of the fields is there; `undefined` when nothing is. */
export function omitIfEmpty(fields: { readonly [key: string]: Json | undefined }): JsonObject | undefined {
  const read = omitUndefined(fields);
  return Object.keys(read).length > 0 ? read : undefined;
}
