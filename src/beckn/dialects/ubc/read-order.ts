/** The parts of an order as a buyer app writes them. Its sums and components are never looked at: ours count. */
import type { ItemRefs, LimitRead, PaymentWish, SlotRead } from '../../../bridge/ports/buyers.js';
import type { Json, Payment } from '../../../domain/order.js';
import type { BuyerFinderFee } from '../../../domain/tariff-model.js';
import type { Refusal } from '../../../domain/refusal.js';
import { readTimestamp } from '../../staleness.js';
import type { JsonObject } from '../dialect.js';
import { at, decimal, id, list, text } from '../json-reading.js';
import { minor } from './figures.js';
import { defined, field } from './json-ld.js';

export const ORDER = 'message.order';
const ITEMS = `${ORDER}.beckn:orderItems`;
/** Every price of this network is in rupees unless a payment says otherwise. */
const CURRENCY = 'INR';
const MAX_ITEMS = 20;
const MAX_ACCOUNTS = 4;
/** Nobody buys more in one session; a bigger number was meant in Wh. */
const MOST_KWH = 500;
const EMAIL = /^[\w+'-]+(\.[\w+'-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;

/** `undefined` when none is named. The seller is not compared: one flow calls it by several names. */
export function readItems(order: unknown): ItemRefs | undefined {
  const itemIds = list(field(order, 'orderItems'))
    .slice(0, MAX_ITEMS)
    .flatMap((item, index) => {
      const found = itemId(item);
      return found === undefined ? [] : [{ id: found, path: `${ITEMS}[${index}].beckn:orderedItem` }];
    });
  return itemIds.length > 0 ? { itemIds } : undefined;
}

function itemId(item: unknown): string | undefined {
  const named = field(item, 'orderedItem');
  return id(named) ?? id(field(named, 'id'));
}

/**
 * How much is bought; `undefined` when the item does not say.
 * @unit   kWh in, Wh out.
 * @errors `option-unsupported` for another unit, `option-out-of-range` for a number that is none, or far too big.
 */
export function readQuantity(order: unknown): LimitRead | undefined {
  const quantity = field(list(field(order, 'orderItems'))[0], 'quantity');
  const said = field(quantity, 'unitQuantity');
  if (said === undefined || said === null) return undefined;
  const path = `${ITEMS}[0].beckn:quantity`;
  const unit = text(field(quantity, 'unitCode')) ?? 'KWH';
  if (unit.toUpperCase() !== 'KWH') {
    const detail = `${unit.slice(0, 20)}: energy is sold by the KWH`;
    return { refusal: { code: 'option-unsupported', path: `${path}.unitCode`, detail } };
  }
  const kwh = decimal(said);
  if (kwh === undefined || kwh <= 0 || kwh > MOST_KWH) {
    const detail = `it must be a number of kWh above 0 and up to ${MOST_KWH}`;
    return { refusal: { code: 'option-out-of-range', path: `${path}.unitQuantity`, detail } };
  }
  return { limit: { kind: 'energy', value: Math.max(1, Math.round(kwh * 1000)) } };
}

const HOUR_MS = 3_600_000;

/** The booked time, where one is wished; it lasts an hour when no end is said. @errors `slot-invalid` */
export function readPreferences(order: unknown): SlotRead | undefined {
  const wish = field(order, 'orderAttributes', 'preferences');
  const begins = field(wish, 'startTime') ?? undefined;
  if (begins === undefined) return undefined;
  const from = readTimestamp(begins);
  const ends = field(wish, 'endTime') ?? undefined;
  const until = ends === undefined ? (from ?? 0) + HOUR_MS : readTimestamp(ends);
  if (from === undefined || until === undefined) {
    const path = `${ORDER}.beckn:orderAttributes.preferences`;
    return { refusal: { code: 'slot-invalid', path, detail: 'its time is no date and time' } };
  }
  return { slot: { from, until } };
}

const PAID: ReadonlySet<string> = new Set(['COMPLETED', 'CAPTURED', 'SETTLED', 'AUTHORIZED', 'PAID']);

export type PaymentRead =
  | { readonly payment: Payment; readonly currency?: string }
  | { readonly payment: 'unpaid' | 'unstated' }
  | { readonly refusal: Refusal };

/** What the confirm says was paid. @errors `payment-missing` when it calls itself paid and names no amount. */
export function readPayment(order: unknown): PaymentRead {
  const said = field(order, 'payment');
  const status = text(field(said, 'paymentStatus'))?.toUpperCase();
  if (status === undefined) return { payment: 'unstated' };
  if (!PAID.has(status)) return { payment: 'unpaid' };
  const currency = text(field(said, 'amount', 'currency'))?.toUpperCase();
  const paid = minor(field(said, 'amount', 'value'), currency ?? CURRENCY);
  if (paid === undefined) {
    const path = `${ORDER}.beckn:payment.beckn:amount`;
    return { refusal: { code: 'payment-missing', path, detail: `the ${status} payment names no amount` } };
  }
  const reference = text(field(said, 'paymentAttributes', 'upiTransactionId')) ?? text(field(said, 'txnRef'));
  return {
    payment: { paid, ...(reference !== undefined && { reference }) },
    ...(currency !== undefined && { currency }),
  };
}

/**
 * What the answers repeat of the buyer app's words, bounded; later words are laid over earlier ones, part by part.
 * @shape `{item, buyer, finderFee, wish, payment}`, whatever of it was said.
 */
export function readEcho(order: unknown): Json | undefined {
  const echo = defined({
    item: itemId(list(field(order, 'orderItems'))[0]),
    buyer: readBuyer(field(order, 'buyer')),
    finderFee: finderFeeSaid(order),
    wish: readWish(field(order, 'orderAttributes', 'preferences')),
    payment: readTerms(field(order, 'payment')),
  });
  return Object.keys(echo).length > 0 ? echo : undefined;
}

function readBuyer(buyer: unknown): JsonObject | undefined {
  const email = text(field(buyer, 'email'));
  return filled({
    id: id(field(buyer, 'id')),
    name: text(field(buyer, 'displayName')),
    phone: text(field(buyer, 'telephone')),
    email: email !== undefined && EMAIL.test(email) ? email : undefined,
    taxId: text(field(buyer, 'taxID')),
    vpa: text(field(buyer, 'buyerAttributes', 'vpa')),
  });
}

/**
 * What the buyer app takes for having found the buyer: a FEE of the order.
 * @unit Hundredths of a percent, or minor units.
 */
export function readFinderFee(order: unknown): BuyerFinderFee | undefined {
  const said = finderFeeSaid(order);
  const value = Math.round((decimal(at(said, 'feeValue')) ?? 0) * 100);
  return said && { kind: at(said, 'feeType') === 'PERCENTAGE' ? 'percent' : 'amount', value };
}

function finderFeeSaid(order: unknown): JsonObject | undefined {
  const fee = field(order, 'orderAttributes', 'buyerFinderFee');
  const type = text(field(fee, 'feeType'))?.toUpperCase();
  const value = decimal(field(fee, 'feeValue'));
  if ((type !== 'PERCENTAGE' && type !== 'AMOUNT') || value === undefined || value < 0) return undefined;
  return { feeType: type, feeValue: value };
}

function readWish(wish: unknown): JsonObject | undefined {
  const [from, until] = [readTimestamp(field(wish, 'startTime')), readTimestamp(field(wish, 'endTime'))];
  return filled({ from, until });
}

/** Who is to collect, where the buyer app says it. */
export function readBeneficiary(order: unknown): PaymentWish | undefined {
  const said = text(field(order, 'payment', 'beneficiary'))?.toUpperCase();
  return said === 'BPP' || said === 'BAP' ? { collectedBy: said } : undefined;
}

function readTerms(payment: unknown): JsonObject | undefined {
  const beneficiary = text(field(payment, 'beneficiary'))?.toUpperCase();
  const accounts = list(field(payment, 'paymentAttributes', 'settlementAccounts'))
    .slice(0, MAX_ACCOUNTS)
    .flatMap((account) => filled(Object.fromEntries(ACCOUNT.map((key) => [key, text(field(account, key))]))) ?? []);
  return filled({
    id: id(field(payment, 'id')),
    beneficiary: beneficiary === 'BPP' || beneficiary === 'BAP' ? beneficiary : undefined,
    txnRef: text(field(payment, 'txnRef')),
    upiTransactionId: text(field(payment, 'paymentAttributes', 'upiTransactionId')),
    accounts: accounts.length > 0 ? accounts : undefined,
  });
}

export const ACCOUNT = ['beneficiaryId', 'accountHolderName', 'accountNumber', 'ifscCode', 'bankName', 'vpa'] as const;

function filled(fields: { readonly [key: string]: Json | undefined }): JsonObject | undefined {
  const read = defined(fields);
  return Object.keys(read).length > 0 ? read : undefined;
}
