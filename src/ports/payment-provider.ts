/** The payment provider of what we collect ourselves: four questions, each of them harmless to repeat. */
import type { PaymentTerms, PaymentTold } from '../domain/model/payment.js';

interface Errand {
  /** The same key, sent again whenever and however often, is the same errand and has the same answer. */
  readonly key: string;
  readonly orderId: string;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
}

export interface PaymentRequest extends Errand {
  readonly mode: PaymentTerms['mode'];
  /** The link takes no money after this; epoch ms. */
  readonly until: number;
}

/** About a payment that the provider has named. */
export interface PaymentOrder extends Errand {
  readonly reference: string;
}

export type PaymentAnswer =
  | { readonly kind: 'told'; readonly told: PaymentTold }
  /** It will not, and a repeat changes nothing. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody knows whether it was done: to be asked again under the same key. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Implemented by the payments edge. Never rejects. */
export interface PaymentProvider {
  /** Makes a link, or a collect request, for the buyer. */
  request(request: PaymentRequest): Promise<PaymentAnswer>;
  /** Takes this much of what is held, and lets the rest go; 0 lets all of it go. */
  capture(order: PaymentOrder): Promise<PaymentAnswer>;
  refund(order: PaymentOrder): Promise<PaymentAnswer>;
  lookUp(reference: string): Promise<PaymentAnswer>;
}

/** Implemented by the bridge: what the provider tells unasked. @errors StoreFault: to be told again. */
export interface PaymentIntake {
  told(orderId: string, told: PaymentTold): Promise<void>;
}
