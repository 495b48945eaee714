/** The parts of an order as buyer apps of these dialects write them: energy in kWh, a charger, people, a payment. */
import type { ItemId, ItemRefs, LimitRead } from '../../../ports/buyer-requests.js';
import type { Json } from '../../../domain/model/order.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, codeOf, decimal, id, isObject, list, text } from '../../protocol/json-reading.js';
import { type OrderParts, partsOf } from '../core-1x/reading.js';
import { readBilling } from '../uei-charging/read-order.js';
import { readSlot } from '../uei-charging/slot.js';

const MAX_LIST = 20;
/** Nobody buys more at once: a bigger number was meant in Wh. */
const MOST_KWH = 500;
const WH_PER: Readonly<Record<string, number>> = { kwh: 1000, wh: 1, kw: 1000 };

export function orderParts(order: unknown): OrderParts {
  return partsOf({
    items: readItems(order),
    limit: readQuantity(order),
    slot: readSlot(order),
    echo: readEcho(order),
    billing: readContact(at(order, 'billing')),
  });
}

/**
 * The connectors that the order names by its items, narrowed by its fulfillments where those are known.
 * @shape  `providers`, a slip that a published collection spread, counts as `provider`; add-ons are no connectors.
 */
function readItems(order: unknown): ItemRefs | undefined {
  const ids = (field: 'items' | 'fulfillments'): ItemId[] =>
    list(at(order, field))
      .slice(0, MAX_LIST)
      .flatMap((thing, index) => {
        const found = codeOf(at(thing, 'descriptor', 'code')) === 'add-on-item' ? undefined : id(at(thing, 'id'));
        if (found === undefined) return [];
        const path = `message.order.${field}[${index}].id`;
        return [field === 'items' ? { id: found, path } : { id: found, path, hint: true as const }];
      });
  const itemIds = [...ids('items'), ...ids('fulfillments')];
  if (itemIds.length === 0) return undefined;
  const slip = at(order, 'providers');
  const providerId = id(at(order, 'provider', 'id')) ?? id(at(slip, 'id')) ?? id(at(list(slip)[0], 'id'));
  return { itemIds, ...(providerId !== undefined && { providerId }) };
}

/**
 * The energy that is asked for.
 * @unit   `quantity.selected.measure`: kWh unless it says Wh. Wh out.
 * @errors `option-out-of-range` for what is no positive number, has another unit, or is above 500 kWh. `undefined`
 *         when no item names a quantity.
 */
function readQuantity(order: unknown): LimitRead | undefined {
  for (const [index, item] of list(at(order, 'items')).slice(0, MAX_LIST).entries()) {
    const selected = at(item, 'quantity', 'selected', 'measure');
    const measure = isObject(selected) ? selected : at(item, 'quantity', 'measure');
    const said = text(at(measure, 'value'));
    if (said === undefined) continue;
    const path = `message.order.items[${index}].quantity.selected.measure`;
    const refuse = (problem: string): LimitRead => ({
      refusal: { code: 'option-out-of-range', path, detail: problem },
    });
    const value = decimal(said);
    const unit = (text(at(measure, 'unit')) ?? 'kWh').toLowerCase().replace(/[.\s]/g, '');
    const whPer = Object.hasOwn(WH_PER, unit) ? WH_PER[unit] : undefined;
    if (whPer === undefined) return refuse(`energy in ${unit.slice(0, 20)} is not sold here; say kWh`);
    if (value === undefined || value <= 0) return refuse('it must be a number of kWh above 0');
    if (whPer === 1000 && value > MOST_KWH)
      return refuse(`${value} kWh is above ${MOST_KWH}; if Wh are meant, say so in the unit`);
    return { limit: { kind: 'energy', value: Math.max(1, Math.round(value * whPer)) } };
  }
  return undefined;
}

/** A billing object; `number`, a slip that a published collection spread, counts as `phone`. */
function readContact(billing: unknown): Json | undefined {
  if (!isObject(billing)) return undefined;
  const phone = text(at(billing, 'phone')) ?? text(at(billing, 'number'));
  return readBilling({ ...billing, ...(phone !== undefined && { phone }) });
}

/** `{ customer, collectedBy }`, whatever of it was sent: what the answers repeat as the buyer app spelled it. */
function readEcho(order: unknown): Json | undefined {
  const customers = list(at(order, 'fulfillments')).slice(0, MAX_LIST);
  const customer = customers.map((one) => readCustomer(at(one, 'customer'))).find((one) => one !== undefined);
  const payments = list(at(order, 'payments')).slice(0, MAX_LIST);
  const collectedBy = payments.map((one) => text(at(one, 'collected_by'), 40)).find((one) => one !== undefined);
  if (customer === undefined && collectedBy === undefined) return undefined;
  return { ...(customer && { customer }), ...(collectedBy !== undefined && { collectedBy }) };
}

function readCustomer(customer: unknown): JsonObject | undefined {
  const name = text(at(customer, 'person', 'name'));
  const phone = text(at(customer, 'contact', 'phone'));
  const email = text(at(customer, 'contact', 'email'));
  const contact = { ...(phone !== undefined && { phone }), ...(email !== undefined && { email }) };
  const read: JsonObject = {
    ...(name !== undefined && { person: { name } }),
    ...(Object.keys(contact).length > 0 && { contact }),
  };
  return Object.keys(read).length > 0 ? read : undefined;
}
