/** The parts of an order as buyer apps of these dialects write them: energy in kWh, a charger, people, a payment. */
import type { ItemId, ItemRefs, RequestedLimit } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/object.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readCode, readDecimal, readId, isObject, readList, readText } from '../../protocol/json-reading.js';
import { type OrderParts, definedParts } from '../core-1x/request-reader.js';
import { readBilling } from '../core-1x/read-billing.js';
import { readSlot } from '../core-1x/slot.js';

const MAX_LIST = 20;
/** Nobody buys more at once: a bigger number was meant in Wh. */
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
 * The connectors that the order names by its items, narrowed by its fulfillments where those are known.
 * @shape  `providers`, a slip that a published collection spread, counts as `provider`; add-ons are no connectors.
 */
function readItems(order: unknown): ItemRefs | undefined {
  const ids = (field: 'items' | 'fulfillments'): ItemId[] =>
    readList(valueAt(order, field))
      .slice(0, MAX_LIST)
      .flatMap((thing, index) => {
        const found =
          readCode(valueAt(thing, 'descriptor', 'code')) === 'add-on-item' ? undefined : readId(valueAt(thing, 'id'));
        if (found === undefined) return [];
        const path = `message.order.${field}[${index}].id`;
        return [field === 'items' ? { id: found, path } : { id: found, path, hint: true as const }];
      });
  const itemIds = [...ids('items'), ...ids('fulfillments')];
  if (itemIds.length === 0) return undefined;
  const slip = valueAt(order, 'providers');
  const providerId =
    readId(valueAt(order, 'provider', 'id')) ?? readId(valueAt(slip, 'id')) ?? readId(valueAt(readList(slip)[0], 'id'));
  return { itemIds, ...(providerId !== undefined && { providerId }) };
}

/**
 * The energy that is asked for.
 * @unit   `quantity.selected.measure`: kWh unless it says Wh. Wh out.
 * @errors `option-out-of-range` for what is no positive number, has another unit, or is above 500 kWh. `undefined`
 *         when no item names a quantity.
 */
function readQuantity(order: unknown): RequestedLimit | undefined {
  for (const [index, item] of readList(valueAt(order, 'items')).slice(0, MAX_LIST).entries()) {
    const selected = valueAt(item, 'quantity', 'selected', 'measure');
    const measure = isObject(selected) ? selected : valueAt(item, 'quantity', 'measure');
    const said = readText(valueAt(measure, 'value'));
    if (said === undefined) continue;
    const path = `message.order.items[${index}].quantity.selected.measure`;
    const refuse = (problem: string): RequestedLimit => ({
      refusal: { code: 'option-out-of-range', path, detail: problem },
    });
    const value = readDecimal(said);
    const unit = (readText(valueAt(measure, 'unit')) ?? 'kWh').toLowerCase().replace(/[.\s]/g, '');
    const whPer = Object.hasOwn(WH_PER_UNIT, unit) ? WH_PER_UNIT[unit] : undefined;
    if (whPer === undefined) return refuse(`energy in ${unit.slice(0, 20)} is not sold here; say kWh`);
    if (value === undefined || value <= 0) return refuse('it must be a number of kWh above 0');
    if (whPer === 1000 && value > MAX_KWH)
      return refuse(`${value} kWh is above ${MAX_KWH}; if Wh are meant, say so in the unit`);
    return { limit: { kind: 'energy', value: Math.max(1, Math.round(value * whPer)) } };
  }
  return undefined;
}

/** A billing object; `number`, a slip that a published collection spread, counts as `phone`. */
function readBillingContact(billing: unknown): Json | undefined {
  if (!isObject(billing)) return undefined;
  const phone = readText(valueAt(billing, 'phone')) ?? readText(valueAt(billing, 'number'));
  return readBilling({ ...billing, ...(phone !== undefined && { phone }) });
}

/** `{ customer, collectedBy }`, whatever of it was sent: what the answers repeat as the buyer app spelled it. */
function readPassthrough(order: unknown): Json | undefined {
  const customers = readList(valueAt(order, 'fulfillments')).slice(0, MAX_LIST);
  const customer = customers.map((one) => readCustomer(valueAt(one, 'customer'))).find((one) => one !== undefined);
  const payments = readList(valueAt(order, 'payments')).slice(0, MAX_LIST);
  const collectedBy = payments
    .map((one) => readText(valueAt(one, 'collected_by'), 40))
    .find((one) => one !== undefined);
  if (customer === undefined && collectedBy === undefined) return undefined;
  return { ...(customer && { customer }), ...(collectedBy !== undefined && { collectedBy }) };
}

function readCustomer(customer: unknown): JsonObject | undefined {
  const name = readText(valueAt(customer, 'person', 'name'));
  const phone = readText(valueAt(customer, 'contact', 'phone'));
  const email = readText(valueAt(customer, 'contact', 'email'));
  const contact = { ...(phone !== undefined && { phone }), ...(email !== undefined && { email }) };
  const read: JsonObject = {
    ...(name !== undefined && { person: { name } }),
    ...(Object.keys(contact).length > 0 && { contact }),
  };
  return Object.keys(read).length > 0 ? read : undefined;
}
