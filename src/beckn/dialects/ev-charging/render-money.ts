/** Renders quote, refund, payments and cancellation terms. */
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

/** Breakup codes of the published taxonomy. Other lines keep our own codes. */
const BREAKUP_CODES: Readonly<Record<string, string>> = {
  energy: 'energy-cost',
  tax: 'gst',
  'service-fee': 'service-charge',
};

/**
 * Renders the bill or, until there is one, the quote. For a cancelled or aborted order, renders the refund as a
 * negative price.
 * @shape  The lines of the breakup sum to the price.
 */
export function renderQuote(order: Order, at: number, spelling: Spelling): JsonObject {
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
    ...(order.state === 'draft' && { ttl: formatDuration(quote.expiresAt - at) }),
  };
}

function breakupCode({ code, title }: PriceLine): string {
  if (code === 'tax' && title.toLowerCase() !== 'gst') return title.toLowerCase().replace(/\s+/g, '-') || code;
  return BREAKUP_CODES[code] ?? code;
}

function renderRefund(order: Order): JsonObject {
  const { quote, bill } = order;
  const refund = bill?.refund ?? order.payment?.paid ?? 0;
  // -0 would be written as "-0.00".
  const price = renderPrice(quote.currency, refund === 0 ? 0 : -refund);
  const title = 'payment refund';
  const item = { descriptor: { name: title }, quantity: { selected: energyMeasure(quote.energyWh) } };
  return { id: quote.id, price, breakup: [{ title, item, price }] };
}

function renderPrice(currency: string, amount: number): JsonObject {
  return { currency, value: formatMinor(amount, currency) };
}

/** Renders the payments. If the order has no collector, the one that the buyer app named is shown. */
export function renderPaymentsWithCollector(order: Order): JsonObject[] {
  const collectedBy = readText(valueAt(order.passthrough, 'collectedBy'));
  return renderPayments(order).map((payment) => ({
    ...payment,
    ...(collectedBy !== undefined && order.payment?.collectedBy === undefined && { collected_by: collectedBy }),
  }));
}

/** Renders the cancellation terms. There is no fee: the buyer pays only for a session up to its cancellation. */
export function renderCancellationTerms(): JsonObject[] {
  const term = (code: string, description: string): JsonObject => ({
    fulfillment_state: { descriptor: { code, short_desc: description } },
    reason_required: false,
    cancellation_fee: { percentage: '0%' },
  });
  return [
    term('payment-completed', 'Before charging, the payment is refunded in full.'),
    term('charging-start', 'During charging, a cancellation stops the session; its cost up to then is charged.'),
  ];
}

/** Checks whether the refund is known: the order has ended and has a payment. */
export function isRefundKnown(order: Order): boolean {
  return isTerminal(order) && order.payment !== undefined;
}
