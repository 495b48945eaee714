/** The beginning and the end of an order in money: what is asked of the buyer, and what the bill leaves to do. */
import type { OrderCommand } from '../model/command.js';
import type { Decision, EffectDraft, DiscrepancyDraft, DecisionContext } from '../model/decision.js';
import { unlockCable } from './payment.js';
import { replyCallback } from './deferred-callback.js';
import { isTerminal, type Order } from '../model/order.js';
import { type Bill } from '../model/quote.js';
import {
  withFormerReference,
  type Payment,
  type PaymentTerms,
  amountReceived,
  paymentTermsOf,
} from '../model/payment.js';
import type { Refusal } from '../model/refusal.js';
import { omit } from '../model/object.js';

/** An `init` under terms: where we collect beforehand it is answered with the link, so when that is there. */
export function openPayment(
  draft: Order,
  terms: PaymentTerms | undefined,
  around: DecisionContext,
  messageId: string,
): { readonly order: Order; readonly effects: readonly EffectDraft[] } {
  const known = draft.payment;
  const answer = [replyCallback({ action: 'on_init', messageId })];
  // Money that is here already is not asked for again, whatever is wished now.
  if (amountReceived(known) > 0) return { order: draft, effects: answer };
  if (!terms) return { order: omit(draft, 'payment'), effects: answer };
  const former = withFormerReference(known, known?.providerReference);
  if (terms.collectedBy === 'BAP' || terms.type === 'ON-FULFILLMENT') {
    return { order: { ...draft, payment: { paid: 0, ...terms, status: 'due', ...former } }, effects: answer };
  }
  const { total: amount, expiresAt: until } = draft.quote;
  const same = known?.requested?.amount === amount && known.requested.until === until && known.mode === terms.mode;
  if (same && known.status === 'due') {
    if (!known.awaitingLink) return { order: draft, effects: answer };
    const inits = [...(known.awaitingLink.initMessageIds ?? []), messageId];
    return {
      order: { ...draft, payment: { ...known, awaitingLink: { ...known.awaitingLink, initMessageIds: inits } } },
      effects: [],
    };
  }
  const awaited = { until: around.now + around.policy.answerWithinMs, initMessageIds: [messageId] };
  const payment: Payment = {
    paid: 0,
    ...terms,
    status: 'due',
    requested: { amount, until },
    awaitingLink: awaited,
    ...former,
  };
  const effects = draft.effects.filter((effect) => effect.kind !== 'payment-request');
  // A link that came to nothing is not asked for again under its own key: that would bring the same one back.
  const after = same && known.providerReference !== undefined ? `:${known.providerReference}` : '';
  const key = `${draft.id}:request:${amount}:${until}${after}`;
  return {
    order: { ...draft, effects, payment },
    effects: [{ kind: 'payment-request', key, amount, mode: terms.mode, until }],
  };
}

type ConfirmCommand = Extract<OrderCommand, { type: 'confirm' }>;

/** What the order counts as paid once it is confirmed. The buyer app's word counts where it collects, else the provider's. */
export function confirmedPayment(
  draft: Order,
  command: Pick<ConfirmCommand, 'payment' | 'paymentTerms'>,
): { readonly payment: Payment; readonly rows: readonly DiscrepancyDraft[] } | { readonly refusal: Refusal } {
  const { total } = draft.quote;
  const said = command.payment;
  const named = typeof said === 'object' ? said : undefined;
  const path = 'message.order.payments';
  const terms = (draft.payment && paymentTermsOf(draft.payment)) ?? command.paymentTerms;
  const words = {
    ...(named?.method !== undefined && { method: named.method }),
    ...(named?.reference !== undefined && { reference: named.reference }),
  };
  const differs = (counted: number): DiscrepancyDraft[] => {
    if (named === undefined || named.paid === counted) return [];
    const detail = `The buyer app says that ${named.paid} was paid, counted is ${counted} (minor units).`;
    return [{ kind: 'payment-mismatch', detail, amount: named.paid - counted }];
  };
  if (terms?.type === 'ON-FULFILLMENT') {
    return { payment: { paid: 0, ...terms, status: 'due', ...words }, rows: differs(0) };
  }
  if (terms?.collectedBy === 'BPP') {
    const arrived = amountReceived(draft.payment) - (draft.payment?.refunded ?? 0);
    if (!draft.payment || arrived <= 0) {
      const detail = 'we collect it: the payment provider has told of none yet';
      return { refusal: { code: 'payment-missing', path, detail } };
    }
    if (arrived < total) return { refusal: paymentTooSmall(arrived, total) };
    return { payment: { ...omit(draft.payment, 'dueAt', 'awaitingLink'), ...words }, rows: differs(arrived) };
  }
  if (said === 'unpaid') return { refusal: { code: 'payment-missing', path } };
  const payment = named ?? { paid: total };
  return payment.paid < total ? { refusal: paymentTooSmall(payment.paid, total) } : { payment, rows: differs(total) };
}

function paymentTooSmall(paid: number, total: number): Refusal {
  const detail = `paid ${paid}, quoted ${total} (minor units)`;
  return { code: 'payment-too-small', path: 'message.order.payments', detail };
}

/** Adds to an ended order what its bill leaves to do with the money. Marked in the payment: nothing is asked twice. */
export function settlePayment(decision: Decision, around: DecisionContext): Decision {
  if ('refusal' in decision || decision.save !== 'document') return decision;
  const { order } = decision;
  const { payment, bill } = order;
  if (!payment?.collectedBy || !bill || !isTerminal(order)) return decision;
  if (payment.type === 'ON-FULFILLMENT' && payment.status === 'due' && payment.requested === undefined) {
    return collectBill(decision, payment, bill, around);
  }
  if (payment.collectedBy === 'BAP') return decision;
  const effects: EffectDraft[] = [];
  let next = payment;
  const gone = payment.status === 'released' && bill.total === 0;
  if (
    payment.mode === 'hold' &&
    (payment.authorisedAmount ?? 0) > 0 &&
    payment.captureRequested === undefined &&
    !gone
  ) {
    const amount = Math.min(bill.total, payment.authorisedAmount ?? 0);
    next = { ...next, captureRequested: amount };
    effects.push({ kind: 'payment-capture', key: `${order.id}:capture`, amount });
  }
  // What the provider gave back of its own accord is not given back again.
  const refundAsked = Math.max(payment.refundRequested ?? 0, payment.refunded ?? 0);
  const amount = payment.paid - bill.total - refundAsked;
  if (amount > 0) {
    next = { ...next, refundRequested: refundAsked + amount };
    effects.push({ kind: 'payment-refund', key: `${order.id}:refund:${refundAsked + amount}`, amount });
  }
  if (effects.length === 0) return decision;
  return { ...decision, order: { ...order, payment: next }, effects: [...decision.effects, ...effects] };
}

/** The end of a session that is paid afterwards. */
function collectBill(
  decision: Exclude<Decision, { refusal: Refusal }>,
  payment: Payment,
  bill: Bill,
  { now, policy }: DecisionContext,
): Decision {
  const { order } = decision;
  // The buyer app answers for what it collects, and nobody pays nothing.
  if (payment.collectedBy === 'BAP' || bill.total === 0) {
    const paid: Order = { ...order, payment: { ...payment, paid: bill.total, status: 'paid' } };
    const cable = unlockCable(paid, now);
    return { ...decision, order: cable.order, effects: [...decision.effects, ...cable.effects] };
  }
  const until = now + policy.payWithinMs;
  const asked: Payment = {
    ...payment,
    requested: { amount: bill.total, until },
    dueAt: until,
    awaitingLink: { until: now + policy.answerWithinMs },
  };
  const waiting: Order = { ...order, payment: asked };
  const cable = policy.unlockCableWhen === 'ended' ? unlockCable(waiting, now) : { order: waiting, effects: [] };
  // The terminal status brings the link, so it waits for it a moment.
  const rest = decision.effects.filter((effect) => effect.kind !== 'callback' || effect.class !== 'terminal');
  const request = {
    kind: 'payment-request',
    key: `${order.id}:bill`,
    amount: bill.total,
    until,
    mode: 'charge',
  } as const;
  return { ...decision, order: cable.order, effects: [...rest, request, ...cable.effects] };
}
