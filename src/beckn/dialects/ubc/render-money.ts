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
 * Renders the price of the order with its components.
 * @unit   Major units.
 * @shape  Taxes have the type FEE. The components sum to the value, not counting the negative `Refund adjustment` that
 *         ends the list if there is a refund. Buyer apps on this network look for its text. Energy beyond the
 *         authorised amount is not billed, so no component states an outstanding balance.
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

/**
 * Returns the bill, or the quote if there is no bill yet, with a description of each line. Lines whose amount is 0 are
 * left out, except the energy line.
 * @unit   Major units.
 */
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

/** Renders the invoice of a completed order with a bill; `undefined` for any other order. */
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

/** The values of a payment that Beckn 2.0.0-rc1 and 2.0.0 LTS both show, under different field names. */
export interface PaymentDetails {
  readonly id: string;
  /** Major units. */
  readonly amount: { readonly currency: string; readonly value: number };
  readonly url: string | undefined;
  readonly txnRef: string | undefined;
  readonly beneficiary: string;
  readonly status: string;
  /** `UBCPaymentAttributes`; `undefined` if it would be empty. */
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

/** @param withAccounts Whether to include the settlement accounts of both sides. */
export function paymentDetails(
  order: Order,
  provider: Provider | undefined,
  bppId: string,
  withAccounts: boolean,
): PaymentDetails {
  const { currency } = order.tariff;
  const requestedTerms = valueAt(order.passthrough, 'payment');
  const { collectedBy, providerReference, url, status: stored, requested } = order.payment ?? {};
  // If we do not collect, the buyer app does, whatever it has requested.
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
 * Derives the payment's status, from the stored status if there is one. Whoever collects also refunds, so a payment to
 * the buyer app counts as refunded if the order was not served.
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
