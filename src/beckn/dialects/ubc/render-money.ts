/** Order value, payment, invoice: money leaves as JSON numbers here and nowhere else. */
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
 * What the order costs, with its arithmetic.
 * @unit   Major units. Taxes are a FEE: of the types in use the one that every reader knows.
 * @shape  The components sum to the value, but for the last one of an ended order that gives money back: `Refund
 *         adjustment`, negative, which readers of this network look for by its text.
 *         No component ever carries an outstanding balance: what a charger delivers beyond what was authorised is not
 *         billed (it is the operator's, on the reconciliation list), so nothing is left over for a next order.
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

/** The bill, or before there is one the quote, as its readers see it: major units, and a text for each line. */
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

/** The bill as a document; there is none before the end, and none for what cost nothing. */
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

/** A payment as both wire shapes of Beckn 2.0 tell it, each under names of its own. */
export interface PaymentDetails {
  readonly id: string;
  /** Major units, as on the wire. */
  readonly amount: { readonly currency: string; readonly value: number };
  readonly url: string | undefined;
  readonly txnRef: string | undefined;
  readonly beneficiary: string;
  readonly status: string;
  /** `UBCPaymentAttributes`; absent when there is nothing in it. */
  readonly attributes: JsonObject | undefined;
}

export function renderPayment(order: Order, provider: Provider | undefined, bppId: string, terms: boolean): JsonObject {
  const facts = paymentDetails(order, provider, bppId, terms);
  return jsonLdNode('core', 'beckn:Payment', {
    'beckn:id': facts.id,
    'beckn:amount': facts.amount,
    'beckn:paymentURL': facts.url,
    'beckn:txnRef': facts.txnRef,
    'beckn:beneficiary': facts.beneficiary,
    'beckn:paymentStatus': facts.status,
    'beckn:paymentAttributes': facts.attributes,
  });
}

/** @param terms The settlement accounts of both sides are told. */
export function paymentDetails(
  order: Order,
  provider: Provider | undefined,
  bppId: string,
  terms: boolean,
): PaymentDetails {
  const { currency } = order.tariff;
  const echoed = valueAt(order.passthrough, 'payment');
  const { collectedBy, providerReference, url, status: known, requested: asked } = order.payment ?? {};
  // Whoever the buyer app asked for: where we do not collect, it does.
  const by = collectedBy ?? 'BAP';
  const { status, givenBack } = paymentStatusOf(order, by, known && PAYMENT_STATUSES[known]);
  const due = collectedBy && amountReceived(order.payment) === 0 ? (asked?.amount ?? order.quote.total) : undefined;
  const paid = due ?? order.payment?.paid ?? order.quote.total;
  const amount = givenBack ? (order.bill?.refund ?? 0) : paid;
  const attributes = omitUndefined({
    upiTransactionId: readText(valueAt(echoed, 'upiTransactionId')),
    settlementAccounts: terms ? settlementAccountsOf(echoed, provider, bppId) : undefined,
  });
  return {
    id: providerReference ?? readText(valueAt(echoed, 'id')) ?? `payment-${order.id}`,
    amount: { currency, value: toMajor(amount, currency) },
    url: collectedBy === 'BPP' ? url : undefined,
    txnRef: readText(valueAt(echoed, 'txnRef')) ?? order.payment?.reference,
    beneficiary: givenBack && order.state !== 'completed' ? 'BUYER' : by,
    status,
    attributes: Object.keys(attributes).length > 0 ? jsonLdNode('ubc', 'UBCPaymentAttributes', attributes) : undefined,
  };
}

/**
 * Who collects gives back: what the buyer app took for an order that was not served is its own to return, and nothing
 * of it will be settled; what our side took is given back when our side says so.
 */
function paymentStatusOf(order: Order, by: string, known: string | undefined): { status: string; givenBack: boolean } {
  if (known !== undefined) return { status: known, givenBack: known === 'REFUNDED' };
  if (!order.payment) return { status: isTerminal(order) ? 'CANCELLED' : 'INITIATED', givenBack: false };
  const unserved = order.state === 'cancelled' || order.state === 'failed';
  return unserved && by === 'BAP' ? { status: 'REFUNDED', givenBack: true } : { status: 'COMPLETED', givenBack: false };
}

function settlementAccountsOf(
  echoed: unknown,
  provider: Provider | undefined,
  bppId: string,
): JsonObject[] | undefined {
  const theirs = readList(valueAt(echoed, 'accounts'))
    .filter(isObject)
    .filter((account) => account['beneficiaryId'] !== bppId);
  const ours = provider?.settlementAccount;
  const all = [...theirs, ...(ours ? [{ beneficiaryId: bppId, ...ours }] : [])];
  return all.length > 0 ? all : undefined;
}
