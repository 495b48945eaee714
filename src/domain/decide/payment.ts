/** Money that we collect: asked for, told of by the provider, taken, given back. What is asked is marked, so once. */
import type { OrderCommand } from '../model/command.js';
import type { Accepted, EffectDraft, DiscrepancyDraft, DecisionContext } from '../model/decision.js';
import { accept, endBeforeStart, notify, noChange } from './results.js';
import { replyCallback } from './deferred-callback.js';
import { isTerminal, type Order } from '../model/order.js';
import {
  withFormerReference,
  amountReceived,
  isSamePayment,
  type Payment,
  type PaymentStatus,
  type ProviderPayment,
} from '../model/payment.js';
import { omit } from '../model/object.js';

type Command<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

/** The provider's word on our payment. Totals only ever rise: a repeat, or an older word, changes nothing. */
export function paymentUpdated(order: Order, command: Command<'payment-updated'>, around: DecisionContext): Accepted {
  const { payment: told, requestKey: request } = command;
  const { payment } = order;
  const ours = payment?.providerReference;
  // Nothing was asked, or something else was: a link of before, that was paid after all.
  const another = ours === undefined ? payment?.formerReferences?.includes(told.reference) : ours !== told.reference;
  if (payment?.collectedBy !== 'BPP' || payment.requested === undefined || another)
    return unmatchedPayment(order, told);
  if (order.state === 'draft' && ours === undefined && request !== undefined && !isRequestPending(order, request)) {
    // Another link was asked for while this one was made: nobody will be sent it.
    return accept({ ...order, payment: { ...payment, ...withFormerReference(payment, told.reference) } });
  }
  if (told.currency !== order.tariff.currency) {
    const detail = `Payment ${told.reference} is in ${told.currency}, the order in ${order.tariff.currency}; not counted.`;
    return {
      ...noChange(order),
      discrepancies: [{ kind: 'payment-mismatch', detail, key: `${told.reference}:currency` }],
    };
  }
  const merged: Payment = {
    ...payment,
    providerReference: told.reference,
    ...(told.url !== undefined && payment.url === undefined && { url: told.url }),
    paid: Math.max(payment.paid, told.paid),
    ...(told.authorisedAmount > 0 && {
      authorisedAmount: Math.max(payment.authorisedAmount ?? 0, told.authorisedAmount),
    }),
    ...(told.refunded > 0 && { refunded: Math.max(payment.refunded ?? 0, told.refunded) }),
  };
  const next = { ...merged, status: paymentStatusOf(merged, told) };
  if (isSamePayment(next, payment)) return noChange(order);
  return applyPaymentUpdate(order, payment, next, around);
}

function isRequestPending({ effects }: Order, request: string): boolean {
  return effects.some((effect) => effect.kind === 'payment-request' && effect.key === request);
}

function applyPaymentUpdate(order: Order, before: Payment, payment: Payment, around: DecisionContext): Accepted {
  const { now, policy } = around;
  const arrived = amountReceived(before) === 0 && amountReceived(payment) > 0;
  const answered = sendAwaitedCallbacks({ ...order, payment, ...recomputedRefund(order, payment) });
  const news = arrived || payment.url !== before.url || (payment.refunded ?? 0) > (before.refunded ?? 0);
  const told = news && answered.effects.length === 0 ? [notify('state')] : answered.effects;
  const rows = mismatches(before, payment);
  const kept = answered.order.payment ?? payment;
  if (arrived && order.state === 'draft') {
    // What is paid for holds its quote a little longer; then the money goes back.
    const until = Math.max(order.quote.expiresAt, now + policy.paidDraftMs);
    const quote = { ...order.quote, expiresAt: until };
    return accept({ ...answered.order, quote, payment: { ...kept, dueAt: until } }, told, rows);
  }
  const settled = payment.type === 'ON-FULFILLMENT' && isTerminal(order) && payment.status === 'paid';
  if (!settled) return accept(answered.order, told, rows);
  const done: Order = { ...answered.order, payment: omit(kept, 'dueAt') };
  const cable = policy.unlockCableWhen === 'paid' ? unlockCable(done, now) : { order: done, effects: [] };
  return accept(cable.order, [...told, ...cable.effects], rows);
}

/** The bill's refund follows what was really paid: `paid = total + refund`. */
function recomputedRefund({ bill }: Order, { paid }: Payment): Pick<Order, 'bill'> | object {
  return bill ? { bill: { ...bill, refund: Math.max(0, paid - bill.total) } } : {};
}

function paymentStatusOf(payment: Payment, { state }: ProviderPayment): PaymentStatus {
  const {
    refunded = 0,
    refundRequested: refundAsked = 0,
    captureRequested: captureAsked,
    requested: asked,
    authorisedAmount: held = 0,
    paid,
    status = 'due',
  } = payment;
  if (refunded > 0 && refunded >= refundAsked) return 'refunded';
  const part = payment.type === 'ON-FULFILLMENT' && asked !== undefined && paid < asked.amount;
  if (paid > 0 && !part) return 'paid';
  // What was let go does not come back: an older word is heard late.
  if (status === 'released' || (held > 0 && (captureAsked ?? 0) === 0 && state === 'released')) return 'released';
  if (held > 0) return 'authorised';
  return state === 'failed' ? 'refused' : status;
}

function mismatches(before: Payment, payment: Payment): DiscrepancyDraft[] {
  const expected = payment.captureRequested ?? payment.requested?.amount;
  const { paid, refunded = 0, refundRequested: refundAsked = 0, providerReference = '' } = payment;
  const rows: DiscrepancyDraft[] = [];
  if (paid > before.paid && expected !== undefined && paid !== expected) {
    const detail = `Payment ${providerReference}: the provider took ${paid}, asked were ${expected} (minor units).`;
    rows.push({ kind: 'payment-mismatch', detail, amount: paid - expected });
  }
  if (refunded > (before.refunded ?? 0) && refunded > refundAsked) {
    const detail = `Payment ${providerReference}: the provider gave ${refunded} back, asked were ${refundAsked} (minor units).`;
    rows.push({ kind: 'payment-mismatch', detail, amount: refunded - refundAsked });
  }
  return rows;
}

/** Money, or a link, that the order does not want: a person looks. */
function unmatchedPayment(order: Order, told: ProviderPayment): Accepted {
  const amount = Math.max(told.paid, told.authorisedAmount) - told.refunded;
  if (amount <= 0) return noChange(order);
  const detail = `The provider holds ${amount} (minor units) as payment ${told.reference}, which this order does not count.`;
  return {
    ...noChange(order),
    discrepancies: [{ kind: 'payment-unmatched', detail, amount, key: `${told.reference}:${amount}` }],
  };
}

export function paymentRequestFailed(
  order: Order,
  command: Command<'payment-request-failed'>,
  around: DecisionContext,
): Accepted {
  const { payment } = order;
  if (!payment) return noChange(order);
  const { requestKind: errand, key, amount, reason } = command;
  const row: DiscrepancyDraft = {
    kind: 'payment-failed',
    detail: `${errand} of ${amount} (minor units) was not done: ${reason}`,
    amount,
    key,
  };
  if (errand !== 'payment-request') return accept(order, [], [row]);
  const refused = { ...order, payment: { ...omit(payment, 'dueAt'), status: 'refused' as const } };
  const { order: answered, effects } = sendAwaitedCallbacks(refused);
  // It cannot be paid now: nobody's car is kept for that.
  const cable = isTerminal(order) ? unlockCable(answered, around.now) : { order: answered, effects: [] };
  return accept(cable.order, [...effects, ...cable.effects], [row]);
}

/** What waited for the link is told: the answers to `init`, or the end of the order. */
function sendAwaitedCallbacks(order: Order): { readonly order: Order; readonly effects: readonly EffectDraft[] } {
  const { awaitingLink: awaited, ...payment } = order.payment ?? { paid: 0 };
  const ready = payment.url !== undefined || payment.status !== 'due';
  return awaited && ready
    ? { order: { ...order, payment }, effects: awaitedCallbacks(awaited) }
    : { order, effects: [] };
}

function awaitedCallbacks({ initMessageIds: inits }: NonNullable<Payment['awaitingLink']>): EffectDraft[] {
  return inits ? inits.map((messageId) => replyCallback({ action: 'on_init', messageId })) : [notify('terminal')];
}

export function paymentDeadline({ payment, effects, cable }: Order): number | undefined {
  const { dueAt = Infinity, awaitingLink: awaited } = payment ?? {};
  const locked =
    cable === 'unlock-requested' ? effects.find((effect) => effect.kind === 'unlock-connector') : undefined;
  const due = Math.min(dueAt, awaited?.until ?? Infinity, locked?.until ?? Infinity);
  return due === Infinity ? undefined : due;
}

/** The link did not come, the confirm did not, or the money did not. */
export function paymentTimerDue(order: Order, around: DecisionContext): Accepted | undefined {
  const { now, policy } = around;
  const { payment } = order;
  if (payment?.awaitingLink && now >= payment.awaitingLink.until) {
    return accept({ ...order, payment: omit(payment, 'awaitingLink') }, awaitedCallbacks(payment.awaitingLink));
  }
  const locked = order.effects.find((effect) => effect.kind === 'unlock-connector' && effect.until <= now);
  if (locked) {
    const effects = order.effects.filter((effect) => effect !== locked);
    return unlockAnswered({ ...order, effects }, { type: 'unlock-answered', released: false, detail: 'charger away' });
  }
  if (payment?.dueAt === undefined || now < payment.dueAt) return undefined;
  const idle: Order = { ...order, payment: omit(payment, 'dueAt') };
  if (order.state === 'draft') return endBeforeStart(idle, 'cancelled', 'not-confirmed', around);
  if (!isTerminal(order)) return accept(idle);
  const amount = (order.bill?.total ?? 0) - payment.paid;
  const overdue: Order = { ...idle, payment: { ...omit(payment, 'dueAt'), status: 'overdue' } };
  const cable = policy.unlockCableWhen === 'paid' ? unlockCable(overdue, now) : { order: overdue, effects: [] };
  const detail = `The bill is not paid in time: ${amount} (minor units) are open.`;
  return accept(cable.order, [notify('state'), ...cable.effects], [{ kind: 'payment-overdue', detail, amount }]);
}

/** How long after the end a cable is worth letting go. */
const UNLOCK_WINDOW_MS = 15 * 60_000;

export function unlockCable(order: Order, now: number): { readonly order: Order; readonly effects: EffectDraft[] } {
  if (!order.session || order.cable !== undefined) return { order, effects: [] };
  return {
    order: { ...order, cable: 'unlock-requested' },
    effects: [{ kind: 'unlock-connector', until: now + UNLOCK_WINDOW_MS }],
  };
}

export function unlockAnswered(order: Order, command: Command<'unlock-answered'>): Accepted {
  if (order.cable !== 'unlock-requested') return noChange(order);
  if (command.released) return accept({ ...order, cable: 'unlocked' }, [notify('state')]);
  const detail = `The cable was not let go (${command.detail}); the driver may need help.`;
  return accept({ ...order, cable: 'locked' }, [], [{ kind: 'cable-locked', detail }]);
}
