/** Reads the parts of an order: its items, its payment and the fields that callbacks repeat. */
import type { ItemRefs, PaymentPreference } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import {
  NUMBER_RULE,
  valueAt,
  readCode,
  readStatedId,
  isObject,
  readList,
  readText,
} from '../../protocol/json-reading.js';
import { readPaidAmount, severalPaid, type PaymentReading } from '../../protocol/stated-amount.js';
import { findGroup } from '../core-1x/tags.js';
import { readTexts } from '../core-1x/read-billing.js';

/** Maximum number of items that are read. The usual items are station, charge point and connector. */
const MAX_ITEMS = 20;
const MAX_PASSTHROUGH_ENTRIES = 20;

/** Reads the item ids, in the sequence in which the message lists them; `undefined` if there are none. */
export function readItems(order: unknown): ItemRefs | undefined {
  const itemIds = readList(valueAt(order, 'items'))
    .slice(0, MAX_ITEMS)
    .flatMap((item, index) => {
      const id = readStatedId(valueAt(item, 'id'));
      return id === undefined ? [] : [{ id, path: `message.order.items[${index}].id` }];
    });
  const providerId = readStatedId(valueAt(order, 'provider', 'id'));
  if (itemIds.length === 0) return undefined;
  return { itemIds, ...(providerId !== undefined && { providerId }) };
}

/**
 * Reads the payment that a confirm states.
 * @unit   `params.amount` is a decimal in major units of `params.currency`.
 * @errors `payment-missing` if a payment is PAID but has no amount, or its amount cannot be read or is negative, and if
 *         several are PAID: an order is paid once, so the money of the others would silently be kept.
 */
export function readPayment(order: unknown): PaymentReading {
  const payments = readList(valueAt(order, 'payments'));
  const [index, second] = payments.flatMap((payment, at) =>
    readCode(valueAt(payment, 'status')) === 'paid' ? [at] : [],
  );
  if (index === undefined)
    return { payment: payments.some((payment) => readText(valueAt(payment, 'status'))) ? 'unpaid' : 'unstated' };
  if (second !== undefined) return severalPaid(`message.order.payments[${second}]`);
  const payment = payments[index];
  const amount = valueAt(payment, 'params', 'amount');
  const path = `message.order.payments[${index}].params.amount`;
  const paid = readPaidAmount(amount, valueAt(payment, 'params', 'currency'), path);
  const reference =
    readText(valueAt(payment, 'params', 'transaction_id')) ?? readText(valueAt(payment, 'transaction_id'));
  const method = readPaymentMethod(order);
  if (!paid) {
    const detail = amount === undefined ? 'the PAID payment has no amount' : `its amount is unreadable: ${NUMBER_RULE}`;
    return { refusal: { code: 'payment-missing', path, detail } };
  }
  return {
    payment: { paid, ...(method !== undefined && { method }), ...(reference !== undefined && { reference }) },
  };
}

/** Returns the payment whose terms are read: the paid one, else the first. */
export function statedPayment(order: unknown): unknown {
  const payments = readList(valueAt(order, 'payments'));
  return payments.find((payment) => readCode(valueAt(payment, 'status')) === 'paid') ?? payments[0];
}

/**
 * Reads how the buyer app wants to pay.
 * @source Core 1.x `Payment.type` and `Payment.collected_by`, in upper or lower case.
 */
export function readPaymentPreference(order: unknown): { readonly paymentPreference?: PaymentPreference } {
  const payment = statedPayment(order);
  const type = readCode(valueAt(payment, 'type'));
  const collectedBy = readCode(valueAt(payment, 'collected_by'));
  const paymentPreference: PaymentPreference = {
    ...(type === 'pre-order' && { type: 'PRE-ORDER' }),
    ...(type === 'on-fulfillment' && { type: 'ON-FULFILLMENT' }),
    ...(collectedBy === 'bap' && { collectedBy: 'BAP' }),
    ...(collectedBy === 'bpp' && { collectedBy: 'BPP' }),
  };
  return Object.keys(paymentPreference).length > 0 ? { paymentPreference } : {};
}

function readPaymentMethod(order: unknown): string | undefined {
  const group = findGroup(valueAt(order, 'tags'), 'message.order.tags', 'selected-payment-method');
  return group?.entries.map((entry) => readText(entry.value)).find((value) => value !== undefined);
}

/** Tag groups whose entries callbacks repeat. Of the selected option, only its code and name are repeated. */
const PASSTHROUGH_GROUPS = ['selected-payment-method', 'user-info'] as const;

/**
 * Reads the fields that callbacks repeat. @shape `{ option: {code, name}, groups: [...] }`; parts not sent are absent.
 */
export function readPassthrough(order: unknown): Json | undefined {
  const tags = valueAt(order, 'tags');
  const option = findGroup(tags, 'message.order.tags', 'selected-charging-option')?.entries[0];
  const optionNames = option ? readDescriptorNames(valueAt(option.raw, 'descriptor')) : undefined;
  const groups = PASSTHROUGH_GROUPS.flatMap((code) => {
    const group = findGroup(tags, 'message.order.tags', code);
    if (!group) return [];
    const entries = group.entries.slice(0, MAX_PASSTHROUGH_ENTRIES).flatMap((entry) => {
      const value = readText(entry.value);
      return value === undefined ? [] : [{ ...readDescriptorNames(valueAt(entry.raw, 'descriptor')), value }];
    });
    return entries.length > 0 ? [{ code, entries }] : [];
  });
  if (optionNames === undefined && groups.length === 0) return undefined;
  return { ...(optionNames && { option: optionNames }), ...(groups.length > 0 && { groups }) };
}

function readDescriptorNames(descriptor: unknown): JsonObject | undefined {
  if (!isObject(descriptor)) return undefined;
  const names = readTexts(descriptor, ['code', 'name']);
  return Object.keys(names).length > 0 ? names : undefined;
}
