/** Order value, payment, invoice: money leaves as JSON numbers here and nowhere else. */
import type { Provider } from '../../../domain/model/network.js';
import { type Breakup, isTerminal, type LineCode, type Order } from '../../../domain/model/order.js';
import { received, type PaymentStatus } from '../../../domain/model/payment.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { at, isObject, list, text } from '../../protocol/json-reading.js';
import { major } from '../core-2x/figures.js';
import { defined, node } from '../core-2x/json-ld.js';

const COMPONENTS: Readonly<Record<LineCode, 'UNIT' | 'SURCHARGE' | 'DISCOUNT' | 'FEE'>> = {
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
export function orderValue(order: Order): JsonObject {
  const { currency, value, lines } = shown(order);
  const components: JsonObject[] = lines.map((line) => ({
    type: line.value < 0 ? 'DISCOUNT' : COMPONENTS[line.code],
    value: line.value,
    currency,
    description: line.text,
  }));
  const refund = order.payment ? (order.bill?.refund ?? 0) : 0;
  if (order.bill && refund > 0) {
    const { total } = order.bill;
    const description = `Refund adjustment: paid ${major(total + refund, currency)}, used ${major(total, currency)}`;
    components.push({ type: 'DISCOUNT', value: -major(refund, currency), currency, description });
  }
  return { currency, value, components };
}

/** The bill, or before there is one the quote, as its readers see it: major units, and a text for each line. */
export function shown(order: Order): {
  readonly currency: string;
  readonly value: number;
  readonly lines: readonly { readonly code: LineCode; readonly value: number; readonly text: string }[];
} {
  const { currency, total, lines, energyWh }: Breakup = order.bill ?? order.quote;
  const price = `${currency} ${major(order.tariff.pricePerKwh, currency)}/kWh`;
  const energyText = `${order.bill ? 'Charging' : 'Estimated charging'}: ${energyWh / 1000} kWh at ${price}`;
  return {
    currency,
    value: major(total, currency),
    lines: lines
      .filter((line) => line.amount !== 0 || line.code === 'energy')
      .map(({ code, amount, title }) => ({
        code,
        value: major(amount, currency),
        text: code === 'energy' ? energyText : title,
      })),
  };
}

/** The bill as a document; there is none before the end, and none for what cost nothing. */
export function invoice(order: Order): JsonObject | undefined {
  if (order.state !== 'completed' || !order.bill) return undefined;
  const { currency, total } = order.bill;
  return node('core', 'beckn:Invoice', {
    'beckn:id': `invoice-${order.id}`,
    'beckn:totals': { currency, value: major(total, currency) },
  });
}

const STATUSES: Readonly<Record<PaymentStatus, string>> = {
  due: 'INITIATED',
  held: 'AUTHORIZED',
  paid: 'COMPLETED',
  refunded: 'REFUNDED',
  released: 'CANCELLED',
  refused: 'FAILED',
  overdue: 'PENDING',
};

/** A payment as both wire shapes of Beckn 2.0 tell it, each under names of its own. */
export interface PaymentFacts {
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

export function payment(order: Order, provider: Provider | undefined, bppId: string, terms: boolean): JsonObject {
  const facts = paymentFacts(order, provider, bppId, terms);
  return node('core', 'beckn:Payment', {
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
export function paymentFacts(
  order: Order,
  provider: Provider | undefined,
  bppId: string,
  terms: boolean,
): PaymentFacts {
  const { currency } = order.tariff;
  const echoed = at(order.echo, 'payment');
  const { collectedBy, providerReference, url, status: known, asked } = order.payment ?? {};
  // Whoever the buyer app asked for: where we do not collect, it does.
  const by = collectedBy ?? 'BAP';
  const { status, givenBack } = standing(order, by, known && STATUSES[known]);
  const due = collectedBy && received(order.payment) === 0 ? (asked?.amount ?? order.quote.total) : undefined;
  const paid = due ?? order.payment?.paid ?? order.quote.total;
  const amount = givenBack ? (order.bill?.refund ?? 0) : paid;
  const attributes = defined({
    upiTransactionId: text(at(echoed, 'upiTransactionId')),
    settlementAccounts: terms ? accounts(echoed, provider, bppId) : undefined,
  });
  return {
    id: providerReference ?? text(at(echoed, 'id')) ?? `payment-${order.id}`,
    amount: { currency, value: major(amount, currency) },
    url: collectedBy === 'BPP' ? url : undefined,
    txnRef: text(at(echoed, 'txnRef')) ?? order.payment?.reference,
    beneficiary: givenBack && order.state !== 'completed' ? 'BUYER' : by,
    status,
    attributes: Object.keys(attributes).length > 0 ? node('ubc', 'UBCPaymentAttributes', attributes) : undefined,
  };
}

/**
 * Who collects gives back: what the buyer app took for an order that was not served is its own to return, and nothing
 * of it will be settled; what our side took is given back when our side says so.
 */
function standing(order: Order, by: string, known: string | undefined): { status: string; givenBack: boolean } {
  if (known !== undefined) return { status: known, givenBack: known === 'REFUNDED' };
  if (!order.payment) return { status: isTerminal(order) ? 'CANCELLED' : 'INITIATED', givenBack: false };
  const unserved = order.state === 'cancelled' || order.state === 'failed';
  return unserved && by === 'BAP' ? { status: 'REFUNDED', givenBack: true } : { status: 'COMPLETED', givenBack: false };
}

function accounts(echoed: unknown, provider: Provider | undefined, bppId: string): JsonObject[] | undefined {
  const theirs = list(at(echoed, 'accounts'))
    .filter(isObject)
    .filter((account) => account['beneficiaryId'] !== bppId);
  const ours = provider?.settlementAccount;
  const all = [...theirs, ...(ours ? [{ beneficiaryId: bppId, ...ours }] : [])];
  return all.length > 0 ? all : undefined;
}
