/** Reads the terms of an order besides its items: an offer and the buyer app's finder fee. */
import type { StatedFee } from '../../../ports/buyer-requests.js';
import { valueAt, readCode, readStatedId, readList } from '../../protocol/json-reading.js';
import { readStatedFee } from '../../protocol/stated-amount.js';
import { findGroup, type TagEntry } from '../core-1x/tags.js';

const MAX_PAYMENTS = 20;
const FEE_GROUPS = ['buyer-finder-fee', 'buyer-finder-fees'] as const;

export interface OrderTerms {
  readonly offer?: string;
  readonly buyerFinderFee?: StatedFee;
}

/**
 * @shape  The offer is `offers[0].id`. The fee is in `payments[]` as `@ondc/org/buyer_app_finder_fee_type` (`percent`;
 *         any other type means an amount) with `…_amount`, or in a tag group `buyer-finder-fee(s)` of a payment or of
 *         the order.
 * @unit   For a percentage: percent in, hundredths of a percent out. An amount is in the currency of its payment, else
 *         in that of the order.
 */
export function readOrderTerms(order: unknown): OrderTerms {
  const offer = readStatedId(valueAt(readList(valueAt(order, 'offers'))[0], 'id'));
  const payments = readList(valueAt(order, 'payments')).slice(0, MAX_PAYMENTS);
  const paths = payments.map((_payment, index) => `message.order.payments[${index}]`);
  const fee = [
    ...payments.map((payment, index) => readPaymentFee(payment, paths[index] ?? '')),
    ...[...payments, order].map((holder, index) => readTagFee(holder, paths[index] ?? 'message.order')),
  ].find((each) => each);
  return { ...(offer !== undefined && { offer }), ...(fee && { buyerFinderFee: fee }) };
}

function readPaymentFee(payment: unknown, path: string): StatedFee | undefined {
  const key = '@ondc/org/buyer_app_finder_fee';
  const amount = { value: valueAt(payment, `${key}_amount`), path: `${path}.${key}_amount` };
  return toStatedFee(valueAt(payment, `${key}_type`), amount, payment);
}

function readTagFee(holder: unknown, path: string): StatedFee | undefined {
  const entries = FEE_GROUPS.flatMap((code) => findGroup(valueAt(holder, 'tags'), `${path}.tags`, code)?.entries ?? []);
  const entry = (...ends: string[]): TagEntry | undefined =>
    entries.find(({ code }) => ends.some((end) => code?.endsWith(end)));
  const percentage = entry('percentage', 'percent');
  if (percentage) return toStatedFee('percent', { ...percentage, path: `${percentage.path}.value` }, holder);
  const amount = entry('amount', 'value');
  return amount && toStatedFee(entry('type')?.value, { ...amount, path: `${amount.path}.value` }, holder);
}

/** @param holder The payment or order that contains the fee. The currency of a payment is also that of its fee. */
function toStatedFee(
  type: unknown,
  { value, path }: { readonly value: unknown; readonly path: string },
  holder: unknown,
): StatedFee | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const kind = readCode(type)?.startsWith('percent') === true ? 'percent' : 'amount';
  return readStatedFee(kind, value, { currency: valueAt(holder, 'params', 'currency'), path });
}
