/** Renders quote, refund terms and payment, with money as decimal strings. */
import { costSoFar } from '../../../domain/billing/bill.js';
import { formatMinor } from '../../../domain/model/money.js';
import { isTerminal, type Order } from '../../../domain/model/order.js';
import type { Breakup, LineCode } from '../../../domain/model/quote.js';
import { isPaid, amountReceived } from '../../../domain/model/payment.js';
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import type { JsonObject } from '../../protocol/wire.js';
import { formatDateTime, formatDuration } from '../core-1x/figures.js';
import { tagEntry, tagGroup } from '../core-1x/tags.js';

/** Days within which an unused payment is refunded. */
const REFUND_DAYS = '1';

/** Codes of breakup lines. A line has no code of its own, so the code is in the descriptor of the line's item. */
const BREAKUP_CODES: Readonly<Record<LineCode, string>> = {
  energy: 'energy-cost',
  time: 'time-cost',
  parking: 'parking-fee',
  flat: 'session-fee',
  adjustment: 'adjustment',
  discount: 'discount',
  tax: 'gst',
  'service-fee': 'service-charge',
  'platform-fee': 'platform-fee',
  'buyer-finder-fee': 'buyer-finder-fee',
};

/**
 * Renders the bill, or the quote if there is no bill yet, with its breakup.
 * @shape  The last line of the breakup is titled `Total` and repeats the price; it is not part of the sum.
 */
export function renderQuote(order: Order, at: number): JsonObject {
  const { bill, quote } = order;
  const shown: Breakup = bill ?? quote;
  const money = (amount: number): JsonObject => ({
    currency: shown.currency,
    value: formatMinor(amount, shown.currency),
  });
  const line = (title: string, code: string, amount: number): JsonObject => ({
    title,
    item: { descriptor: { code } },
    price: money(amount),
  });
  const lines = shown.lines.map(({ code, title, amount }) =>
    line(code === 'energy' && !bill ? `Estimated ${title}` : title, BREAKUP_CODES[code], amount),
  );
  return {
    id: quote.id,
    price: { ...money(shown.total), estimated_value: formatMinor(quote.total, quote.currency) },
    breakup: [...lines, line('Total', 'total', shown.total)],
    ...(order.state === 'draft' && { ttl: formatDuration(quote.expiresAt - at) }),
  };
}

/**
 * Renders the refund as a range from minimum to maximum with an estimate.
 * @shape  Until the order ends, the minimum is 0, the maximum is the whole payment, and the estimate is what would be
 *         refunded if charging stopped now (0 for a draft). After that all three are the actual refund.
 */
export function renderRefundTerms(order: Order): JsonObject[] {
  const { currency } = order.tariff;
  const paid = refundableAmount(order);
  const due = refundDue(order, paid);
  const money = (amount: number): string => formatMinor(amount, currency);
  const [minimum, estimated, maximum] = due === undefined ? [0, unusedSoFar(order, paid), paid] : [due, due, due];
  return [
    {
      refund_eligible: true,
      refund_within: { days: REFUND_DAYS },
      refund_amount: {
        currency,
        minimum_value: money(minimum),
        estimated_value: money(estimated),
        maximum_value: money(maximum),
      },
    },
  ];
}

/** Returns the largest possible refund. @unit Minor units. */
function refundableAmount({ payment, quote }: Order): number {
  if (!payment?.collectedBy || payment.type === 'ON-FULFILLMENT') return payment?.paid ?? quote.total;
  return amountReceived(payment) || quote.total;
}

function refundDue(order: Order, paid: number): number | undefined {
  if (!isTerminal(order)) return undefined;
  return order.bill?.refund ?? (order.payment ? paid : 0);
}

function unusedSoFar(order: Order, paid: number): number {
  if (order.state === 'draft') return 0;
  return Math.max(0, paid - (costSoFar(order)?.amountMinor ?? 0));
}

/** Renders the payment. The collector is stated if the payment terms define one. */
export function renderPayments(order: Order): JsonObject[] {
  const { payment, quote } = order;
  const { type = 'PRE-ORDER', collectedBy, url, reference, providerReference } = payment ?? {};
  const transaction = reference ?? providerReference;
  return [
    {
      ...(collectedBy && { collected_by: collectedBy }),
      ...(collectedBy === 'BPP' && url !== undefined && { url }),
      type,
      status: isPaid(payment) ? 'PAID' : 'NOT-PAID',
      params: {
        amount: formatMinor(paymentAmount(order), quote.currency),
        currency: quote.currency,
        ...(transaction !== undefined && { transaction_id: transaction }),
      },
      time: { timestamp: formatDateTime(order.createdAt) },
      ...(order.buyerFinderFee && { tags: [renderFinderFee(order.buyerFinderFee, quote.currency)] }),
    },
  ];
}

/** Returns the amount that has been paid or is to be paid. @unit Minor units. */
function paymentAmount({ payment, quote, bill }: Order): number {
  if (!payment?.collectedBy) return payment?.paid ?? quote.total;
  // An authorised payment is captured up to the bill, and a payment after the session is for the bill.
  if (bill && (payment.mode === 'hold' || payment.type === 'ON-FULFILLMENT')) return bill.total;
  return amountReceived(payment) || (payment.requested?.amount ?? quote.total);
}

/** Renders the fee as the buyer app stated it. The resulting amount is a line of the quote. */
function renderFinderFee({ kind, value }: BuyerFinderFee, currency: string): JsonObject {
  const text = kind === 'percent' ? String(value / 100) : formatMinor(value, currency);
  return tagGroup('buyer-finder-fee', 'Buyer Finder Fee', [
    tagEntry('type', 'Type', kind),
    tagEntry(kind === 'percent' ? 'percentage' : 'amount', kind === 'percent' ? 'Percentage' : 'Amount', text),
  ]);
}
