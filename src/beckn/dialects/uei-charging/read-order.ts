/** The parts of an order as a buyer app writes them: items, billing, payment and what must be said back. */
import type { ItemRefs, PaymentWish } from '../../../ports/buyer-requests.js';
import type { Json, Payment } from '../../../domain/model/order.js';
import { parseMinor } from '../../../domain/model/money.js';
import type { Refusal } from '../../../domain/model/refusal.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { readTimestamp } from '../../protocol/ttl.js';
import { at, codeOf, id, isObject, list, text } from '../../protocol/json-reading.js';
import { CURRENCY } from './options.js';
import { findGroup } from '../core-1x/tags.js';

/** A buyer names a station, a charge point and a connector; more than this is no order. */
const MAX_ITEMS = 20;
const MAX_ECHOED = 20;
const EMAIL = /^[\w+'-]+(\.[\w+'-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;

/** Items in the message's order; `undefined` when the message names none at all. */
export function readItems(order: unknown): ItemRefs | undefined {
  const itemIds = list(at(order, 'items'))
    .slice(0, MAX_ITEMS)
    .flatMap((item, index) => {
      const found = id(at(item, 'id'));
      return found === undefined ? [] : [{ id: found, path: `message.order.items[${index}].id` }];
    });
  const providerId = id(at(order, 'provider', 'id'));
  if (itemIds.length === 0) return undefined;
  return { itemIds, ...(providerId !== undefined && { providerId }) };
}

/** The known fields of a billing object, bounded; what is no text or does not fit is left out. */
export function readBilling(billing: unknown): Json | undefined {
  if (!isObject(billing)) return undefined;
  const organization = readOrganization(at(billing, 'organization'));
  const time = readTimestamp(at(billing, 'time', 'timestamp'));
  const read: JsonObject = {
    ...texts(billing, ['name', 'address', 'phone', 'tax_id']),
    ...emailOf(billing),
    ...place('city', at(billing, 'city')),
    ...place('state', at(billing, 'state')),
    ...(organization && { organization }),
    ...(time !== undefined && { time: { timestamp: new Date(time).toISOString() } }),
  };
  return Object.keys(read).length > 0 ? read : undefined;
}

function readOrganization(value: unknown): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const name = text(at(value, 'descriptor', 'name'));
  const contact = at(value, 'contact');
  const reached: JsonObject = isObject(contact) ? { ...texts(contact, ['phone']), ...emailOf(contact) } : {};
  const read: JsonObject = {
    ...(name !== undefined && { descriptor: { name } }),
    ...texts(value, ['address']),
    ...place('city', at(value, 'city')),
    ...(Object.keys(reached).length > 0 && { contact: reached }),
  };
  return Object.keys(read).length > 0 ? read : undefined;
}

function texts(from: JsonObject, fields: readonly string[]): JsonObject {
  const read: Record<string, Json> = {};
  for (const field of fields) {
    const value = text(at(from, field));
    if (value !== undefined) read[field] = value;
  }
  return read;
}

// Said back as an e-mail address, which a schema checks: what is none is left out.
function emailOf(from: JsonObject): JsonObject {
  const email = text(at(from, 'email'));
  return email !== undefined && EMAIL.test(email) ? { email } : {};
}

/** `City`, `State` or `Country`: a code and a name. Plain text counts as the name. */
export function place(field: string, value: unknown): JsonObject {
  const plain = text(value);
  if (plain !== undefined) return { [field]: { name: plain } };
  if (!isObject(value)) return {};
  const read = texts(value, ['name', 'code']);
  return Object.keys(read).length > 0 ? { [field]: read } : {};
}

export type PaymentRead =
  | { readonly payment: Payment; readonly currency?: string }
  | { readonly payment: 'unpaid' | 'unstated' }
  | { readonly refusal: Refusal };

/**
 * What the confirm says was paid.
 * @unit   `params.amount`: a decimal of the payment's currency; minor units out.
 * @errors `payment-missing` when a payment is called PAID and names no amount.
 */
export function readPayment(order: unknown): PaymentRead {
  const payments = list(at(order, 'payments')).slice(0, MAX_ITEMS);
  const index = payments.findIndex((payment) => codeOf(at(payment, 'status')) === 'paid');
  if (index < 0) return { payment: payments.some((payment) => text(at(payment, 'status'))) ? 'unpaid' : 'unstated' };
  const found = payments[index];
  const currency = text(at(found, 'params', 'currency'))?.toUpperCase();
  const paid = parseMinor(text(at(found, 'params', 'amount')) ?? '', currency ?? CURRENCY);
  const reference = text(at(found, 'params', 'transaction_id')) ?? text(at(found, 'transaction_id'));
  const method = paymentMethod(order);
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
export function readWish(order: unknown): { readonly wish?: PaymentWish } {
  const payment = list(at(order, 'payments'))[0];
  const said = { type: codeOf(at(payment, 'type')), collectedBy: codeOf(at(payment, 'collected_by')) };
  const wish: PaymentWish = {
    ...(said.type === 'pre-order' && { type: 'PRE-ORDER' }),
    ...(said.type === 'on-fulfillment' && { type: 'ON-FULFILLMENT' }),
    ...(said.collectedBy === 'bap' && { collectedBy: 'BAP' }),
    ...(said.collectedBy === 'bpp' && { collectedBy: 'BPP' }),
  };
  return Object.keys(wish).length > 0 ? { wish } : {};
}

function paymentMethod(order: unknown): string | undefined {
  const found = findGroup(at(order, 'tags'), 'message.order.tags', 'selected-payment-method');
  return found?.entries.map((entry) => text(entry.value)).find((value) => value !== undefined);
}

/** Tag groups that the answers repeat as the buyer spelled them; the selected option is not one, it is rendered. */
const ECHOED = ['selected-payment-method', 'user-info'] as const;

/** `{ option: {code, name}, groups: [...] }`, whatever of it was sent. */
export function readEcho(order: unknown): Json | undefined {
  const tags = at(order, 'tags');
  const option = findGroup(tags, 'message.order.tags', 'selected-charging-option')?.entries[0];
  const optionNames = option ? named(at(option.raw, 'descriptor')) : undefined;
  const groups = ECHOED.flatMap((code) => {
    const found = findGroup(tags, 'message.order.tags', code);
    if (!found) return [];
    const entries = found.entries.slice(0, MAX_ECHOED).flatMap((entry) => {
      const value = text(entry.value);
      return value === undefined ? [] : [{ ...named(at(entry.raw, 'descriptor')), value }];
    });
    return entries.length > 0 ? [{ code, entries }] : [];
  });
  if (optionNames === undefined && groups.length === 0) return undefined;
  return { ...(optionNames && { option: optionNames }), ...(groups.length > 0 && { groups }) };
}

function named(descriptor: unknown): JsonObject | undefined {
  if (!isObject(descriptor)) return undefined;
  const names = texts(descriptor, ['code', 'name']);
  return Object.keys(names).length > 0 ? names : undefined;
}
