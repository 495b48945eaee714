/** Withdraws refunds that have not been sent to the provider, if its newest totals show another amount as due. */
import { omit } from '../model/object.js';
import type { Effect, PaymentEffect } from '../model/effect.js';
import type { Order } from '../model/order.js';
import type { ProviderPayment } from '../model/payment.js';
import { mayBeSent, totalOf } from './payment-result.js';

function isUnsentRefund(effect: Effect, reference: string | undefined): effect is PaymentEffect {
  return effect.kind === 'payment-refund' && effect.reference === reference && !mayBeSent(effect);
}

/**
 * Withdraws the unsent refunds of an ended order's payment if the totals have changed since: the amount paid has
 * fallen, or a part was refunded by hand. The settlement then requests what is still due.
 */
export function withoutOutdatedRefunds(order: Order): Order {
  const { payment, bill } = order;
  const unsent = order.effects.filter((effect) => isUnsentRefund(effect, undefined));
  const [first, last] = [unsent[0], unsent.at(-1)];
  if (!payment || !bill || !first || !last) return order;
  const refundedBefore = totalOf(first, order) - first.amount;
  const isDue = totalOf(last, order) <= payment.paid - bill.total && (payment.refunded ?? 0) <= refundedBefore;
  if (isDue) return order;
  return {
    ...order,
    payment: { ...omit(payment, 'refundRequested'), ...(refundedBefore > 0 && { refundRequested: refundedBefore }) },
    effects: order.effects.filter((effect) => !isUnsentRefund(effect, undefined)),
  };
}

/**
 * Withdraws the unsent refunds of a payment that does not count for the order, unless their amount is what a look-up
 * shows as due.
 */
export function withoutOutdatedGiveBacks(order: Order, report: ProviderPayment): Order {
  const { reference, paid } = report;
  const others = order.effects.filter((effect) => !isUnsentRefund(effect, reference));
  const due = paid - givenBack({ ...order, effects: others }, report);
  const effects = order.effects.filter(
    (effect) => !isUnsentRefund(effect, reference) || (totalOf(effect, order) === paid && effect.amount === due),
  );
  return effects.length === order.effects.length ? order : { ...order, effects };
}

/** Returns how much of a payment that does not count is refunded, or will be by open requests. @unit Minor units. */
export function givenBack(order: Order, { reference, refunded }: ProviderPayment): number {
  const totals = order.effects.flatMap((effect) =>
    effect.kind === 'payment-refund' && effect.reference === reference ? [totalOf(effect, order)] : [],
  );
  return Math.max(refunded, ...totals);
}
