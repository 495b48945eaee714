/** The payment provider of what we collect ourselves: four questions, each of them harmless to repeat. */
import type { PaymentTerms, ProviderPayment } from '../domain/model/payment.js';

interface ProviderRequest {
  /** The same key, sent again whenever and however often, is the same errand and has the same answer. */
  readonly key: string;
  readonly orderId: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
}

export interface PaymentRequest extends ProviderRequest {
  readonly mode: PaymentTerms['mode'];
  /** The link takes no money after this; epoch ms. */
  readonly until: number;
}

/** About a payment that the provider has named. */
export interface PaymentReferenceRequest extends ProviderRequest {
  readonly reference: string;
}

export type PaymentResult =
  | { readonly kind: 'succeeded'; readonly payment: ProviderPayment }
  /** It will not, and a repeat changes nothing. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody knows whether it was done: to be asked again under the same key. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Implemented by the payments edge. Never rejects. */
export interface PaymentProvider {
  /** Makes a link, or a collect request, for the buyer. */
  requestPayment(request: PaymentRequest): Promise<PaymentResult>;
  /** Takes this much of what is held, and lets the rest go; 0 lets all of it go. */
  capture(order: PaymentReferenceRequest): Promise<PaymentResult>;
  refund(order: PaymentReferenceRequest): Promise<PaymentResult>;
  lookUp(reference: string): Promise<PaymentResult>;
}

/** Implemented by the bridge: what the provider tells unasked. @errors StoreFault: to be told again. */
export interface PaymentUpdates {
  paymentUpdated(orderId: string, told: ProviderPayment): Promise<void>;
}
