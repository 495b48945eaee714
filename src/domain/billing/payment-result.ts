/** Decides when a request to the payment provider is done: when the provider's totals show its result. */
import type { CommandOf } from '../model/command.js';
import type { Effect, PaymentEffect } from '../model/effect.js';
import type { Order } from '../model/order.js';
import type { PaymentRequestKind, ProviderPayment } from '../model/payment.js';

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

/** Checks whether an effect is open at the provider. A request for a link is open only once the link exists. */
export function isOpenAtProvider(effect: Effect): boolean {
  return isPaymentEffect(effect) && (effect.kind !== 'payment-request' || effect.answeredAt !== undefined);
}

/** Checks whether the next step for a request is a look-up. */
export function isLookedUp({ kind, answeredAt }: PaymentEffect): boolean {
  return kind === 'payment-look-up' || answeredAt !== undefined;
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

/** Removes the requests whose results a report shows. A look-up also marks, and later removes, expired unpaid links. */
export function withoutSeenResults(
  order: Order,
  { payment: report, lookedUp = false }: { readonly payment: ProviderPayment; readonly lookedUp?: boolean | undefined },
  now: number,
): Order {
  const current = order.payment?.providerReference;
  const isSuspected = order.payment?.fallSuspectedAt !== undefined;
  const effects = order.effects.flatMap((effect): Effect[] => {
    if (!isPaymentEffect(effect) || (effect.reference ?? current) !== report.reference) return [effect];
    if (effect.kind === 'payment-look-up') return lookedUp && !isSuspected ? [] : [effect];
    if (isResultSeen(effect, report, order)) return [];
    const hasEnded = lookedUp && effect.kind === 'payment-request' && now >= linkOverAt(effect);
    if (!hasEnded) return [effect];
    if (effect.unpaidAt === undefined) return [{ ...effect, unpaidAt: now }];
    return now - effect.unpaidAt >= lastLookWait(effect) ? [] : [effect];
  });
  const isSame = effects.length === order.effects.length && effects.every((effect, i) => effect === order.effects[i]);
  return isSame ? order : { ...order, effects };
}

function isResultSeen(effect: PaymentEffect, report: ProviderPayment, { payment, tariff }: Order): boolean {
  if (report.currency !== tariff.currency) return false;
  const { amount, total = payment?.refundRequested ?? amount } = effect;
  switch (effect.kind) {
    case 'payment-refund':
      return report.refunded >= total;
    case 'payment-capture':
      // While the provider holds the rest, the buyer cannot use it.
      return amount > 0
        ? report.paid >= amount && report.state !== 'held'
        : report.state === 'released' || report.state === 'failed';
    case 'payment-request':
      return Math.max(report.paid, report.authorisedAmount) >= amount;
    case 'payment-look-up':
      return false;
  }
}

function linkOverAt({ until, createdAt }: PaymentEffect): number {
  return (until ?? createdAt) + LINK_GRACE_MS;
}

/**
 * Returns how long an expired link is looked up after it was first seen unpaid: as long as it was valid, but at most 12
 * hours. The host's clock may have jumped at a restart, so the provider may still accept money for the link.
 * @unit ms.
 */
function lastLookWait(effect: PaymentEffect): number {
  return Math.min(linkOverAt(effect) - effect.createdAt, RESULT_WITHIN_MS / 2);
}

/** Returns when a request whose result has not been seen becomes a discrepancy. @unit Epoch ms. */
export function resultDeadline(effect: PaymentEffect): number {
  const acceptsUntil = effect.kind === 'payment-request' ? linkOverAt(effect) : 0;
  return Math.max(effect.answeredAt ?? effect.createdAt, acceptsUntil) + RESULT_WITHIN_MS;
}

/** Returns the wait before the next look-up: half of the time since the answer, but from 2 s to 1 h. @unit ms. */
export function lookUpWait(effect: PaymentEffect, now: number): number {
  const wait = Math.round((now - (effect.answeredAt ?? effect.createdAt)) / 2);
  return Math.min(Math.max(wait, MIN_LOOK_UP_WAIT_MS), MAX_LOOK_UP_WAIT_MS);
}

/** Returns the part of the requested amount that the totals do not show. @unit Minor units. */
export function amountMissing({ kind, amount, total }: PaymentEffect, { payment }: Order): number {
  const { paid = 0, refunded = 0, authorisedAmount = 0 } = payment ?? {};
  if (kind === 'payment-refund' && total !== undefined) return total - Math.min(total, refunded);
  if (kind === 'payment-capture') return paid < amount ? amount - paid : authorisedAmount - paid;
  return amount;
}
