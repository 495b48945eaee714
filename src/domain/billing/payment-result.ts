/** Decides when a request to the payment provider is done: when the provider's totals show its result. */
import type { CommandOf } from '../model/command.js';
import type { Effect, PaymentEffect } from '../model/effect.js';
import type { Order } from '../model/order.js';
import { amountHeld, isHoldOver, type PaymentRequestKind, type ProviderPayment } from '../model/payment.js';

/** How long totals may lag behind an answer, ms. After that, a discrepancy is opened. */
const RESULT_WITHIN_MS = 24 * 3_600_000;
/** How long after its expiry a link may still turn out to have been paid, ms. */
const LINK_GRACE_MS = 3_600_000;
const MIN_LOOK_UP_WAIT_MS = 2000;
const MAX_LOOK_UP_WAIT_MS = 3_600_000;

const PAYMENT_KINDS: ReadonlySet<string> = new Set<PaymentRequestKind>([
  'payment-request',
  'payment-capture',
  'payment-refund',
  'payment-look-up',
]);

export function isPaymentEffect(effect: Effect): effect is PaymentEffect {
  return PAYMENT_KINDS.has(effect.kind);
}

/** Checks whether a request may be open at the provider. A request for a link is open only once the link exists. */
export function isOpenAtProvider(effect: Effect): boolean {
  return isPaymentEffect(effect) && (effect.kind !== 'payment-request' || effect.answeredAt !== undefined);
}

/** Checks whether the next step for a request is a look-up. */
export function isLookedUp({ kind, answeredAt, missing }: PaymentEffect): boolean {
  return kind === 'payment-look-up' || answeredAt !== undefined || (kind === 'payment-refund' && missing === 0);
}

/** Marks the request that an update answers. From now on it is looked up and not sent again. */
export function withAnswer(order: Order, { requestKey, payment }: CommandOf<'payment-updated'>, now: number): Order {
  const answers = (effect: Effect): effect is PaymentEffect =>
    isPaymentEffect(effect) && effect.key === requestKey && !isLookedUp(effect);
  if (requestKey === undefined || !order.effects.some(answers)) return order;
  const effects = order.effects.map((effect) => {
    if (!answers(effect)) return effect;
    const reference = effect.kind === 'payment-request' ? { reference: payment.reference } : {};
    return { ...effect, ...reference, answeredAt: now };
  });
  return { ...order, effects };
}

type PaymentReport = Pick<CommandOf<'payment-updated'>, 'payment' | 'lookedUp' | 'requestKey'>;

/**
 * Returns the order without the requests whose results the report shows, except refunds that must be looked up once
 * more. For the other requests, updates what is missing. A look-up also settles the request for that look-up, unless
 * lower totals are still suspected. It marks as unpaid a link whose time is over; a later look-up drops the link, or
 * marks it for closing.
 */
export function withoutSeenResults(order: Order, command: PaymentReport, now: number): Order {
  const { payment: report, lookedUp = false } = command;
  const current = order.payment?.providerReference;
  const isSuspected = order.payment?.fallSuspectedAt !== undefined;
  const effects = order.effects.flatMap((effect): Effect[] => {
    if (!isPaymentEffect(effect) || (effect.reference ?? current) !== report.reference) return [effect];
    if (effect.kind === 'payment-look-up') return lookedUp && !isSuspected ? [] : [effect];
    if (report.currency !== order.tariff.currency) return [effect];
    if (isResultSeen(effect, report, order)) {
      if (!isLookedUpOnceMore(effect, command, now)) return [];
      return [effect.missing === 0 ? effect : { ...effect, missing: 0 }];
    }
    const isEnded = lookedUp && effect.kind === 'payment-request' && now >= linkOverAt(effect);
    return isEnded ? endedLink(effect, report, now) : [withMissing(effect, report, order)];
  });
  const isSame = effects.length === order.effects.length && effects.every((effect, i) => effect === order.effects[i]);
  return isSame ? order : { ...order, effects };
}

/** Checks whether a refund may have reached the provider. `sentAt` is saved before it is sent. */
export function mayBeSent({ attempts, answeredAt, sentAt }: PaymentEffect): boolean {
  return sentAt !== undefined || answeredAt !== undefined || attempts > 0;
}

function isResultSeen(effect: PaymentEffect, report: ProviderPayment, order: Order): boolean {
  switch (effect.kind) {
    case 'payment-refund':
      return report.refunded >= totalOf(effect, order);
    case 'payment-capture':
      // The buyer cannot use the rest while it is held. A release is also done if the provider captured instead.
      return isHoldOver(report) && (effect.amount === 0 || report.paid >= totalOf(effect, order));
    case 'payment-request':
      return Math.max(report.paid, report.authorisedAmount) >= effect.amount;
    case 'payment-look-up':
      return false;
  }
}

/** Returns the provider's total once the request is done. Requests saved by earlier versions have no `total`. */
export function totalOf({ kind, amount, total }: PaymentEffect, { payment }: Order): number {
  return total ?? (kind === 'payment-refund' ? payment?.refundRequested : undefined) ?? amount;
}

/**
 * Checks whether a refund must be looked up again although the totals already show its amount. For a day after the
 * answer, they may show a refund made by hand while ours is pending. If the answer to our first request shows the
 * result, it is ours.
 */
function isLookedUpOnceMore(effect: PaymentEffect, { lookedUp, requestKey }: PaymentReport, now: number): boolean {
  const { kind, key, attempts } = effect;
  if (kind !== 'payment-refund' || (requestKey === key && attempts === 0)) return false;
  return mayBeSent(effect) && !(lookedUp === true && now >= resultDeadline(effect));
}

function withMissing(effect: PaymentEffect, report: ProviderPayment, order: Order): PaymentEffect {
  if (effect.kind === 'payment-request') return effect;
  const isRefund = effect.kind === 'payment-refund';
  const missingTotal = totalOf(effect, order) - (isRefund ? report.refunded : report.paid);
  const isShort = isRefund || (effect.amount > 0 && missingTotal > 0);
  const missing = isShort ? missingTotal : amountHeld(report);
  return missing === amountMissing(effect) ? effect : { ...effect, missing };
}

/**
 * Updates a link that has expired unpaid. It is first marked as unpaid. After a while it is dropped, or marked for
 * closing if the provider still accepts money for it.
 */
function endedLink(effect: PaymentEffect, { state }: ProviderPayment, now: number): Effect[] {
  if (effect.unpaidAt === undefined) return [{ ...effect, unpaidAt: now }];
  if (now - effect.unpaidAt < lastLookWait(effect)) return [effect];
  if (state !== 'open') return [];
  return [effect.leftOpen ? effect : { ...effect, leftOpen: true }];
}

function linkOverAt({ until, createdAt }: PaymentEffect): number {
  return (until ?? createdAt) + LINK_GRACE_MS;
}

/**
 * Returns how long an expired link waits, once seen unpaid, before it is dropped or closed: the link's lifetime with
 * its grace period, but at most 12 h. The wait is needed because the host's clock may have jumped at a restart, so that
 * the provider still accepts money.
 * @unit ms.
 */
function lastLookWait(effect: PaymentEffect): number {
  return Math.min(linkOverAt(effect) - effect.createdAt, RESULT_WITHIN_MS / 2);
}

/** Returns when a request whose result has not been seen becomes a discrepancy. @unit Epoch ms. */
export function resultDeadline(effect: PaymentEffect): number {
  const { kind, createdAt, answeredAt = createdAt, unpaidAt } = effect;
  if (kind !== 'payment-request') return answeredAt + RESULT_WITHIN_MS;
  const closedFrom = unpaidAt === undefined ? linkOverAt(effect) : unpaidAt + lastLookWait(effect);
  return Math.max(answeredAt, closedFrom) + RESULT_WITHIN_MS;
}

/**
 * Returns the wait before the next look-up: half the time since the answer, or without one since the request was made,
 * but at least 2 s and at most 1 h. If the clock was set back to before the answer, the time until the answer counts
 * instead; otherwise the wait would stay at 2 s.
 * @unit ms.
 */
export function lookUpWait(effect: PaymentEffect, now: number): number {
  const wait = Math.round(Math.abs(now - (effect.answeredAt ?? effect.createdAt)) / 2);
  return Math.min(Math.max(wait, MIN_LOOK_UP_WAIT_MS), MAX_LOOK_UP_WAIT_MS);
}

/** Returns what the newest report shows as missing or, for a release, as still held. @unit Minor units. */
export function amountMissing({ amount, missing = amount }: Pick<PaymentEffect, 'amount' | 'missing'>): number {
  return missing;
}
