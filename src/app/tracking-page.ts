/** Renders the page to which `on_track` links: the state of one session, refreshed without a script. */
import type { Clock } from '../ports/runtime.js';
import type { Store } from '../ports/store.js';
import type { TrackingTokens } from '../beckn/outbound/tracking-token.js';
import { chargingCostSoFar } from '../domain/billing/bill.js';
import { formatMinor } from '../domain/model/money.js';
import type { Order } from '../domain/model/order.js';

export interface TrackingDeps {
  readonly tracking: TrackingTokens;
  readonly store: Pick<Store, 'order'>;
  readonly openOrders: () => readonly Order[];
  readonly clock: Clock;
}

/**
 * Returns a function that renders the page for a token, or returns `undefined` if the token is forged or expired, or
 * its order is unknown.
 */
export function trackingPage({
  tracking,
  store,
  openOrders,
  clock,
}: TrackingDeps): (token: string) => Promise<string | undefined> {
  return async (token) => {
    const orderId = tracking.verify(token, clock.now());
    if (orderId === undefined) return undefined;
    const order = openOrders().find(({ id }) => id === orderId) ?? (await store.order(orderId));
    return order && renderPage(order);
  };
}

function renderPage(order: Order): string {
  const { session, bill } = order;
  const meter = session?.meter;
  const { currency } = order.tariff;
  const money = (amount: number): string => `${formatMinor(amount, currency)} ${currency}`;
  const entries: [string, string][] = [['State', order.outcome?.text ?? order.state]];
  if (meter) {
    entries.push(['Energy', `${(meter.energyWh / 1000).toFixed(3)} kWh`]);
    if (meter.powerW !== undefined && !session?.end) entries.push(['Power', `${(meter.powerW / 1000).toFixed(1)} kW`]);
    if (meter.soc !== undefined) entries.push(['Battery', `${meter.soc} %`]);
    entries.push(['Charging cost', money(chargingCostSoFar(order))]);
  }
  if (bill) entries.push(['Billed', money(bill.total)], ['Refund', money(bill.refund)]);
  const list = entries.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('');
  const refresh = bill ? '' : '<meta http-equiv="refresh" content="10">';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}<title>Charging session</title><link rel="stylesheet" href="style.css"></head><body><h1>Charging session</h1><dl>${list}</dl></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
