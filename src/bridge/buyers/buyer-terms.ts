/** Defines the terms of a buyer app: how its orders may be paid for, and how often it receives progress callbacks. */
import type { BuyerApp } from '../../domain/model/order.js';
import { PAYMENT_TERMS, type PaymentModel, type PaymentTerms } from '../../domain/model/payment.js';
import type { PaymentPreference } from '../../ports/buyer-requests.js';

export interface BuyerTerms {
  /** The first model applies unless the buyer app asks for another one in the list. */
  readonly paymentModels: readonly PaymentModel[];
  /** These two override the policy's progress rates; 0 turns a rate off. */
  readonly progressMs?: number;
  readonly progressWh?: number;
}

/** Chooses the payment terms of an order; `undefined` stands for the default: the buyer app collects in advance. */
export function paymentTermsFor(
  { paymentModels }: BuyerTerms,
  preference: PaymentPreference = {},
): PaymentTerms | undefined {
  const fits = (model: PaymentModel): boolean => {
    const { type, collectedBy } = PAYMENT_TERMS[model];
    return (preference.type ?? type) === type && (preference.collectedBy ?? collectedBy) === collectedBy;
  };
  // A preference that is not offered falls back to the first model; the callback states the terms.
  const model = paymentModels.find(fits) ?? paymentModels[0] ?? 'bap-prepaid';
  return model === 'bap-prepaid' ? undefined : PAYMENT_TERMS[model];
}

/** Returns the progress rates to store with an order. */
export function progressRatesOf({ progressMs, progressWh }: BuyerTerms): Pick<BuyerApp, 'progressMs' | 'progressWh'> {
  return { ...(progressMs !== undefined && { progressMs }), ...(progressWh !== undefined && { progressWh }) };
}
