/** Handles payments that we collect: provider updates, failed requests and deadlines. Also releases the cable. */
import type { CommandOf } from '../model/command.js';
import type { Accepted, DecisionContext, DiscrepancyDraft, EffectDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import { isTerminal, type Order } from '../model/order.js';
import {
  amountReceived,
  isSamePayment,
  withFormerReference,
  type Payment,
  type PaymentStatus,
  type ProviderPayment,
} from '../model/payment.js';
import { replyCallback } from './deferred-callback.js';
import { accept, endBeforeStart, noChange, notify } from './results.js';

/** Applies the provider's report on a payment. Totals never decrease, so a repeated or older report is harmless. */
export function paymentUpdated(
  order: Order,
  { payment: update, requestKey }: CommandOf<'payment-updated'>,
  context: DecisionContext,
): Accepted {
  const { payment } = order;
  const current = payment?.providerReference;
  // The update may concern a replaced payment link that was paid after all.
  const isOther =
    current === undefined ? payment?.formerReferences?.includes(update.reference) : current !== update.reference;
  if (payment?.collectedBy !== 'BPP' || payment.requested === undefined || isOther) {
    return unmatchedPayment(order, update);
  }
  const isFirst = order.state === 'draft' && current === undefined;
  if (isFirst && requestKey !== undefined && !isRequestPending(order, requestKey)) {
    // A newer request replaced this one before its link arrived, so no buyer will get the link.
    return accept({ ...order, payment: { ...payment, ...withFormerReference(payment, update.reference) } });
  }
  if (update.currency !== order.tariff.currency) return currencyMismatch(order, update);
  const merged: Payment = {
    ...payment,
    providerReference: update.reference,
    ...(update.url !== undefined && payment.url === undefined && { url: update.url }),
    paid: Math.max(payment.paid, update.paid),
    ...(update.authorisedAmount > 0 && {
      authorisedAmount: Math.max(payment.authorisedAmount ?? 0, update.authorisedAmount),
    }),
    ...(update.refunded > 0 && { refunded: Math.max(payment.refunded ?? 0, update.refunded) }),
  };
  const next = { ...merged, status: paymentStatusOf(merged, update) };
  return isSamePayment(next, payment) ? noChange(order) : applyPaymentUpdate(order, payment, next, context);
}

function isRequestPending({ effects }: Order, key: string): boolean {
  return effects.some((effect) => effect.kind === 'payment-request' && effect.key === key);
}

function currencyMismatch(order: Order, { reference, currency }: ProviderPayment): Accepted {
  const detail = `Payment ${reference} is in ${currency}, the order in ${order.tariff.currency}; the payment does not count.`;
  const discrepancy: DiscrepancyDraft = { kind: 'payment-mismatch', detail, key: `${reference}:currency` };
  return { ...noChange(order), discrepancies: [discrepancy] };
}

function applyPaymentUpdate(order: Order, before: Payment, payment: Payment, context: DecisionContext): Accepted {
  const { now, policy } = context;
  const received = amountReceived(before) === 0 && amountReceived(payment) > 0;
  const updated = sendAwaitedCallbacks({ ...order, payment, ...recomputedRefund(order, payment) });
  const isNews = received || payment.url !== before.url || (payment.refunded ?? 0) > (before.refunded ?? 0);
  const callbacks = isNews && updated.effects.length === 0 ? [notify('state')] : updated.effects;
  const discrepancies = amountMismatches(before, payment);
  const current = updated.order.payment ?? payment;
  if (received && order.state === 'draft') {
    // A paid draft is valid for at least `paidDraftMs`; if it is not confirmed by then, the money is refunded.
    const until = Math.max(order.quote.expiresAt, now + policy.paidDraftMs);
    const quote = { ...order.quote, expiresAt: until };
    return accept({ ...updated.order, quote, payment: { ...current, dueAt: until } }, callbacks, discrepancies);
  }
  const settled = payment.type === 'ON-FULFILLMENT' && isTerminal(order) && payment.status === 'paid';
  if (!settled) return accept(updated.order, callbacks, discrepancies);
  const paid: Order = { ...updated.order, payment: omit(current, 'dueAt') };
  const cable = policy.unlockCableWhen === 'paid' ? unlockCable(paid, now) : { order: paid, effects: [] };
  return accept(cable.order, [...callbacks, ...cable.effects], discrepancies);
}

/** Recalculates the bill's refund after the amount paid has changed. */
function recomputedRefund({ bill }: Order, { paid }: Payment): Pick<Order, 'bill'> | object {
  return bill ? { bill: { ...bill, refund: Math.max(0, paid - bill.total) } } : {};
}

function paymentStatusOf(payment: Payment, { state }: ProviderPayment): PaymentStatus {
  const { refunded = 0, refundRequested = 0, captureRequested = 0, authorisedAmount = 0 } = payment;
  const { requested, paid, status = 'due' } = payment;
  if (refunded > 0 && refunded >= refundRequested) return 'refunded';
  const partial = payment.type === 'ON-FULFILLMENT' && requested !== undefined && paid < requested.amount;
  if (paid > 0 && !partial) return 'paid';
  // A release is final, even if an older report arrives after it.
  if (status === 'released' || (authorisedAmount > 0 && captureRequested === 0 && state === 'released')) {
    return 'released';
  }
  if (authorisedAmount > 0) return 'authorised';
  return state === 'failed' ? 'refused' : status;
}

function amountMismatches(before: Payment, payment: Payment): DiscrepancyDraft[] {
  const expected = payment.captureRequested ?? payment.requested?.amount;
  const { paid, refunded = 0, refundRequested = 0, providerReference = '' } = payment;
  const discrepancies: DiscrepancyDraft[] = [];
  if (paid > before.paid && expected !== undefined && paid !== expected) {
    const detail = `Payment ${providerReference}: the provider took ${paid}, but ${expected} was requested (minor units).`;
    discrepancies.push({ kind: 'payment-mismatch', detail, amount: paid - expected });
  }
  if (refunded > (before.refunded ?? 0) && refunded > refundRequested) {
    const detail = `Payment ${providerReference}: the provider refunded ${refunded}, but ${refundRequested} was requested (minor units).`;
    discrepancies.push({ kind: 'payment-mismatch', detail, amount: refunded - refundRequested });
  }
  return discrepancies;
}

/** Opens a discrepancy if the provider has money that does not count for the order. */
function unmatchedPayment(order: Order, { reference, paid, authorisedAmount, refunded }: ProviderPayment): Accepted {
  const amount = Math.max(paid, authorisedAmount) - refunded;
  if (amount <= 0) return noChange(order);
  const detail = `The provider holds ${amount} (minor units) as payment ${reference}, which does not count for this order.`;
  return {
    ...noChange(order),
    discrepancies: [{ kind: 'payment-unmatched', detail, amount, key: `${reference}:${amount}` }],
  };
}

/** Records that a request to the provider failed for good. A failed payment request also ends the wait for its link. */
export function paymentRequestFailed(
  order: Order,
  command: CommandOf<'payment-request-failed'>,
  { now }: DecisionContext,
): Accepted {
  const { payment } = order;
  if (!payment) return noChange(order);
  const { requestKind, key, amount, reason } = command;
  const discrepancy: DiscrepancyDraft = {
    kind: 'payment-failed',
    detail: `The ${requestKind} of ${amount} (minor units) failed: ${reason}`,
    amount,
    key,
  };
  if (requestKind !== 'payment-request') return accept(order, [], [discrepancy]);
  const refused = { ...order, payment: { ...omit(payment, 'dueAt'), status: 'refused' as const } };
  const { order: answered, effects } = sendAwaitedCallbacks(refused);
  // The driver has no way to pay now, so the cable is not kept locked until payment.
  const cable = isTerminal(order) ? unlockCable(answered, now) : { order: answered, effects: [] };
  return accept(cable.order, [...effects, ...cable.effects], [discrepancy]);
}

/** Sends the callbacks that waited for the payment link, once the link exists or the payment is no longer due. */
function sendAwaitedCallbacks(order: Order): { readonly order: Order; readonly effects: readonly EffectDraft[] } {
  const { awaitingLink, ...payment } = order.payment ?? { paid: 0 };
  const isReady = payment.url !== undefined || payment.status !== 'due';
  return awaitingLink && isReady
    ? { order: { ...order, payment }, effects: awaitedCallbacks(awaitingLink) }
    : { order, effects: [] };
}

function awaitedCallbacks({ initMessageIds }: NonNullable<Payment['awaitingLink']>): EffectDraft[] {
  return initMessageIds ? initMessageIds.map((messageId) => replyCallback('on_init', messageId)) : [notify('terminal')];
}

/** Returns when the next wait for a payment, a payment link or the cable's release ends. @unit Epoch ms. */
export function paymentDeadline({ payment, effects, cable }: Order): number | undefined {
  const { dueAt = Infinity, awaitingLink } = payment ?? {};
  const unlock =
    cable === 'unlock-requested' ? effects.find((effect) => effect.kind === 'unlock-connector') : undefined;
  const due = Math.min(dueAt, awaitingLink?.until ?? Infinity, unlock?.until ?? Infinity);
  return due === Infinity ? undefined : due;
}

/** Ends a wait for a payment link, a cable, a confirm or a payment that has expired; `undefined` if none has. */
export function paymentTimerDue(order: Order, context: DecisionContext): Accepted | undefined {
  const { now } = context;
  const { payment } = order;
  if (payment?.awaitingLink && now >= payment.awaitingLink.until) {
    return accept({ ...order, payment: omit(payment, 'awaitingLink') }, awaitedCallbacks(payment.awaitingLink));
  }
  const unlock = order.effects.find((effect) => effect.kind === 'unlock-connector' && effect.until <= now);
  if (unlock) {
    const effects = order.effects.filter((effect) => effect !== unlock);
    const detail = 'the charger was offline';
    return unlockAnswered({ ...order, effects }, { type: 'unlock-answered', released: false, detail });
  }
  if (payment?.dueAt === undefined || now < payment.dueAt) return undefined;
  const notDue: Order = { ...order, payment: omit(payment, 'dueAt') };
  if (order.state === 'draft') return endBeforeStart(notDue, 'not-confirmed', context);
  return isTerminal(order) ? paymentOverdue(order, payment, context) : accept(notDue);
}

function paymentOverdue(order: Order, payment: Payment, { now, policy }: DecisionContext): Accepted {
  const amount = (order.bill?.total ?? 0) - payment.paid;
  const overdue: Order = { ...order, payment: { ...omit(payment, 'dueAt'), status: 'overdue' } };
  const cable = policy.unlockCableWhen === 'paid' ? unlockCable(overdue, now) : { order: overdue, effects: [] };
  const detail = `The bill was not paid in time: ${amount} (minor units) is outstanding.`;
  return accept(cable.order, [notify('state'), ...cable.effects], [{ kind: 'payment-overdue', detail, amount }]);
}

/** How long an UnlockConnector may be sent; later the cable may belong to another session. */
const UNLOCK_WINDOW_MS = 15 * 60_000;

/** Requests the release of the cable, at most once per session. */
export function unlockCable(order: Order, now: number): { readonly order: Order; readonly effects: EffectDraft[] } {
  if (!order.session || order.cable !== undefined) return { order, effects: [] };
  return {
    order: { ...order, cable: 'unlock-requested' },
    effects: [{ kind: 'unlock-connector', until: now + UNLOCK_WINDOW_MS }],
  };
}

/** Records the charger's response to an UnlockConnector. */
export function unlockAnswered(order: Order, command: CommandOf<'unlock-answered'>): Accepted {
  if (order.cable !== 'unlock-requested') return noChange(order);
  if (command.released) return accept({ ...order, cable: 'unlocked' }, [notify('state')]);
  const detail = `The cable was not released (${command.detail}); the driver may need help.`;
  return accept({ ...order, cable: 'locked' }, [], [{ kind: 'cable-locked', detail }]);
}
