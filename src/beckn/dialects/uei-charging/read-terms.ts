/** Reads the terms of an order besides its items: an offer and the buyer app's finder fee. */
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import { valueAt, readCode, readId, readList, readMoney } from '../../protocol/json-reading.js';
import { CURRENCY } from '../core-1x/figures.js';
import { findGroup } from '../core-1x/tags.js';

const MAX_PAYMENTS = 20;
const FEE_GROUPS = ['buyer-finder-fee', 'buyer-finder-fees'] as const;

export interface OrderTerms {
  readonly offer?: string;
  readonly buyerFinderFee?: BuyerFinderFee;
}

/**
 * @shape  The offer is `offers[0].id`. The fee is in `payments[]` as `@ondc/org/buyer_app_finder_fee_type` (`percent`
 *         or an amount) with `…_amount`, or in a tag group `buyer-finder-fee(s)` of a payment or of the order.
 * @unit   In: a percentage or an amount in rupees. Out: hundredths of a percent, or minor units.
 */
export function readOrderTerms(order: unknown): OrderTerms {
  const offer = readId(valueAt(readList(valueAt(order, 'offers'))[0], 'id'));
  const payments = readList(valueAt(order, 'payments')).slice(0, MAX_PAYMENTS);
  const fee = [...payments.map(readPaymentFee), ...[...payments, order].map(readTagFee)].find((each) => each);
  return { ...(offer !== undefined && { offer }), ...(fee && { buyerFinderFee: fee }) };
}

function readPaymentFee(payment: unknown): BuyerFinderFee | undefined {
  const key = '@ondc/org/buyer_app_finder_fee';
  return toBuyerFinderFee(valueAt(payment, `${key}_type`), valueAt(payment, `${key}_amount`));
}

function readTagFee(holder: unknown): BuyerFinderFee | undefined {
  const entries = FEE_GROUPS.flatMap((code) => findGroup(valueAt(holder, 'tags'), 'tags', code)?.entries ?? []);
  const value = (...ends: string[]): unknown =>
    entries.find(({ code }) => ends.some((end) => code?.endsWith(end)))?.value;
  const percentage = value('percentage', 'percent');
  return percentage === undefined
    ? toBuyerFinderFee(value('type'), value('amount', 'value'))
    : toBuyerFinderFee('percent', percentage);
}

function toBuyerFinderFee(type: unknown, value: unknown): BuyerFinderFee | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  // An unreadable fee becomes NaN, so that the quote refuses it as out of range.
  const amount = readMoney(value, CURRENCY) ?? NaN;
  return { kind: readCode(type)?.startsWith('percent') === true ? 'percent' : 'amount', value: amount };
}
