/** Reads the parts of an order: items, energy, time, billing, customer and payment collector. */
import type { ItemId, ItemRefs, RequestedLimit } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import {
  NUMBER_RULE,
  valueAt,
  readCode,
  readMeasure,
  readId,
  readStatedId,
  isObject,
  readList,
  readText,
} from '../../protocol/json-reading.js';
import { type OrderParts, definedParts } from '../core-1x/request-reader.js';
import { readOneEnergy } from '../../protocol/stated-energy.js';
import { readBilling } from '../core-1x/read-billing.js';
import { readSlot } from '../core-1x/slot.js';
import { statedPayment } from '../uei-charging/read-order.js';

const MAX_LIST = 20;
/** Maximum energy of one session, kWh; a larger number was probably meant in Wh. */
const MAX_KWH = 500;
const WH_PER_UNIT: Readonly<Record<string, number>> = { kwh: 1000, wh: 1, kw: 1000 };

export function readOrderParts(order: unknown): OrderParts {
  return definedParts({
    items: readItems(order),
    limit: readQuantity(order),
    slot: readSlot(order),
    passthrough: readPassthrough(order),
    billing: readBillingContact(valueAt(order, 'billing')),
  });
}

/**
 * Reads the ids of the items and, as hints, those of the fulfillments, which may be unknown. Ignores add-on items.
 * @shape  `providers`, a mistake in a published Postman collection, is read as `provider`.
 */
function readItems(order: unknown): ItemRefs | undefined {
  const ids = (field: 'items' | 'fulfillments'): ItemId[] =>
    readList(valueAt(order, field))
      .slice(0, MAX_LIST)
      .flatMap((entry, index) => {
        const id = isAddOn(entry) ? undefined : readStatedId(valueAt(entry, 'id'));
        if (id === undefined) return [];
        const path = `message.order.${field}[${index}].id`;
        return [field === 'items' ? { id, path } : { id, path, hint: true as const }];
      });
  const itemIds = [...ids('items'), ...ids('fulfillments')];
  if (itemIds.length === 0) return undefined;
  const providers = valueAt(order, 'providers');
  const providerId =
    readStatedId(valueAt(order, 'provider', 'id')) ??
    readStatedId(valueAt(providers, 'id')) ??
    readStatedId(valueAt(readList(providers)[0], 'id'));
  return { itemIds, ...(providerId !== undefined && { providerId }) };
}

/** Reads the energy to buy; `undefined` if no item states a quantity. Add-on items are ignored. */
function readQuantity(order: unknown): RequestedLimit | undefined {
  const items = readList(valueAt(order, 'items')).slice(0, MAX_LIST);
  return readOneEnergy(
    items.flatMap((item, index) => {
      const path = `message.order.items[${index}].quantity.selected.measure`;
      const limit = isAddOn(item) ? undefined : readItemQuantity(item, path);
      return limit ? [{ itemId: readId(valueAt(item, 'id')), path, limit }] : [];
    }),
  );
}

/**
 * Reads the energy that one item states; `undefined` if it states none.
 * @unit   In: Wh if the quantity states it; kWh if it states kWh, kW (a common mistake) or no unit. Out: Wh.
 * @errors `option-out-of-range` for any other unit, if two stated units contradict each other, and unless the energy is
 *         above 0 and at most 500 kWh.
 */
function readItemQuantity(item: unknown, path: string): RequestedLimit | undefined {
  const selected = valueAt(item, 'quantity', 'selected', 'measure');
  const measure = isObject(selected) ? selected : valueAt(item, 'quantity', 'measure');
  const written = valueAt(measure, 'value');
  if (written === undefined || written === null || written === '') return undefined;
  const refuse = (problem: string): RequestedLimit => ({
    refusal: { code: 'option-out-of-range', path, detail: problem },
  });
  const { value, unit: unitOfValue } = readMeasure(written) ?? {};
  const stated = readText(valueAt(measure, 'unit')) ?? unitOfValue ?? 'kWh';
  const unit = stated.toLowerCase().replace(/[.\s]/g, '');
  const whPer = Object.hasOwn(WH_PER_UNIT, unit) ? WH_PER_UNIT[unit] : undefined;
  if (whPer === undefined) return refuse(`energy is not sold in ${unit.slice(0, 20)}; use kWh`);
  if (unitOfValue !== undefined && unitOfValue !== unit) return refuse(`${unitOfValue} contradicts its unit ${unit}`);
  if (value === undefined || value <= 0) return refuse(`it must be a number of kWh above 0; ${NUMBER_RULE}`);
  if (value * whPer > MAX_KWH * 1000)
    return refuse(`${value} ${stated} is above ${MAX_KWH} kWh; if Wh is meant, state it in the unit`);
  return { limit: { kind: 'energy', value: Math.max(1, Math.round(value * whPer)) } };
}

function isAddOn(item: unknown): boolean {
  return readCode(valueAt(item, 'descriptor', 'code')) === 'add-on-item';
}

/** Reads a billing object. @shape `number`, a mistake in a published Postman collection, is read as `phone`. */
function readBillingContact(billing: unknown): Json | undefined {
  if (!isObject(billing)) return undefined;
  const phone = readText(valueAt(billing, 'phone')) ?? readText(valueAt(billing, 'number'));
  return readBilling({ ...billing, ...(phone !== undefined && { phone }) });
}

/** Reads the fields that callbacks repeat. @shape `{ customer, collectedBy }`; parts that were not sent are absent. */
function readPassthrough(order: unknown): Json | undefined {
  const fulfillments = readList(valueAt(order, 'fulfillments')).slice(0, MAX_LIST);
  const customer = fulfillments
    .map((fulfillment) => readCustomer(valueAt(fulfillment, 'customer')))
    .find((read) => read !== undefined);
  const payments = readList(valueAt(order, 'payments')).slice(0, MAX_LIST);
  const collectedBy = [statedPayment(order), ...payments]
    .map((payment) => readText(valueAt(payment, 'collected_by'), 40))
    .find((collector) => collector !== undefined);
  if (customer === undefined && collectedBy === undefined) return undefined;
  return { ...(customer && { customer }), ...(collectedBy !== undefined && { collectedBy }) };
}

function readCustomer(customer: unknown): JsonObject | undefined {
  const name = readText(valueAt(customer, 'person', 'name'));
  const phone = readText(valueAt(customer, 'contact', 'phone'));
  const email = readText(valueAt(customer, 'contact', 'email'));
  const contact = { ...(phone !== undefined && { phone }), ...(email !== undefined && { email }) };
  const fields: JsonObject = {
    ...(name !== undefined && { person: { name } }),
    ...(Object.keys(contact).length > 0 && { contact }),
  };
  return Object.keys(fields).length > 0 ? fields : undefined;
}
