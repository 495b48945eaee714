/** Reads the parts of an order. Sums and price components stated by the buyer app do not change ours. */
import type {
  ItemRefs,
  RequestedLimit,
  PaymentPreference,
  RequestedSlot,
  StatedFee,
} from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import {
  NUMBER_RULE,
  isObject,
  readEmail,
  readId,
  readStatedId,
  readList,
  readText,
} from '../../protocol/json-reading.js';
import { readPaidAmount, type PaymentReading } from '../../protocol/stated-amount.js';
import { readOneEnergy } from '../../protocol/stated-energy.js';
import { omitUndefined, readField } from '../core-2x/json-ld.js';
import {
  readFinderFee as readFee,
  omitIfEmpty,
  readAccounts,
  readCollector,
  readEnergy,
  readFeeFields,
  readSlot,
  readRequestedSlot,
} from '../core-2x/read-values.js';

export const ORDER_PATH = 'message.order';
const ITEMS_PATH = `${ORDER_PATH}.beckn:orderItems`;
const MAX_ITEMS = 20;

/**
 * Reads the ordered items; `undefined` if there are none. Ignores the seller, because buyer apps vary its name within
 * one flow.
 */
export function readItems(order: unknown): ItemRefs | undefined {
  const itemIds = readList(readField(order, 'orderItems'))
    .slice(0, MAX_ITEMS)
    .flatMap((item, index) => {
      const id = readItemId(item);
      return id === undefined ? [] : [{ id, path: `${ITEMS_PATH}[${index}].beckn:orderedItem` }];
    });
  return itemIds.length > 0 ? { itemIds } : undefined;
}

function readItemId(item: unknown): string | undefined {
  const orderedItem = readField(item, 'orderedItem');
  return readStatedId(isObject(orderedItem) ? readField(orderedItem, 'id') : orderedItem);
}

export function readQuantity(order: unknown): RequestedLimit | undefined {
  const items = readList(readField(order, 'orderItems')).slice(0, MAX_ITEMS);
  return readOneEnergy(
    items.flatMap((item, index) => {
      const path = `${ITEMS_PATH}[${index}].beckn:quantity`;
      const limit = readEnergy(readField(item, 'quantity'), path);
      return limit ? [{ itemId: readItemId(item), path, limit }] : [];
    }),
  );
}

export function readPreferredSlot(order: unknown): RequestedSlot | undefined {
  return readSlot(
    readField(order, 'orderAttributes', 'preferences'),
    `${ORDER_PATH}.beckn:orderAttributes.preferences`,
  );
}

const PAID_STATUSES: ReadonlySet<string> = new Set(['COMPLETED', 'CAPTURED', 'SETTLED', 'AUTHORIZED', 'PAID']);

/** Reads the payment that a confirm states. @errors `payment-missing` if a paid payment has no readable amount. */
export function readPayment(order: unknown): PaymentReading {
  const payment = readField(order, 'payment');
  const status = readText(readField(payment, 'paymentStatus'))?.toUpperCase();
  if (status === undefined) return { payment: 'unstated' };
  if (!PAID_STATUSES.has(status)) return { payment: 'unpaid' };
  const amount = readField(payment, 'amount', 'value');
  const path = `${ORDER_PATH}.beckn:payment.beckn:amount`;
  const paid = readPaidAmount(amount, readField(payment, 'amount', 'currency'), path);
  if (!paid) {
    const isMissing = amount === undefined;
    const detail = isMissing ? `the ${status} payment has no amount` : `its value is unreadable: ${NUMBER_RULE}`;
    return { refusal: { code: 'payment-missing', path, detail } };
  }
  const reference =
    readText(readField(payment, 'paymentAttributes', 'upiTransactionId')) ?? readText(readField(payment, 'txnRef'));
  return { payment: { paid, ...(reference !== undefined && { reference }) } };
}

/**
 * Reads the fields that callbacks repeat. A later request replaces only the parts that it contains.
 * @shape  `{item, buyer, finderFee, requestedSlot, payment}`; parts that were not sent are absent.
 */
export function readPassthrough(order: unknown): Json | undefined {
  const passthrough = omitUndefined({
    item: readItemId(readList(readField(order, 'orderItems'))[0]),
    buyer: readBuyer(readField(order, 'buyer')),
    finderFee: readFinderFeeFields(order),
    requestedSlot: readRequestedSlot(readField(order, 'orderAttributes', 'preferences')),
    payment: readPaymentTerms(readField(order, 'payment')),
  });
  return Object.keys(passthrough).length > 0 ? passthrough : undefined;
}

function readBuyer(buyer: unknown): JsonObject | undefined {
  return omitIfEmpty({
    id: readId(readField(buyer, 'id')),
    name: readText(readField(buyer, 'displayName')),
    phone: readText(readField(buyer, 'telephone')),
    email: readEmail(readField(buyer, 'email')),
    taxId: readText(readField(buyer, 'taxID')),
    vpa: readText(readField(buyer, 'buyerAttributes', 'vpa')),
  });
}

export function readFinderFee(order: unknown): StatedFee | undefined {
  const path = `${ORDER_PATH}.beckn:orderAttributes.buyerFinderFee`;
  return readFee(readField(order, 'orderAttributes', 'buyerFinderFee'), path);
}

function readFinderFeeFields(order: unknown): JsonObject | undefined {
  return readFeeFields(readField(order, 'orderAttributes', 'buyerFinderFee'));
}

export function readPaymentPreference(order: unknown): PaymentPreference | undefined {
  const collectedBy = readCollector(readField(order, 'payment', 'beneficiary'));
  return collectedBy && { collectedBy };
}

function readPaymentTerms(payment: unknown): JsonObject | undefined {
  return omitIfEmpty({
    id: readId(readField(payment, 'id')),
    beneficiary: readCollector(readField(payment, 'beneficiary')),
    txnRef: readText(readField(payment, 'txnRef')),
    upiTransactionId: readText(readField(payment, 'paymentAttributes', 'upiTransactionId')),
    accounts: readAccounts(readField(payment, 'paymentAttributes', 'settlementAccounts')),
  });
}
