/** Converts the amounts of a request as the bridge does, for tests that send an order back as it was rendered. */
import { toBuyerFinderFee, toMinorUnits, toPayment } from '../../src/bridge/buyers/stated-amounts.js';
import type { BuyerRequest, StatedAmount, StatedFee, StatedPayment } from '../../src/ports/buyer-requests.js';

interface Amounts {
  readonly limit?: object;
  readonly buyerFinderFee?: StatedFee;
  readonly payment?: StatedPayment | string;
}

/** Returns the request with minor units in place of stated amounts. */
export function inMinorUnits(request: BuyerRequest | { readonly refusal: unknown }, currency: string): object {
  const { limit, buyerFinderFee, payment } = request as Amounts;
  const amount = limit && 'amount' in limit ? (limit.amount as StatedAmount) : undefined;
  return {
    ...request,
    ...(amount && { limit: { limit: { kind: 'amount', value: toMinorUnits(amount, currency) } } }),
    ...(buyerFinderFee && { buyerFinderFee: toBuyerFinderFee(buyerFinderFee, currency) }),
    ...(typeof payment === 'object' && { payment: toPayment(payment, currency) }),
  };
}
