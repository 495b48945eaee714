/** How an order is paid: before or after it, to the buyer app or to us. Pure data and the words for it. */
/** Who collects, when, and whether money is only held first. One word for each way that is sold. */
export type PaymentModel = 'bap-prepaid' | 'bap-postpaid' | 'bpp-prepaid' | 'bpp-hold' | 'bpp-postpaid';

export interface PaymentTerms {
  /** Core 1.x `payments[].type`. */
  readonly type: 'PRE-ORDER' | 'ON-FULFILLMENT';
  readonly collectedBy: 'BAP' | 'BPP';
  /** `hold`: the authorised amount is held; the bill is taken from it and the rest let go. */
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
 * - `due`       not paid yet; there is a link, or there will be one
 * - `held`      the authorised amount is held for us
 * - `paid`, `refunded`  the provider says so
 * - `released`  what was held was let go, nothing was taken
 * - `refused`   the provider will not collect it
 * - `overdue`   its time to be paid has passed; a row tells a person
 */
export type PaymentStatus = 'due' | 'authorised' | 'paid' | 'refunded' | 'released' | 'refused' | 'overdue';

/** Absent terms: paid to the buyer app before the order, as its confirm said. All amounts in minor units. */
export interface Payment extends Partial<PaymentTerms> {
  /** What the buyer has paid. What is only held is not in it. */
  readonly paid: number;
  readonly method?: string;
  /** The buyer app's name for it. */
  readonly reference?: string;
  readonly status?: PaymentStatus;
  /** Where the buyer pays. */
  readonly url?: string;
  /** The payment provider's name for it. */
  readonly providerReference?: string;
  /** Its names for links that were replaced: what it tells of them is not about this payment. */
  readonly formerReferences?: readonly string[];
  /** What was last asked of the buyer, and until when, epoch ms. */
  readonly requested?: { readonly amount: number; readonly until: number };
  readonly authorisedAmount?: number;
  /** What was asked of the provider: to take from what is held, to give back in all. */
  readonly captureRequested?: number;
  readonly refundRequested?: number;
  /** What the provider has given back. */
  readonly refunded?: number;
  /** When the wait ends: for the confirm of what is paid, or for the money of what was delivered; epoch ms. */
  readonly dueAt?: number;
  /** Answers that wait for the link, and until when; without `inits` it is the terminal status that waits. */
  readonly awaitingLink?: { readonly until: number; readonly initMessageIds?: readonly string[] };
}

/** What a payment provider says of one payment: totals, so that a repeat or an old word changes nothing. */
export interface ProviderPayment {
  readonly reference: string;
  readonly state: 'open' | 'held' | 'paid' | 'released' | 'failed';
  readonly currency: string;
  /** Minor units, all of them since the beginning. */
  readonly authorisedAmount: number;
  readonly paid: number;
  readonly refunded: number;
  readonly url?: string;
}

/** What is asked of the provider. */
export type PaymentRequestKind = 'payment-request' | 'payment-capture' | 'payment-refund';

/** What has arrived for us: paid, or held where it is only held and was not let go since. */
export function amountReceived(payment: Payment | undefined): number {
  if (!payment || payment.status === 'released') return 0;
  return payment.mode === 'hold' ? Math.max(payment.authorisedAmount ?? 0, payment.paid) : payment.paid;
}

const MAX_FORMER_REFERENCES = 20;

/** The provider's names that are not this payment's any more, with one more. */
export function withFormerReference(
  payment: Payment | undefined,
  reference: string | undefined,
): Pick<Payment, 'formerReferences'> {
  const former = [...(payment?.formerReferences ?? []), ...(reference === undefined ? [] : [reference])].slice(
    -MAX_FORMER_REFERENCES,
  );
  return former.length > 0 ? { formerReferences: former } : {};
}

/** `PAID` in core 1.x: the buyer app said so, or the provider did; held is as good as paid. */
export function isPaid(payment: Payment | undefined): boolean {
  if (!payment) return false;
  if (payment.collectedBy === undefined) return true;
  return amountReceived(payment) > 0 && payment.status !== 'released';
}

export function paymentTermsOf({ type, collectedBy, mode }: Payment): PaymentTerms | undefined {
  return type && collectedBy && mode ? { type, collectedBy, mode } : undefined;
}

/** The same payment, or news: what is unchanged is not saved again. */
export function isSamePayment(a: Payment, b: Payment): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
