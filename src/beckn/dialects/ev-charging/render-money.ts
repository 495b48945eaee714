/** Quote, payments and terms: what it costs, or what is given back. */
import { formatMinor } from '../../../domain/model/money.js';
import { isTerminal, type Order } from '../../../domain/model/order.js';
import type { Breakup, PriceLine } from '../../../domain/model/quote.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, readText } from '../../protocol/json-reading.js';
import { formatDuration } from '../core-1x/figures.js';
import { renderPayments } from '../uei-charging/render-money.js';
import { orderStatus } from './phase.js';
import { energyMeasure } from './render-site.js';
import type { Spelling } from './spelling.js';

/** Codes of the guide's taxonomy for the lines that it knows; others are called what they are called here. */
const BREAKUP_CODES: Readonly<Record<string, string>> = {
  energy: 'energy-cost',
  tax: 'gst',
  'service-fee': 'service-charge',
};

/**
 * The quote, or the bill once there is one; of an order that was cancelled or broken off what is given back, below
 * zero. The rows sum to the price.
 */
export function renderQuote(order: Order, now: number, spelling: Spelling): JsonObject {
  const { quote, bill } = order;
  if (orderStatus(order) === 'CANCELLED') return renderRefund(order);
  const shown: Breakup = bill ?? quote;
  const money = (amount: number): JsonObject => renderPrice(shown.currency, amount);
  return {
    id: quote.id,
    price: money(shown.total),
    breakup: shown.lines.map((line) => ({
      title: spelling.title(line, bill !== undefined),
      item: {
        descriptor: { code: breakupCode(line), name: spelling.title(line, bill !== undefined) },
        ...(line.code === 'energy' && { quantity: { selected: energyMeasure(shown.energyWh) } }),
      },
      price: money(line.amount),
    })),
    ...(order.state === 'draft' && { ttl: formatDuration(quote.expiresAt - now) }),
  };
}

function breakupCode({ code, title }: PriceLine): string {
  if (code === 'tax' && title.toLowerCase() !== 'gst') return title.toLowerCase().replace(/\s+/g, '-') || code;
  return BREAKUP_CODES[code] ?? code;
}

function renderRefund(order: Order): JsonObject {
  const { quote, bill } = order;
  const back = bill?.refund ?? order.payment?.paid ?? 0;
  // not "-0"
  const price = renderPrice(quote.currency, back === 0 ? 0 : -back);
  const title = 'payment refund';
  const item = { descriptor: { name: title }, quantity: { selected: energyMeasure(quote.energyWh) } };
  return { id: quote.id, price, breakup: [{ title, item, price }] };
}

function renderPrice(currency: string, amount: number): JsonObject {
  return { currency, value: formatMinor(amount, currency) };
}

/** Who collects is repeated as the buyer app spelled it. */
export function renderPaymentsWithCollector(order: Order): JsonObject[] {
  const collectedBy = readText(valueAt(order.passthrough, 'collectedBy'));
  return renderPayments(order).map((payment) => ({
    ...payment,
    ...(collectedBy !== undefined && { collected_by: collectedBy }),
  }));
}

/** Nothing is kept of a payment but what was delivered: a cancellation has no fee of its own. */
export function renderCancellationTerms(): JsonObject[] {
  const term = (code: string, words: string): JsonObject => ({
    fulfillment_state: { descriptor: { code, short_desc: words } },
    reason_required: false,
    cancellation_fee: { percentage: '0%' },
  });
  return [
    term('payment-completed', 'Before charging all is given back.'),
    term('charging-start', 'While charging a cancellation stops; what was delivered is paid.'),
  ];
}

/** True when a refund is known, so that it can be told. */
export function isRefundKnown(order: Order): boolean {
  return isTerminal(order) && order.payment !== undefined;
}
