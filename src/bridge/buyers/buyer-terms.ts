/** What holds for one buyer app alone: how its orders are paid and how often it is told of progress. */
import type { BuyerApp } from '../../domain/model/order.js';
import { PAYMENT_TERMS, type PaymentModel, type PaymentTerms } from '../../domain/model/payment.js';
import type { PaymentPreference } from '../../ports/buyer-requests.js';

export interface BuyerTerms {
  /** The first one unless it asks for another of them. */
  readonly paymentModels: readonly PaymentModel[];
  /** Instead of the policy's; 0 pushes none for that reason. */
  readonly progressMs?: number;
  readonly progressWh?: number;
}

/** The terms of an order; `undefined` for those that need no words: paid to the buyer app beforehand. */
export function paymentTermsFor(
  { paymentModels: payments }: BuyerTerms,
  wish: PaymentPreference = {},
): PaymentTerms | undefined {
  const fits = (plan: PaymentModel): boolean => {
    const { type, collectedBy } = PAYMENT_TERMS[plan];
    return (wish.type ?? type) === type && (wish.collectedBy ?? collectedBy) === collectedBy;
  };
  // What is not offered falls to the first: the answer says under which terms the order is.
  const plan = payments.find(fits) ?? payments[0] ?? 'bap-prepaid';
  return plan === 'bap-prepaid' ? undefined : PAYMENT_TERMS[plan];
}

/** Its rates of progress, as an order carries them. */
export function progressRatesOf({ progressMs, progressWh }: BuyerTerms): Pick<BuyerApp, 'progressMs' | 'progressWh'> {
  return { ...(progressMs !== undefined && { progressMs }), ...(progressWh !== undefined && { progressWh }) };
}
