/** Money that we collect: asked for, told of by the provider, taken, given back. What is asked is marked, so once. */
import type { OrderCommand } from '../model/command.js';
import type { Accepted, WantedEffect, WantedRow } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { changed, endUnstarted, tell, unchanged } from './results.js';
import { answerOf } from './deferred-callback.js';
import { isTerminal, type Order } from '../model/order.js';
import {
  formerWith,
  received,
  samePayment,
  type Payment,
  type PaymentStatus,
  type PaymentTold,
} from '../model/payment.js';
import { without } from '../model/object.js';

type Of<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

/** The provider's word on our payment. Totals only ever rise: a repeat, or an older word, changes nothing. */
export function paymentChanged(order: Order, command: Of<'payment-changed'>, around: Surroundings): Accepted {
  const { told, request } = command;
  const { payment } = order;
  const ours = payment?.providerReference;
  // Nothing was asked, or something else was: a link of before, that was paid after all.
  const another = ours === undefined ? payment?.former?.includes(told.reference) : ours !== told.reference;
  if (payment?.collectedBy !== 'BPP' || payment.asked === undefined || another) return stray(order, told);
  if (order.state === 'draft' && ours === undefined && request !== undefined && !isOwed(order, request)) {
    // Another link was asked for while this one was made: nobody will be sent it.
    return changed({ ...order, payment: { ...payment, ...formerWith(payment, told.reference) } });
  }
  if (told.currency !== order.tariff.currency) {
    const detail = `Payment ${told.reference} is in ${told.currency}, the order in ${order.tariff.currency}; not counted.`;
    return { ...unchanged(order), rows: [{ kind: 'payment-mismatch', detail, key: `${told.reference}:currency` }] };
  }
  const merged: Payment = {
    ...payment,
    providerReference: told.reference,
    ...(told.url !== undefined && payment.url === undefined && { url: told.url }),
    paid: Math.max(payment.paid, told.paid),
    ...(told.held > 0 && { held: Math.max(payment.held ?? 0, told.held) }),
    ...(told.refunded > 0 && { refunded: Math.max(payment.refunded ?? 0, told.refunded) }),
  };
  const next = { ...merged, status: statusOf(merged, told) };
  if (samePayment(next, payment)) return unchanged(order);
  return noticed(order, payment, next, around);
}

function isOwed({ effects }: Order, request: string): boolean {
  return effects.some((effect) => effect.kind === 'payment-request' && effect.key === request);
}

function noticed(order: Order, before: Payment, payment: Payment, around: Surroundings): Accepted {
  const { now, policy } = around;
  const arrived = received(before) === 0 && received(payment) > 0;
  const answered = answerAwaited({ ...order, payment, ...refundOf(order, payment) });
  const news = arrived || payment.url !== before.url || (payment.refunded ?? 0) > (before.refunded ?? 0);
  const told = news && answered.effects.length === 0 ? [tell('state')] : answered.effects;
  const rows = mismatches(before, payment);
  const kept = answered.order.payment ?? payment;
  if (arrived && order.state === 'draft') {
    // What is paid for holds its quote a little longer; then the money goes back.
    const until = Math.max(order.quote.expiresAt, now + policy.paidDraftMs);
    const quote = { ...order.quote, expiresAt: until };
    return changed({ ...answered.order, quote, payment: { ...kept, dueAt: until } }, told, rows);
  }
  const settled = payment.type === 'ON-FULFILLMENT' && isTerminal(order) && payment.status === 'paid';
  if (!settled) return changed(answered.order, told, rows);
  const done: Order = { ...answered.order, payment: without(kept, 'dueAt') };
  const cable = policy.cable === 'paid' ? releaseCable(done, now) : { order: done, effects: [] };
  return changed(cable.order, [...told, ...cable.effects], rows);
}

/** The bill's refund follows what was really paid: `paid = total + refund`. */
function refundOf({ bill }: Order, { paid }: Payment): Pick<Order, 'bill'> | object {
  return bill ? { bill: { ...bill, refund: Math.max(0, paid - bill.total) } } : {};
}

function statusOf(payment: Payment, { state }: PaymentTold): PaymentStatus {
  const { refunded = 0, refundAsked = 0, captureAsked, asked, held = 0, paid, status = 'due' } = payment;
  if (refunded > 0 && refunded >= refundAsked) return 'refunded';
  const part = payment.type === 'ON-FULFILLMENT' && asked !== undefined && paid < asked.amount;
  if (paid > 0 && !part) return 'paid';
  // What was let go does not come back: an older word is heard late.
  if (status === 'released' || (held > 0 && (captureAsked ?? 0) === 0 && state === 'released')) return 'released';
  if (held > 0) return 'held';
  return state === 'failed' ? 'refused' : status;
}

function mismatches(before: Payment, payment: Payment): WantedRow[] {
  const expected = payment.captureAsked ?? payment.asked?.amount;
  const { paid, refunded = 0, refundAsked = 0, providerReference = '' } = payment;
  const rows: WantedRow[] = [];
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
function stray(order: Order, told: PaymentTold): Accepted {
  const amount = Math.max(told.paid, told.held) - told.refunded;
  if (amount <= 0) return unchanged(order);
  const detail = `The provider holds ${amount} (minor units) as payment ${told.reference}, which this order does not count.`;
  return {
    ...unchanged(order),
    rows: [{ kind: 'payment-unmatched', detail, amount, key: `${told.reference}:${amount}` }],
  };
}

export function paymentRefused(order: Order, command: Of<'payment-refused'>, around: Surroundings): Accepted {
  const { payment } = order;
  if (!payment) return unchanged(order);
  const { errand, key, amount, reason } = command;
  const row: WantedRow = {
    kind: 'payment-failed',
    detail: `${errand} of ${amount} (minor units) was not done: ${reason}`,
    amount,
    key,
  };
  if (errand !== 'payment-request') return changed(order, [], [row]);
  const refused = { ...order, payment: { ...without(payment, 'dueAt'), status: 'refused' as const } };
  const { order: answered, effects } = answerAwaited(refused);
  // It cannot be paid now: nobody's car is kept for that.
  const cable = isTerminal(order) ? releaseCable(answered, around.now) : { order: answered, effects: [] };
  return changed(cable.order, [...effects, ...cable.effects], [row]);
}

/** What waited for the link is told: the answers to `init`, or the end of the order. */
function answerAwaited(order: Order): { readonly order: Order; readonly effects: readonly WantedEffect[] } {
  const { awaited, ...payment } = order.payment ?? { paid: 0 };
  const ready = payment.url !== undefined || payment.status !== 'due';
  return awaited && ready ? { order: { ...order, payment }, effects: awaitedBy(awaited) } : { order, effects: [] };
}

function awaitedBy({ inits }: NonNullable<Payment['awaited']>): WantedEffect[] {
  return inits ? inits.map((messageId) => answerOf({ action: 'on_init', messageId })) : [tell('terminal')];
}

export function paymentWakeAt({ payment, effects, cable }: Order): number | undefined {
  const { dueAt = Infinity, awaited } = payment ?? {};
  const locked = cable === 'asked' ? effects.find((effect) => effect.kind === 'unlock-connector') : undefined;
  const due = Math.min(dueAt, awaited?.until ?? Infinity, locked?.until ?? Infinity);
  return due === Infinity ? undefined : due;
}

/** The link did not come, the confirm did not, or the money did not. */
export function wakePayment(order: Order, around: Surroundings): Accepted | undefined {
  const { now, policy } = around;
  const { payment } = order;
  if (payment?.awaited && now >= payment.awaited.until) {
    return changed({ ...order, payment: without(payment, 'awaited') }, awaitedBy(payment.awaited));
  }
  const locked = order.effects.find((effect) => effect.kind === 'unlock-connector' && effect.until <= now);
  if (locked) {
    const effects = order.effects.filter((effect) => effect !== locked);
    return unlockAnswered({ ...order, effects }, { type: 'unlock-answered', released: false, detail: 'charger away' });
  }
  if (payment?.dueAt === undefined || now < payment.dueAt) return undefined;
  const idle: Order = { ...order, payment: without(payment, 'dueAt') };
  if (order.state === 'draft') return endUnstarted(idle, 'cancelled', 'not-confirmed', around);
  if (!isTerminal(order)) return changed(idle);
  const amount = (order.bill?.total ?? 0) - payment.paid;
  const overdue: Order = { ...idle, payment: { ...without(payment, 'dueAt'), status: 'overdue' } };
  const cable = policy.cable === 'paid' ? releaseCable(overdue, now) : { order: overdue, effects: [] };
  const detail = `The bill is not paid in time: ${amount} (minor units) are open.`;
  return changed(cable.order, [tell('state'), ...cable.effects], [{ kind: 'payment-overdue', detail, amount }]);
}

/** How long after the end a cable is worth letting go. */
const CABLE_MS = 15 * 60_000;

export function releaseCable(order: Order, now: number): { readonly order: Order; readonly effects: WantedEffect[] } {
  if (!order.session || order.cable !== undefined) return { order, effects: [] };
  return { order: { ...order, cable: 'asked' }, effects: [{ kind: 'unlock-connector', until: now + CABLE_MS }] };
}

export function unlockAnswered(order: Order, command: Of<'unlock-answered'>): Accepted {
  if (order.cable !== 'asked') return unchanged(order);
  if (command.released) return changed({ ...order, cable: 'released' }, [tell('state')]);
  const detail = `The cable was not let go (${command.detail}); the driver may need help.`;
  return changed({ ...order, cable: 'held' }, [], [{ kind: 'cable-held', detail }]);
}
