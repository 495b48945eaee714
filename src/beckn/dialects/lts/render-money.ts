/** What a contract costs and how that is settled: money leaves as JSON numbers here and nowhere else. */
import type { Provider } from '../../../domain/model/network.js';
import type { LineCode, Order } from '../../../domain/model/order.js';
import type { JsonObject } from '../../protocol/dialect.js';
import { major } from '../core-2x/figures.js';
import { defined } from '../core-2x/json-ld.js';
import { paymentFacts, shown } from '../ubc/render-money.js';
import { bag } from './json-ld.js';

const TYPES: Readonly<Record<LineCode, 'BASE_PRICE' | 'SURCHARGE' | 'DISCOUNT' | 'TAX' | 'FEE'>> = {
  energy: 'BASE_PRICE',
  time: 'BASE_PRICE',
  parking: 'SURCHARGE',
  flat: 'FEE',
  adjustment: 'SURCHARGE',
  discount: 'DISCOUNT',
  tax: 'TAX',
  'service-fee': 'FEE',
  'platform-fee': 'FEE',
  'buyer-finder-fee': 'FEE',
};

export function considerationId(order: Order): string {
  return `consideration-${order.id}`;
}

/** @unit Major units; the parts always sum to the total. A refund is a settlement of its own. */
export function consideration(order: Order): JsonObject {
  const { currency, value, lines } = shown(order);
  return {
    id: considerationId(order),
    status: { code: order.bill ? 'FINAL' : 'QUOTED' },
    considerationAttributes: bag('PriceSpecification', {
      currency,
      totalAmount: value,
      breakup: lines.map((line) => ({
        title: line.text,
        amount: line.value,
        type: line.value < 0 ? 'DISCOUNT' : TYPES[line.code],
      })),
    }),
  };
}

type SettlementWord = 'DRAFT' | 'COMMITTED' | 'COMPLETE';

/** What rc1 calls them, which has more words. */
const WORDS: Readonly<Record<string, SettlementWord>> = {
  AUTHORIZED: 'COMMITTED',
  COMPLETED: 'COMPLETE',
  REFUNDED: 'COMPLETE',
};

/**
 * The payment, and what of it goes back to the buyer: committed as soon as it is known, complete when it has gone.
 * @param terms The settlement accounts of both sides are told.
 */
export function settlements(
  order: Order,
  provider: Provider | undefined,
  bppId: string,
  terms: boolean,
): readonly JsonObject[] {
  const facts = paymentFacts(order, provider, bppId, terms);
  const { currency } = order.tariff;
  const money = (amount: number): JsonObject => ({ currency, value: major(amount, currency) });
  const refund = order.payment ? (order.bill?.refund ?? 0) : 0;
  const gone = facts.status === 'REFUNDED';
  const paid = defined({
    id: facts.id,
    considerationId: considerationId(order),
    status: WORDS[facts.status] ?? 'DRAFT',
    amount: gone ? money(order.payment?.paid ?? 0) : { ...facts.amount },
    paymentURL: facts.url,
    txnRef: facts.txnRef,
    beneficiary: order.payment?.collectedBy ?? 'BAP',
    settlementAttributes: facts.attributes,
  });
  if (refund === 0) return [paid];
  const back = {
    id: `refund-${order.id}`,
    considerationId: considerationId(order),
    status: gone ? 'COMPLETE' : 'COMMITTED',
    amount: money(refund),
    beneficiary: 'BUYER',
  };
  return [paid, back];
}
