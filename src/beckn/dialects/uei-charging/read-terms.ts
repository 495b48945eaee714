/** What an order says of its price besides the items: an offer, and the buyer app's own fee. */
import { parseMinor } from '../../../domain/model/money.js';
import type { BuyerFinderFee } from '../../../domain/model/tariff.js';
import { at, codeOf, id, list, text } from '../../protocol/json-reading.js';
import { CURRENCY } from './options.js';
import { findGroup } from '../core-1x/tags.js';

const MAX_PAYMENTS = 20;
const GROUPS = ['buyer-finder-fee', 'buyer-finder-fees'] as const;

export interface OrderTerms {
  readonly offer?: string;
  readonly buyerFinderFee?: BuyerFinderFee;
}

/**
 * @shape  `offers[0].id`. The fee: `payments[]` with `@ondc/org/buyer_app_finder_fee_type` (`percent` or an amount) and
 *         `…_amount`, or a tag group `buyer-finder-fee(s)` of a payment or the order with a type and a percentage or amount.
 * @unit   A percentage with two decimals, or a decimal of the currency; hundredths of a percent or minor units out.
 */
export function readTerms(order: unknown): OrderTerms {
  const offer = id(at(list(at(order, 'offers'))[0], 'id'));
  const payments = list(at(order, 'payments')).slice(0, MAX_PAYMENTS);
  const fee = [...payments.map(feeOfPayment), ...[...payments, order].map(feeOfTags)].find((each) => each);
  return { ...(offer !== undefined && { offer }), ...(fee && { buyerFinderFee: fee }) };
}

function feeOfPayment(payment: unknown): BuyerFinderFee | undefined {
  const key = '@ondc/org/buyer_app_finder_fee';
  return feeOf(at(payment, `${key}_type`), at(payment, `${key}_amount`));
}

function feeOfTags(holder: unknown): BuyerFinderFee | undefined {
  const entries = GROUPS.flatMap((code) => findGroup(at(holder, 'tags'), 'tags', code)?.entries ?? []);
  const value = (...ends: string[]): unknown =>
    entries.find(({ code }) => ends.some((end) => code?.endsWith(end)))?.value;
  const percentage = value('percentage', 'percent');
  return percentage === undefined ? feeOf(value('type'), value('amount', 'value')) : feeOf('percent', percentage);
}

function feeOf(type: unknown, value: unknown): BuyerFinderFee | undefined {
  const said = typeof value === 'number' ? String(value) : text(value);
  const amount = said === undefined ? undefined : parseMinor(said, CURRENCY);
  if (amount === undefined) return undefined;
  return { kind: codeOf(type)?.startsWith('percent') === true ? 'percent' : 'amount', value: amount };
}
