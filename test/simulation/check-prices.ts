/** I9: a quote holds with its price, from the first time it is shown to the bill, whatever the network file says meanwhile. */
import type { Case, Confirmed } from './checker.js';
import { at, hundredths, list, text } from './json.js';
import { type Outlet, repriced } from './network.js';
import type { Callback } from './wire-reading.js';

/** The price that the buyer was shown with the quote that was confirmed, minor units per kWh. */
export function promisedPrice(found: Case, order: Confirmed, outlet: Outlet): number {
  const shown = found.callbacks
    .filter((one) => one.transactionId === order.transactionId && ownedBy(one, order.buyer))
    .map((one) => ({ ...one, quote: text(at(one.order, 'quote', 'id')), price: priceIn(one.order) }))
    .filter(({ quote, price }) => quote !== '' && price !== undefined)
    .sort((a, b) => a.madeAt - b.madeAt);
  const confirmed = shown.find((one) => one.orderId === order.id) ?? shown.at(-1);
  const first = shown.find((one) => one.quote === confirmed?.quote);
  if (first?.price === undefined) return outlet.pricePerKwh;
  for (const { quote, price, madeAt } of shown)
    if (quote === first.quote && price !== first.price)
      found.complain('I9', madeAt, `quote ${quote} first said ${first.price} a kWh, then ${price}`, order.id);
  const known = found.prices.filter(({ t }) => t <= first.madeAt);
  if (!known.some(({ percent }) => repriced(outlet.pricePerKwh, percent) === first.price))
    found.complain('I9', first.madeAt, `${first.price} a kWh was never a price here`, order.id);
  return first.price;
}

const ownedBy = ({ json }: Callback, buyer: string): boolean => at(json, 'context', 'bap_id') === buyer;

/** `"₹18.5/kWh"` on the charge point of an order, as 1850. */
function priceIn(order: unknown): number | undefined {
  const groups = list(at(order, 'items')).flatMap((item) => list(at(item, 'tags')));
  const price = groups.find((group) => at(group, 'descriptor', 'code') === 'price');
  return hundredths(at(price, 'list', 0, 'value'));
}
