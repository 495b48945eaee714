/** Renders the consideration and the settlements of a contract, with money as JSON numbers. */
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

function considerationId(order: Order): string {
  return `consideration-${order.id}`;
}

/** @unit Major units; the breakup sums to the total. A refund is a separate settlement. */
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

/** Settlement statuses for the payment statuses of 2.0.0-rc1. All others are DRAFT. */
const SETTLEMENT_STATUSES: Readonly<Record<string, SettlementStatus>> = {
  AUTHORIZED: 'COMMITTED',
  COMPLETED: 'COMPLETE',
  REFUNDED: 'COMPLETE',
};

/**
 * Renders the payment and, if there is one, its refund. The refund is COMMITTED until it has been paid, then COMPLETE.
 * @param withAccounts Whether to include the settlement accounts of both sides.
 */
export function renderSettlements(
  order: Order,
  provider: Provider | undefined,
  bppId: string,
  withAccounts: boolean,
): readonly JsonObject[] {
  const details = paymentDetails(order, provider, bppId, withAccounts);
  const { currency } = order.tariff;
  const money = (amount: number): JsonObject => ({ currency, value: toMajor(amount, currency) });
  const refund = order.payment ? (order.bill?.refund ?? 0) : 0;
  const isRefunded = details.status === 'REFUNDED';
  const payment = omitUndefined({
    id: details.id,
    considerationId: considerationId(order),
    status: SETTLEMENT_STATUSES[details.status] ?? 'DRAFT',
    amount: isRefunded ? money(order.payment?.paid ?? 0) : { ...details.amount },
    paymentURL: details.url,
    txnRef: details.txnRef,
    beneficiary: order.payment?.collectedBy ?? 'BAP',
    settlementAttributes: details.attributes,
  });
  if (refund === 0) return [payment];
  const refundSettlement = {
    id: `refund-${order.id}`,
    considerationId: considerationId(order),
    status: isRefunded ? 'COMPLETE' : 'COMMITTED',
    amount: money(refund),
    beneficiary: 'BUYER',
  };
  return [payment, refundSettlement];
}
