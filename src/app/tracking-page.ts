/** The page behind `on_track`'s link: one session, live, without a script. */
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

/** The HTML of a token's session; `undefined` when the link is not ours or has expired. */
export function trackingPage({
  tracking,
  store,
  openOrders: open,
  clock,
}: TrackingDeps): (token: string) => Promise<string | undefined> {
  return async (token) => {
    const orderId = tracking.verify(token, clock.now());
    if (orderId === undefined) return undefined;
    const order = open().find((other) => other.id === orderId) ?? (await store.order(orderId));
    return order && renderPage(order);
  };
}

function renderPage(order: Order): string {
  const { session, bill } = order;
  const meter = session?.meter;
  const { currency } = order.tariff;
  const rows: [string, string][] = [['State', order.outcome?.text ?? order.state]];
  if (meter) {
    rows.push(['Energy', `${(meter.energyWh / 1000).toFixed(3)} kWh`]);
    if (meter.powerW !== undefined && !session?.end) rows.push(['Power', `${(meter.powerW / 1000).toFixed(1)} kW`]);
    if (meter.soc !== undefined) rows.push(['Battery', `${meter.soc} %`]);
    rows.push(['Charging cost', `${formatMinor(chargingCostSoFar(order), currency)} ${currency}`]);
  }
  if (bill) {
    rows.push(
      ['Billed', `${formatMinor(bill.total, currency)} ${currency}`],
      ['Refund', `${formatMinor(bill.refund, currency)} ${currency}`],
    );
  }
  const list = rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('');
  const refresh = bill ? '' : '<meta http-equiv="refresh" content="10">';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}<title>Charging session</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem;color:#1b2733;background:#fff}h1{font-size:1.25rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.5rem 1.5rem}dt{color:#5a6b7b}dd{margin:0;font-weight:600}@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#10161c}dt{color:#93a4b3}}</style></head><body><h1>Charging session</h1><dl>${list}</dl></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
