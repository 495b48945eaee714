/** Quote, refund terms and payment: money leaves as decimal strings here and nowhere else. */
import { costSoFar } from '../../../domain/billing/bill.js';
import { formatMinor } from '../../../domain/model/money.js';
import { isTerminal, type Order } from '../../../domain/model/order.js';
import type { Breakup, LineCode } from '../../../domain/model/quote.js';
import { isPaid, amountReceived } from '../../../domain/model/payment.js';
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import type { JsonObject } from '../../protocol/wire.js';
import { formatDateTime, formatDuration } from '../core-1x/figures.js';
import { tagEntry, tagGroup } from '../core-1x/tags.js';

/** Paid but not used: given back within this many days. */
const REFUND_DAYS = '1';

/** Codes of a breakup's rows; a row itself has none, its item has. Rows that the list does not know keep ours. */
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
 * The quote, or the bill once there is one, with its arithmetic.
 * @shape  The last row of the breakup is titled `Total` and repeats the price: it is not part of the sum.
 */
export function renderQuote(order: Order, at: number): JsonObject {
  const { bill, quote } = order;
  const shown: Breakup = bill ?? quote;
  const money = (amount: number): JsonObject => ({
    currency: shown.currency,
    value: formatMinor(amount, shown.currency),
  });
  const row = (title: string, code: string, amount: number): JsonObject => ({
    title,
    item: { descriptor: { code } },
    price: money(amount),
  });
  const rows = shown.lines.map(({ code, title, amount }) =>
    row(code === 'energy' && !bill ? `Estimated ${title}` : title, BREAKUP_CODES[code], amount),
  );
  return {
    id: quote.id,
    price: { ...money(shown.total), estimated_value: formatMinor(quote.total, quote.currency) },
    breakup: [...rows, row('Total', 'total', shown.total)],
    ...(order.state === 'draft' && { ttl: formatDuration(quote.expiresAt - at) }),
  };
}

/**
 * What is given back: minimum ≤ estimated ≤ maximum.
 * @shape  Before the end: from nothing to all that is paid, the estimate being what a stop now would leave.
 *         Once ended all three are the refund that is due.
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

/** What is given back at most: nothing of what is only paid afterwards. */
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

/**
 * Paid before the order; what the buyer app said it took once that is known, else what it should take. Where we collect,
 * or it is paid afterwards, the payment says so.
 */
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

/** What was paid, or is to be. */
function paymentAmount({ payment, quote, bill }: Order): number {
  if (!payment?.collectedBy) return payment?.paid ?? quote.total;
  // Of what is held the bill is taken, and of what is paid afterwards it is all there is.
  if (bill && (payment.mode === 'hold' || payment.type === 'ON-FULFILLMENT')) return bill.total;
  return amountReceived(payment) || (payment.requested?.amount ?? quote.total);
}

/** As the buyer app asked for it; what it comes to is a row of the quote. */
function renderFinderFee({ kind, value }: BuyerFinderFee, currency: string): JsonObject {
  const said = kind === 'percent' ? String(value / 100) : formatMinor(value, currency);
  return tagGroup('buyer-finder-fee', 'Buyer Finder Fee', [
    tagEntry('type', 'Type', kind),
    tagEntry(kind === 'percent' ? 'percentage' : 'amount', kind === 'percent' ? 'Percentage' : 'Amount', said),
  ]);
}
