/** Renders order value, payment and invoice, with money as JSON numbers. */
import type { Provider } from '../../../domain/model/network.js';
import { isTerminal, type Order } from '../../../domain/model/order.js';
import type { Breakup, LineCode } from '../../../domain/model/quote.js';
import { amountReceived, type PaymentStatus } from '../../../domain/model/payment.js';
import type { JsonObject } from '../../protocol/wire.js';
import { valueAt, isObject, readList, readText } from '../../protocol/json-reading.js';
import { toMajor } from '../core-2x/figures.js';
import { omitUndefined, jsonLdNode } from '../core-2x/json-ld.js';

const COMPONENT_TYPES: Readonly<Record<LineCode, 'UNIT' | 'SURCHARGE' | 'DISCOUNT' | 'FEE'>> = {
  energy: 'UNIT',
  time: 'UNIT',
  parking: 'SURCHARGE',
  flat: 'FEE',
  adjustment: 'SURCHARGE',
  discount: 'DISCOUNT',
  tax: 'FEE',
  'service-fee': 'FEE',
  'platform-fee': 'FEE',
  'buyer-finder-fee': 'FEE',
};

/**
 * The price of the order with its components.
 * @unit   Major units. Taxes have the type FEE, which every reader knows.
 * @shape  The components sum to the value, except for a last negative one, `Refund adjustment`, of an ended order with a
 *         refund; readers of this network look for its text. There is never an outstanding balance: energy beyond what
 *         was authorised is not billed but becomes a discrepancy of the operator.
 */
export function renderOrderValue(order: Order): JsonObject {
  const { currency, value, lines } = priceBreakup(order);
  const components: JsonObject[] = lines.map((line) => ({
    type: line.value < 0 ? 'DISCOUNT' : COMPONENT_TYPES[line.code],
    value: line.value,
    currency,
    description: line.text,
  }));
  const refund = order.payment ? (order.bill?.refund ?? 0) : 0;
  if (order.bill && refund > 0) {
    const { total } = order.bill;
    const description = `Refund adjustment: paid ${toMajor(total + refund, currency)}, used ${toMajor(total, currency)}`;
    components.push({ type: 'DISCOUNT', value: -toMajor(refund, currency), currency, description });
  }
  return { currency, value, components };
}

/** The bill, or before the end the quote, with a text for each line. @unit Major units. */
export function priceBreakup(order: Order): {
  readonly currency: string;
  readonly value: number;
  readonly lines: readonly { readonly code: LineCode; readonly value: number; readonly text: string }[];
} {
  const { currency, total, lines, energyWh }: Breakup = order.bill ?? order.quote;
  const price = `${currency} ${toMajor(order.tariff.pricePerKwh, currency)}/kWh`;
  const energyText = `${order.bill ? 'Charging' : 'Estimated charging'}: ${energyWh / 1000} kWh at ${price}`;
  return {
    currency,
    value: toMajor(total, currency),
    lines: lines
      .filter((line) => line.amount !== 0 || line.code === 'energy')
      .map(({ code, amount, title }) => ({
        code,
        value: toMajor(amount, currency),
        text: code === 'energy' ? energyText : title,
      })),
  };
}

/** The invoice of a completed order with a bill; otherwise `undefined`. */
export function renderInvoice(order: Order): JsonObject | undefined {
  if (order.state !== 'completed' || !order.bill) return undefined;
  const { currency, total } = order.bill;
  return jsonLdNode('core', 'beckn:Invoice', {
    'beckn:id': `invoice-${order.id}`,
    'beckn:totals': { currency, value: toMajor(total, currency) },
  });
}

const PAYMENT_STATUSES: Readonly<Record<PaymentStatus, string>> = {
  due: 'INITIATED',
  authorised: 'AUTHORIZED',
  paid: 'COMPLETED',
  refunded: 'REFUNDED',
  released: 'CANCELLED',
  refused: 'FAILED',
  overdue: 'PENDING',
};

/** The values of a payment that both formats of Beckn 2.0 show, each under its own field names. */
export interface PaymentDetails {
  readonly id: string;
  /** Major units, as on the wire. */
  readonly amount: { readonly currency: string; readonly value: number };
  readonly url: string | undefined;
  readonly txnRef: string | undefined;
  readonly beneficiary: string;
  readonly status: string;
  /** `UBCPaymentAttributes`; `undefined` when it would be empty. */
  readonly attributes: JsonObject | undefined;
}

export function renderPayment(
  order: Order,
  provider: Provider | undefined,
  bppId: string,
  withAccounts: boolean,
): JsonObject {
  const details = paymentDetails(order, provider, bppId, withAccounts);
  return jsonLdNode('core', 'beckn:Payment', {
    'beckn:id': details.id,
    'beckn:amount': details.amount,
    'beckn:paymentURL': details.url,
    'beckn:txnRef': details.txnRef,
    'beckn:beneficiary': details.beneficiary,
    'beckn:paymentStatus': details.status,
    'beckn:paymentAttributes': details.attributes,
  });
}

/** @param withAccounts Whether the settlement accounts of both sides are included. */
export function paymentDetails(
  order: Order,
  provider: Provider | undefined,
  bppId: string,
  withAccounts: boolean,
): PaymentDetails {
  const { currency } = order.tariff;
  const requestedTerms = valueAt(order.passthrough, 'payment');
  const { collectedBy, providerReference, url, status: stored, requested } = order.payment ?? {};
  // If we do not collect, the buyer app does, whatever it requested.
  const collector = collectedBy ?? 'BAP';
  const { status, isRefunded } = paymentStatusOf(order, collector, stored && PAYMENT_STATUSES[stored]);
  const due = collectedBy && amountReceived(order.payment) === 0 ? (requested?.amount ?? order.quote.total) : undefined;
  const paid = due ?? order.payment?.paid ?? order.quote.total;
  const amount = isRefunded ? (order.bill?.refund ?? 0) : paid;
  const attributes = omitUndefined({
    upiTransactionId: readText(valueAt(requestedTerms, 'upiTransactionId')),
    settlementAccounts: withAccounts ? settlementAccountsOf(requestedTerms, provider, bppId) : undefined,
  });
  return {
    id: providerReference ?? readText(valueAt(requestedTerms, 'id')) ?? `payment-${order.id}`,
    amount: { currency, value: toMajor(amount, currency) },
    url: collectedBy === 'BPP' ? url : undefined,
    txnRef: readText(valueAt(requestedTerms, 'txnRef')) ?? order.payment?.reference,
    beneficiary: isRefunded && order.state !== 'completed' ? 'BUYER' : collector,
    status,
    attributes: Object.keys(attributes).length > 0 ? jsonLdNode('ubc', 'UBCPaymentAttributes', attributes) : undefined,
  };
}

/**
 * The side that collects also refunds: for an order that was not served the buyer app returns what it collected, and
 * nothing is settled. A payment that we collected is refunded when its stored status says so.
 */
function paymentStatusOf(
  order: Order,
  collector: string,
  stored: string | undefined,
): { readonly status: string; readonly isRefunded: boolean } {
  if (stored !== undefined) return { status: stored, isRefunded: stored === 'REFUNDED' };
  if (!order.payment) return { status: isTerminal(order) ? 'CANCELLED' : 'INITIATED', isRefunded: false };
  const isUnserved = order.state === 'cancelled' || order.state === 'failed';
  const isRefunded = isUnserved && collector === 'BAP';
  return { status: isRefunded ? 'REFUNDED' : 'COMPLETED', isRefunded };
}

function settlementAccountsOf(
  requestedTerms: unknown,
  provider: Provider | undefined,
  bppId: string,
): JsonObject[] | undefined {
  const buyerAccounts = readList(valueAt(requestedTerms, 'accounts'))
    .filter(isObject)
    .filter((account) => account['beneficiaryId'] !== bppId);
  const ownAccount = provider?.settlementAccount;
  const accounts = [...buyerAccounts, ...(ownAccount ? [{ beneficiaryId: bppId, ...ownAccount }] : [])];
  return accounts.length > 0 ? accounts : undefined;
}
