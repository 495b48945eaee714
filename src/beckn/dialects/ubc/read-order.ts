/** The parts of an order as a buyer app writes them. Its sums and components are never looked at: ours count. */
import type { ItemRefs, LimitRead, PaymentWish, SlotRead } from '../../../ports/buyer-requests.js';
import type { Json, Payment } from '../../../domain/model/order.js';
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { id, list, text } from '../../protocol/json-reading.js';
import { minor } from '../core-2x/figures.js';
import { defined, field } from '../core-2x/json-ld.js';
import {
  CURRENCY,
  feeOf,
  filled,
  readAccounts,
  readCollector,
  readEmail,
  readEnergy,
  readFee,
  readSlot,
  readWish,
} from '../core-2x/read-values.js';

export const ORDER = 'message.order';
const ITEMS = `${ORDER}.beckn:orderItems`;
const MAX_ITEMS = 20;

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

export function readQuantity(order: unknown): LimitRead | undefined {
  return readEnergy(field(list(field(order, 'orderItems'))[0], 'quantity'), `${ITEMS}[0].beckn:quantity`);
}

export function readPreferences(order: unknown): SlotRead | undefined {
  return readSlot(field(order, 'orderAttributes', 'preferences'), `${ORDER}.beckn:orderAttributes.preferences`);
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
  return filled({
    id: id(field(buyer, 'id')),
    name: text(field(buyer, 'displayName')),
    phone: text(field(buyer, 'telephone')),
    email: readEmail(field(buyer, 'email')),
    taxId: text(field(buyer, 'taxID')),
    vpa: text(field(buyer, 'buyerAttributes', 'vpa')),
  });
}

export function readFinderFee(order: unknown): BuyerFinderFee | undefined {
  return feeOf(finderFeeSaid(order));
}

function finderFeeSaid(order: unknown): JsonObject | undefined {
  return readFee(field(order, 'orderAttributes', 'buyerFinderFee'));
}

/** Who is to collect, where the buyer app says it. */
export function readBeneficiary(order: unknown): PaymentWish | undefined {
  const collectedBy = readCollector(field(order, 'payment', 'beneficiary'));
  return collectedBy && { collectedBy };
}

function readTerms(payment: unknown): JsonObject | undefined {
  return filled({
    id: id(field(payment, 'id')),
    beneficiary: readCollector(field(payment, 'beneficiary')),
    txnRef: text(field(payment, 'txnRef')),
    upiTransactionId: text(field(payment, 'paymentAttributes', 'upiTransactionId')),
    accounts: readAccounts(field(payment, 'paymentAttributes', 'settlementAccounts')),
  });
}
