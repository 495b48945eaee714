/** Defines how an order is paid: before or after the session, to the buyer app (BAP) or to us (BPP). */

/** Who collects the money, and when: before or after the session, or authorised before and captured after it. */
export type PaymentModel = 'bap-prepaid' | 'bap-postpaid' | 'bpp-prepaid' | 'bpp-hold' | 'bpp-postpaid';

export interface PaymentTerms {
  /** `payments[].type` of Beckn core 1.x. */
  readonly type: 'PRE-ORDER' | 'ON-FULFILLMENT';
  readonly collectedBy: 'BAP' | 'BPP';
  /** `hold`: the provider authorises the amount first; later the bill is captured and the rest is released. */
  readonly mode: 'charge' | 'hold';
}

export const PAYMENT_TERMS: Readonly<Record<PaymentModel, PaymentTerms>> = {
  'bap-prepaid': { type: 'PRE-ORDER', collectedBy: 'BAP', mode: 'charge' },
  'bap-postpaid': { type: 'ON-FULFILLMENT', collectedBy: 'BAP', mode: 'charge' },
  'bpp-prepaid': { type: 'PRE-ORDER', collectedBy: 'BPP', mode: 'charge' },
  'bpp-hold': { type: 'PRE-ORDER', collectedBy: 'BPP', mode: 'hold' },
  'bpp-postpaid': { type: 'ON-FULFILLMENT', collectedBy: 'BPP', mode: 'charge' },
};

/**
 * - `due`         not paid yet
 * - `authorised`  the provider has authorised the amount but not captured it
 * - `paid`, `refunded`  as reported by the provider; a price of 0, and what a buyer app collects after the session,
 *                 count as paid
 * - `released`    the authorised amount was released, and nothing was captured
 * - `refused`     the provider will not collect the payment
 * - `overdue`     the time to pay has passed; a discrepancy is open
 */
export type PaymentStatus = 'due' | 'authorised' | 'paid' | 'refunded' | 'released' | 'refused' | 'overdue';

/**
 * The payment for an order; amounts are in minor units. Without terms, the buyer app collected it before placing the
 * order.
 */
export interface Payment extends Partial<PaymentTerms> {
  /** The amount paid by the buyer, not counting an amount that is only authorised. */
  readonly paid: number;
  readonly method?: string;
  /** The buyer app's payment id. */
  readonly reference?: string;
  readonly status?: PaymentStatus;
  /** The payment link. */
  readonly url?: string;
  /** The payment provider's id of the payment. */
  readonly providerReference?: string;
  /** Provider ids of replaced payment links; updates with these ids do not count for this payment. */
  readonly formerReferences?: readonly string[];
  /** The amount last requested from the buyer, and when the request expires, epoch ms. */
  readonly requested?: { readonly amount: number; readonly until: number };
  /**
   * The amount that the provider has authorised or, if the hold ended before we captured, the amount taken from it. The
   * bill is limited by `Order.authorised` instead.
   */
  readonly authorisedAmount?: number;
  /** The totals that we have asked the provider to capture and to refund. */
  readonly captureRequested?: number;
  readonly refundRequested?: number;
  /** The amount that the provider has refunded. */
  readonly refunded?: number;
  /** When a report first showed lower totals than are known, epoch ms. A look-up then decides which are right. */
  readonly fallSuspectedAt?: number;
  /** Set once the totals have fallen. From then on, a webhook with higher totals may be outdated. */
  readonly hasFallen?: true;
  /** The deadline for confirming a paid draft, or for paying for a delivered session; epoch ms. */
  readonly dueAt?: number;
  /** Callbacks that wait for the payment link: the replies to `init` or, if there are none, the terminal status. */
  readonly awaitingLink?: { readonly until: number; readonly initMessageIds?: readonly string[] };
}

/** A provider's report on one payment. The amounts are totals, so a repeated report changes nothing. */
export interface ProviderPayment {
  readonly reference: string;
  readonly state: 'open' | 'held' | 'paid' | 'released' | 'failed';
  readonly currency: string;
  /** Minor units, totals since the payment was created. */
  readonly authorisedAmount: number;
  readonly paid: number;
  readonly refunded: number;
  readonly url?: string;
}

/** Checks whether a hold is over: the money was taken or released, or the payment failed. */
export function isHoldOver({ state }: Pick<ProviderPayment, 'state'>): boolean {
  return state === 'paid' || state === 'released' || state === 'failed';
}

/** Returns what the provider holds and has not taken. @unit Minor units. */
export function amountHeld({ state, authorisedAmount, paid }: ProviderPayment): number {
  return isHoldOver({ state }) ? 0 : Math.max(0, authorisedAmount - paid);
}

/** A kind of request to the payment provider. A look-up reads the present totals of a payment. */
export type PaymentRequestKind = 'payment-request' | 'payment-capture' | 'payment-refund' | 'payment-look-up';

/** Returns the amount paid, or authorised and not released. @unit Minor units. */
export function amountReceived(payment: Payment | undefined): number {
  if (!payment || payment.status === 'released') return 0;
  const countsHold = payment.mode === 'hold' && payment.status !== 'refused';
  return countsHold ? Math.max(payment.authorisedAmount ?? 0, payment.paid) : payment.paid;
}

/** Returns what we can count on: the amount received, less what was refunded. @unit Minor units. */
export function amountAvailable(payment: Payment | undefined): number {
  return amountReceived(payment) - (payment?.refunded ?? 0);
}

const MAX_FORMER_REFERENCES = 20;

/** Adds an id to the provider ids of replaced links; only the newest 20 are kept. */
export function withFormerReference(
  payment: Payment | undefined,
  reference: string | undefined,
): Pick<Payment, 'formerReferences'> {
  const former = [...(payment?.formerReferences ?? []), ...(reference === undefined ? [] : [reference])].slice(
    -MAX_FORMER_REFERENCES,
  );
  return former.length > 0 ? { formerReferences: former } : {};
}

/**
 * Checks whether the payment is `PAID` in Beckn core 1.x terms. An authorised amount counts, as do a price of 0 and a
 * payment without terms, which the buyer app collected.
 */
export function isPaid(payment: Payment | undefined): boolean {
  if (!payment) return false;
  if (payment.collectedBy === undefined) return true;
  if (payment.status === 'released') return false;
  return payment.status === 'paid' || amountReceived(payment) > 0;
}

/** Returns the terms of a payment; `undefined` if it has none. */
export function paymentTermsOf({ type, collectedBy, mode }: Payment): PaymentTerms | undefined {
  return type && collectedBy && mode ? { type, collectedBy, mode } : undefined;
}

export function isSamePayment(a: Payment, b: Payment): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
