/**
 * Checks the prices of I9: a quote keeps its price from the first time it is shown until the bill, whatever the network
 * file says in between, and that price is one that the connector had.
 */
import type { RunRecord, ConfirmedOrder } from './checker.js';
import { type ConnectorSpec, repriced } from '../node/network.js';
import type { Callback } from './wire-reading.js';

/**
 * Returns the price first shown with the confirmed quote, minor units per kWh; the connector's list price if none was
 * shown. Reports a violation of I9 if the quote later showed another price, or one that the connector never had.
 */
export function promisedPrice(record: RunRecord, order: ConfirmedOrder, connector: ConnectorSpec): number {
  const shown = record.callbacks
    .filter((one) => one.transactionId === order.transactionId && one.bapId === order.buyer)
    .map((one) => ({ orderId: one.orderId, madeAt: one.madeAt, quote: quoteIn(one), price: one.order?.pricePerKwh }))
    .filter(({ quote, price }) => quote !== '' && price !== undefined)
    .sort((a, b) => a.madeAt - b.madeAt);
  const confirmed = shown.find((one) => one.orderId === order.id) ?? shown.at(-1);
  const first = shown.find((one) => one.quote === confirmed?.quote);
  if (first?.price === undefined) return connector.pricePerKwh;
  for (const { quote, price, madeAt } of shown)
    if (quote === first.quote && price !== first.price)
      record.report('I9', madeAt, `quote ${quote} first showed ${first.price} per kWh, then ${price}`, order.id);
  const earlier = record.prices.filter(({ t }) => t <= first.madeAt);
  if (!earlier.some(({ percent }) => repriced(connector.pricePerKwh, percent) === first.price))
    record.report('I9', first.madeAt, `${first.price} per kWh was never a price of this connector`, order.id);
  return first.price;
}

/**
 * Returns an id for the quote in a callback; '' if it has no order. In dialects without quote ids, each draft callback
 * counts as a quote of its own, and all other callbacks share one.
 */
function quoteIn({ order, messageId }: Callback): string {
  if (!order || order.quoteId !== '') return order?.quoteId ?? '';
  return order.status === 'draft' ? messageId : 'confirmed';
}
