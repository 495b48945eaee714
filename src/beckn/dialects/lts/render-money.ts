/** What a contract costs and how that is settled: money leaves as JSON numbers here and nowhere else. */
import type { Provider } from '../../../domain/model/network.js';
import type { Order } from '../../../domain/model/order.js';
import type { LineCode } from '../../../domain/model/quote.js';
import type { JsonObject } from '../../protocol/wire.js';
import { toMajor } from '../core-2x/figures.js';
import { omitUndefined } from '../core-2x/json-ld.js';
import { paymentDetails, priceBreakup } from '../ubc/render-money.js';
import { renderAttributes } from './json-ld.js';

const COMPONENT_TYPES: Readonly<Record<LineCode, 'BASE_PRICE' | 'SURCHARGE' | 'DISCOUNT' | 'TAX' | 'FEE'>> = {
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
export function renderConsideration(order: Order): JsonObject {
  const { currency, value, lines } = priceBreakup(order);
  return {
    id: considerationId(order),
    status: { code: order.bill ? 'FINAL' : 'QUOTED' },
    considerationAttributes: renderAttributes('PriceSpecification', {
      currency,
      totalAmount: value,
      breakup: lines.map((line) => ({
        title: line.text,
        amount: line.value,
        type: line.value < 0 ? 'DISCOUNT' : COMPONENT_TYPES[line.code],
      })),
    }),
  };
}

type SettlementStatus = 'DRAFT' | 'COMMITTED' | 'COMPLETE';

/** What rc1 calls them, which has more words. */
const SETTLEMENT_STATUSES: Readonly<Record<string, SettlementStatus>> = {
  AUTHORIZED: 'COMMITTED',
  COMPLETED: 'COMPLETE',
  REFUNDED: 'COMPLETE',
};

/**
 * The payment, and what of it goes back to the buyer: committed as soon as it is known, complete when it has gone.
 * @param terms The settlement accounts of both sides are told.
 */
export function renderSettlements(
  order: Order,
  provider: Provider | undefined,
  bppId: string,
  terms: boolean,
): readonly JsonObject[] {
  const facts = paymentDetails(order, provider, bppId, terms);
  const { currency } = order.tariff;
  const money = (amount: number): JsonObject => ({ currency, value: toMajor(amount, currency) });
  const refund = order.payment ? (order.bill?.refund ?? 0) : 0;
  const gone = facts.status === 'REFUNDED';
  const paid = omitUndefined({
    id: facts.id,
    considerationId: considerationId(order),
    status: SETTLEMENT_STATUSES[facts.status] ?? 'DRAFT',
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
