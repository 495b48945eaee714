/** Reads what people want to know about an order, in any dialect. A fact that is not in the message is ''. */
import { exponentOf } from '../../domain/model/money.js';
import { tagValues } from '../buyer-app/catalogue-reading.js';
import { DIALECT_NAMES, DIALECTS } from '../dialects/all.js';
import type { Step } from '../dialects/dialect.js';
import { asList, textOf, valueAt } from '../runtime/json.js';
import { priceText } from '../runtime/price-text.js';

type Path = readonly (string | number)[];

/** Returns the text or number at the first path that has one. */
function firstAt(value: unknown, ...paths: readonly Path[]): string {
  for (const path of paths) {
    const found = valueAt(value, ...path);
    if (typeof found === 'string' || typeof found === 'number') return String(found);
  }
  return '';
}

/** Returns the order or contract in a message. */
export const orderIn = (message: unknown): unknown => valueAt(message, 'order') ?? valueAt(message, 'contract');

export const orderIdOf = (order: unknown): string => firstAt(order, ['id'], ['beckn:id']);

export const itemIdOf = (order: unknown): string =>
  firstAt(
    order,
    ['items', -1, 'id'],
    ['beckn:orderItems', 0, 'beckn:orderedItem'],
    ['commitments', 0, 'resources', 0, 'id'],
  );

/** Returns the energy to buy, such as `5 kWh`. */
export function energyOf(order: unknown): string {
  const quantity = firstAt(
    order,
    ['items', 0, 'quantity', 'selected', 'measure', 'value'],
    ['beckn:orderItems', 0, 'beckn:quantity', 'unitQuantity'],
    ['commitments', 0, 'resources', 0, 'quantity', 'unitQuantity'],
  );
  return quantity === '' ? '' : `${quantity} kWh`;
}

const CONSIDERATION = ['consideration', 0, 'considerationAttributes'] as const;

/** Returns the price of the quote or bill. */
export const priceOf = (order: unknown): string =>
  moneyAt(order, ['quote', 'price'], ['beckn:orderValue'], CONSIDERATION);

/** Returns the amount that a confirm states as paid. */
export const paymentOf = (order: unknown): string =>
  moneyAt(order, ['payments', 0, 'params'], ['beckn:payment', 'beckn:amount'], ['settlements', 0, 'amount']);

/** Formats the first amount found. Core 1.x has strings, which are copied; Beckn 2.0 has numbers. */
function moneyAt(order: unknown, ...paths: readonly Path[]): string {
  const money = paths.map((path) => valueAt(order, ...path)).find((found) => found !== undefined);
  const currency = firstAt(money, ['currency']);
  const amount = valueAt(money, 'value') ?? valueAt(money, 'amount') ?? valueAt(money, 'totalAmount');
  return priceText(currency, typeof amount === 'number' ? amount.toFixed(exponentOf(currency)) : textOf(amount));
}

const DELIVERY = ['beckn:fulfillment', 'beckn:deliveryAttributes'] as const;
const PERFORMANCE = ['performance', 0, 'performanceAttributes'] as const;

/** Returns the states of the order and of its session, such as `Order ACTIVE` and `session charging-started`. */
export function statesOf(order: unknown): string[] {
  const status = firstAt(order, ['status'], ['beckn:orderStatus'], ['status', 'code']);
  const session = firstAt(
    order,
    ['fulfillments', 0, 'state', 'descriptor', 'code'],
    [...DELIVERY, 'sessionStatus'],
    [...PERFORMANCE, 'sessionStatus'],
  );
  return [`Order ${status}`, ...(session === '' ? [] : [`session ${session}`])];
}

/** Returns the states of the order and of its session, and the energy delivered. */
export function progressOf(order: unknown): string[] {
  const metered = firstAt(order, [...DELIVERY, 'meteredEnergyKWh'], [...PERFORMANCE, 'meteredEnergyKWh']);
  const tagged = tagValues(valueAt(order, 'fulfillments', 0), 'charging-details').get('energy-delivered') ?? '';
  const energy = metered === '' ? tagged.replace(/(?<=\d)(?=kWh)/, ' ') : `${metered} kWh`;
  return [...statesOf(order), ...(energy === '' ? [] : [energy])];
}

/** Counts the connectors in the answer to a search in Beckn 2.0 or in the 1.1.0 dialects. */
export function countConnectors(message: unknown): number {
  const catalogues = asList(valueAt(message, 'catalogs'));
  const providers = asList(valueAt(message, 'catalog', 'providers'));
  return [
    ...catalogues.flatMap((one) => [...asList(valueAt(one, 'beckn:items')), ...asList(valueAt(one, 'resources'))]),
    ...providers.flatMap((one) => asList(valueAt(one, 'items'))),
  ].length;
}

/** Returns the step of a request; `undefined` if its dialect is unknown or has no such action. */
export function stepOf(action: string, body: unknown): Step | undefined {
  const domain = textOf(valueAt(body, 'context', 'domain')) || textOf(valueAt(body, 'context', 'networkId'));
  const name = DIALECT_NAMES.find((one) => DIALECTS[one].envelope.domain === domain);
  const message = valueAt(body, 'message');
  return name && DIALECTS[name].stepOf(action, typeof message === 'object' && message ? { ...message } : {});
}
