/** Defines the payment provider, for payments that we collect ourselves. Every request may be repeated safely. */
import type { PaymentTerms, ProviderPayment } from '../domain/model/payment.js';

interface ProviderRequest {
  /** Idempotency key: a repeat with the same key is the same request and gets the same result. */
  readonly key: string;
  readonly orderId: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
}

export interface PaymentRequest extends ProviderRequest {
  readonly mode: PaymentTerms['mode'];
  /** When the payment link stops accepting money, epoch ms. */
  readonly until: number;
}

/** A payment that exists at the provider. */
export interface KnownPayment {
  readonly orderId: string;
  /** The provider's id for the payment. */
  readonly reference: string;
}

/** A request about a payment that exists at the provider. */
export type PaymentReferenceRequest = ProviderRequest & KnownPayment;

export type PaymentResult =
  | { readonly kind: 'succeeded'; readonly payment: ProviderPayment }
  /** The provider refused; a repeat would be refused too. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The outcome is unknown. The request must be repeated under the same key. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Implemented by the payments edge. Never rejects. A success always concerns the payment and order of the request. */
export interface PaymentProvider {
  /** Creates a payment link, or a collect request, for the buyer. */
  requestPayment(request: PaymentRequest): Promise<PaymentResult>;
  /** Captures this amount in addition to earlier captures, and releases the rest of the hold. 0 only releases. */
  capture(request: PaymentReferenceRequest): Promise<PaymentResult>;
  refund(request: PaymentReferenceRequest): Promise<PaymentResult>;
  /** Closes an unpaid link, so that it accepts no more money. A payment that is not open stays as it is. */
  closeLink(payment: KnownPayment, key: string): Promise<PaymentResult>;
  lookUp(payment: KnownPayment): Promise<PaymentResult>;
}

/**
 * Notifications from the provider. Implemented by the bridge.
 * @errors StoreFault: the provider must send the notification again.
 */
export interface PaymentUpdates {
  paymentUpdated(orderId: string, payment: ProviderPayment): Promise<void>;
}
