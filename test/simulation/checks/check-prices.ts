/** Checks I9: a quote keeps its price from the first time it is shown until the bill, whatever the network file says meanwhile. */
import type { RunRecord, ConfirmedOrder } from './checker.js';
import { at, hundredths, list, text } from '../runtime/json.js';
import { type ConnectorSpec, repriced } from '../node/network.js';
import type { Callback } from './wire-reading.js';

/** The price that the buyer was shown with the quote that was confirmed, minor units per kWh. */
export function promisedPrice(record: RunRecord, order: ConfirmedOrder, connector: ConnectorSpec): number {
  const shown = record.callbacks
    .filter((one) => one.transactionId === order.transactionId && ownedBy(one, order.buyer))
    .map((one) => ({ ...one, quote: text(at(one.order, 'quote', 'id')), price: priceIn(one.order) }))
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

const ownedBy = ({ json }: Callback, buyer: string): boolean => at(json, 'context', 'bap_id') === buyer;

/** Reads the price on the charge point of an order: `"₹18.5/kWh"` is 1850. */
function priceIn(order: unknown): number | undefined {
  const groups = list(at(order, 'items')).flatMap((item) => list(at(item, 'tags')));
  const price = groups.find((group) => at(group, 'descriptor', 'code') === 'price');
  return hundredths(at(price, 'list', 0, 'value'));
}
