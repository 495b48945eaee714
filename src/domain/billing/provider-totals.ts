/** Applies the provider's reports to the totals of a payment, and reports unexpected changes as discrepancies. */
import type { DiscrepancyDraft } from '../model/decision.js';
import type { Bill } from '../model/quote.js';
import {
  amountHeld,
  amountReceived,
  isHoldOver,
  type Payment,
  type PaymentStatus,
  type ProviderPayment,
} from '../model/payment.js';

/**
 * Checks whether a report shows less than is known: a payment was reversed, a refund was undone, a hold ended by
 * itself, or the report is outdated.
 */
export function isBelow(payment: Payment, report: ProviderPayment): boolean {
  if ((payment.refunded ?? 0) > report.refunded || payment.paid > report.paid) return true;
  return isHoldOurs(payment) && report.state !== 'released' && amountReceived(payment) > takenOrHeld(report);
}

/** Checks whether the payment is a hold for which we have requested neither a capture nor a release. */
function isHoldOurs({ mode, captureRequested }: Payment): boolean {
  return mode === 'hold' && captureRequested === undefined;
}

function takenOrHeld(report: ProviderPayment): number {
  return report.paid + amountHeld(report);
}

/**
 * Returns the payment with the higher of the known and the reported totals. Only the authorised amount falls, to the
 * amount paid, if a hold has ended that we neither captured nor released.
 */
export function raisedTo(payment: Payment, report: ProviderPayment): Payment {
  const { authorisedAmount = 0 } = payment;
  const hasHold = report.authorisedAmount > 0 || authorisedAmount > 0;
  const paid = Math.max(payment.paid, report.paid);
  const isOver = isHoldOurs(payment) && isHoldOver(report);
  const merged: Payment = {
    ...withLink(payment, report),
    paid,
    ...(hasHold && { authorisedAmount: isOver ? paid : Math.max(authorisedAmount, report.authorisedAmount) }),
    ...(report.refunded > 0 && { refunded: Math.max(payment.refunded ?? 0, report.refunded) }),
  };
  return { ...merged, status: statusOf(merged, report) };
}

/** Returns the payment with the reported totals, even those that are lower, and marks that they have fallen. */
export function loweredTo(payment: Payment, report: ProviderPayment): Payment {
  const isHoldOpen = payment.authorisedAmount !== undefined && isHoldOurs(payment);
  const exact: Payment = {
    ...withLink(payment, report),
    paid: report.paid,
    ...(isHoldOpen && { authorisedAmount: takenOrHeld(report) }),
    ...((payment.refunded !== undefined || report.refunded > 0) && { refunded: report.refunded }),
    hasFallen: true,
  };
  return { ...exact, status: statusOf(exact, report) };
}

function withLink(payment: Payment, { reference, url }: ProviderPayment): Payment {
  return {
    ...payment,
    providerReference: reference,
    ...(url !== undefined && payment.url === undefined && { url }),
  };
}

function statusOf(payment: Payment, { state }: ProviderPayment): PaymentStatus {
  const { refunded = 0, refundRequested = 0, captureRequested = 0, authorisedAmount = 0 } = payment;
  const { requested, paid, status = 'due' } = payment;
  if (refunded > 0 && refunded >= refundRequested) return 'refunded';
  const partial = payment.type === 'ON-FULFILLMENT' && requested !== undefined && paid < requested.amount;
  if (paid > 0 && !partial) return 'paid';
  // A release is final: an older report may arrive after it.
  if (status === 'released' || (payment.mode === 'hold' && captureRequested === 0 && state === 'released')) {
    return 'released';
  }
  if (authorisedAmount > 0) return 'authorised';
  // An overdue bill stays overdue when its link is closed.
  if (state === 'failed' && status !== 'overdue') return 'refused';
  return status === 'paid' || status === 'refunded' ? 'due' : status;
}

/**
 * Returns discrepancies if the amount paid has risen and differs from the requested one, and if the amount refunded has
 * risen and exceeds what is due.
 * @param bill The bill of an ended order.
 */
export function amountMismatches(before: Payment, payment: Payment, bill: Bill | undefined): DiscrepancyDraft[] {
  const expected = payment.captureRequested ?? payment.requested?.amount;
  const { paid, refunded = 0, refundRequested = 0, providerReference = '' } = payment;
  const due = bill ? Math.min(refundRequested, Math.max(0, paid - bill.total)) : refundRequested;
  const discrepancies: DiscrepancyDraft[] = [];
  // A part of a hold may be taken before we capture. Only more than the whole hold is a mismatch.
  const isPart = isHoldOurs(payment) && paid < (expected ?? 0);
  if (paid > before.paid && expected !== undefined && paid !== expected && !isPart) {
    const detail = `Payment ${providerReference}: the provider took ${paid}, but ${expected} was requested (minor units).`;
    discrepancies.push({ kind: 'payment-mismatch', detail, amount: paid - expected });
  }
  if (refunded > (before.refunded ?? 0) && refunded > due) {
    const detail = `Payment ${providerReference}: the provider refunded ${refunded}, but ${due} was due (minor units).`;
    discrepancies.push({ kind: 'payment-mismatch', detail, amount: refunded - due });
  }
  return discrepancies;
}

/**
 * Returns a discrepancy if the provider gave back more of an unmatched payment than it took, as when a chargeback
 * follows a refund.
 */
export function overReturned({ reference, paid, refunded }: ProviderPayment): DiscrepancyDraft | undefined {
  if (refunded <= paid) return undefined;
  const amount = paid - refunded;
  const detail = `The provider has given back ${refunded} of payment ${reference} and taken ${paid} (minor units).`;
  return { kind: 'payment-mismatch', detail, amount, key: `${reference}:${amount}` };
}

/** Returns discrepancies for fallen amounts: a payment was reversed, a refund undone, or a hold ended by itself. */
export function reversals(before: Payment, payment: Payment): DiscrepancyDraft[] {
  const held = isHoldOurs(payment) && payment.paid >= before.paid;
  const amounts = [
    { what: 'amount paid', from: before.paid, to: payment.paid },
    { what: 'amount refunded', from: before.refunded ?? 0, to: payment.refunded ?? 0 },
    ...(held ? [{ what: 'amount held', from: amountReceived(before), to: amountReceived(payment) }] : []),
  ];
  return amounts.flatMap(({ what, from, to }): DiscrepancyDraft[] => {
    if (to >= from) return [];
    const detail = `Payment ${payment.providerReference ?? ''}: the ${what} fell from ${from} to ${to} (minor units).`;
    return [{ kind: 'payment-reversed', detail, amount: to - from }];
  });
}
