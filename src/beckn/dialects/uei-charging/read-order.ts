/** The parts of an order as a buyer app writes them: items, billing, payment and what must be said back. */
import type { ItemRefs, PaymentPreference } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { Payment } from '../../../domain/model/payment.js';
import { parseMinor } from '../../../domain/model/money.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, readId, isObject, readList, readText } from '../../protocol/json-reading.js';
import { CURRENCY } from '../core-1x/figures.js';
import { findGroup } from '../core-1x/tags.js';
import { readTexts } from '../core-1x/read-billing.js';

/** A buyer names a station, a charge point and a connector; more than this is no order. */
const MAX_ITEMS = 20;
const MAX_PASSTHROUGH_ENTRIES = 20;
/** Items in the message's order; `undefined` when the message names none at all. */
export function readItems(order: unknown): ItemRefs | undefined {
  const itemIds = readList(valueAt(order, 'items'))
    .slice(0, MAX_ITEMS)
    .flatMap((item, index) => {
      const found = readId(valueAt(item, 'id'));
      return found === undefined ? [] : [{ id: found, path: `message.order.items[${index}].id` }];
    });
  const providerId = readId(valueAt(order, 'provider', 'id'));
  if (itemIds.length === 0) return undefined;
  return { itemIds, ...(providerId !== undefined && { providerId }) };
}

export type StatedPayment =
  | { readonly payment: Payment; readonly currency?: string }
  | { readonly payment: 'unpaid' | 'unstated' }
  | { readonly refusal: Refusal };

/**
 * What the confirm says was paid.
 * @unit   `params.amount`: a decimal of the payment's currency; minor units out.
 * @errors `payment-missing` when a payment is called PAID and names no amount.
 */
export function readPayment(order: unknown): StatedPayment {
  const payments = readList(valueAt(order, 'payments')).slice(0, MAX_ITEMS);
  const index = payments.findIndex((payment) => readCode(valueAt(payment, 'status')) === 'paid');
  if (index < 0)
    return { payment: payments.some((payment) => readText(valueAt(payment, 'status'))) ? 'unpaid' : 'unstated' };
  const found = payments[index];
  const currency = readText(valueAt(found, 'params', 'currency'))?.toUpperCase();
  const paid = parseMinor(readText(valueAt(found, 'params', 'amount')) ?? '', currency ?? CURRENCY);
  const reference = readText(valueAt(found, 'params', 'transaction_id')) ?? readText(valueAt(found, 'transaction_id'));
  const method = readPaymentMethod(order);
  if (paid === undefined || paid < 0) {
    const path = `message.order.payments[${index}].params.amount`;
    return { refusal: { code: 'payment-missing', path, detail: 'the PAID payment names no amount' } };
  }
  return {
    payment: { paid, ...(method !== undefined && { method }), ...(reference !== undefined && { reference }) },
    ...(currency !== undefined && { currency }),
  };
}

/** How it wants to pay, as far as it says so. @source core 1.x `Payment.type`, `Payment.collected_by`, in any case */
export function readPaymentPreference(order: unknown): { readonly paymentPreference?: PaymentPreference } {
  const payment = readList(valueAt(order, 'payments'))[0];
  const said = { type: readCode(valueAt(payment, 'type')), collectedBy: readCode(valueAt(payment, 'collected_by')) };
  const wish: PaymentPreference = {
    ...(said.type === 'pre-order' && { type: 'PRE-ORDER' }),
    ...(said.type === 'on-fulfillment' && { type: 'ON-FULFILLMENT' }),
    ...(said.collectedBy === 'bap' && { collectedBy: 'BAP' }),
    ...(said.collectedBy === 'bpp' && { collectedBy: 'BPP' }),
  };
  return Object.keys(wish).length > 0 ? { paymentPreference: wish } : {};
}

function readPaymentMethod(order: unknown): string | undefined {
  const found = findGroup(valueAt(order, 'tags'), 'message.order.tags', 'selected-payment-method');
  return found?.entries.map((entry) => readText(entry.value)).find((value) => value !== undefined);
}

/** Tag groups that the answers repeat as the buyer spelled them; the selected option is not one, it is rendered. */
const PASSTHROUGH_GROUPS = ['selected-payment-method', 'user-info'] as const;

/** `{ option: {code, name}, groups: [...] }`, whatever of it was sent. */
export function readPassthrough(order: unknown): Json | undefined {
  const tags = valueAt(order, 'tags');
  const option = findGroup(tags, 'message.order.tags', 'selected-charging-option')?.entries[0];
  const optionNames = option ? readDescriptorNames(valueAt(option.raw, 'descriptor')) : undefined;
  const groups = PASSTHROUGH_GROUPS.flatMap((code) => {
    const found = findGroup(tags, 'message.order.tags', code);
    if (!found) return [];
    const entries = found.entries.slice(0, MAX_PASSTHROUGH_ENTRIES).flatMap((entry) => {
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
