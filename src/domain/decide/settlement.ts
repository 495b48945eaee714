/** Opens an order's payment, checks it on `confirm`, and settles it once the order is billed. */
import type { CommandOf } from '../model/command.js';
import type { Accepted, Decision, DecisionContext, DiscrepancyDraft, EffectDraft, Refused } from '../model/decision.js';
import { isOpenAtProvider } from '../billing/payment-result.js';
import { omit } from '../model/object.js';
import { isTerminal, type Order } from '../model/order.js';
import {
  amountAvailable,
  amountReceived,
  paymentTermsOf,
  withFormerReference,
  type Payment,
  type PaymentTerms,
} from '../model/payment.js';
import type { Bill } from '../model/quote.js';
import type { Refusal } from '../model/refusal.js';
import { replyCallback } from './deferred-callback.js';
import { unlockCable } from './payment.js';
import { requestStop } from './remote-stop.js';
import { endBeforeStart } from './results.js';

interface OpenedPayment {
  readonly order: Order;
  readonly effects: readonly EffectDraft[];
}

/**
 * Opens the payment of a draft on `init`. If we collect before the session, the reply waits for the payment link,
 * unless the order costs nothing: it then counts as paid, and no link is requested. Replies to earlier `init`s that
 * still wait go out together with this one.
 * @param messageId The message id of the `init`.
 */
export function openPayment(
  draft: Order,
  terms: PaymentTerms | undefined,
  context: DecisionContext,
  messageId: string,
): OpenedPayment {
  const { payment } = draft;
  const messageIds = [...(payment?.awaitingLink?.initMessageIds ?? []), messageId];
  // Money that was already received is not requested again, whatever the new terms are.
  if (amountReceived(payment) > 0) return replyWithoutLink(draft, payment, messageIds);
  if (!terms) return replyWithoutLink(withoutUnsentRequests(draft), undefined, messageIds);
  const replaced = withFormerReference(payment, payment?.providerReference);
  if (terms.collectedBy === 'BAP' || terms.type === 'ON-FULFILLMENT') {
    const due: Payment = { paid: 0, ...terms, status: 'due', ...replaced };
    return replyWithoutLink(withoutUnsentRequests(draft), due, messageIds);
  }
  if (draft.quote.total === 0) {
    const nothingDue: Payment = { paid: 0, ...terms, status: 'paid', ...replaced };
    return replyWithoutLink(withoutUnsentRequests(draft), nothingDue, messageIds);
  }
  if (payment?.status !== 'due' || !isRequested(draft, payment, terms)) {
    return requestPayment(draft, terms, context, messageIds);
  }
  const { awaitingLink } = payment;
  if (!awaitingLink) return replyWithoutLink(draft, payment, messageIds);
  const waiting: Payment = { ...payment, awaitingLink: { ...awaitingLink, initMessageIds: messageIds } };
  return { order: { ...draft, payment: waiting }, effects: [] };
}

function replyWithoutLink(draft: Order, payment: Payment | undefined, messageIds: readonly string[]): OpenedPayment {
  return {
    order: { ...omit(draft, 'payment'), ...(payment && { payment: omit(payment, 'awaitingLink') }) },
    effects: messageIds.map((messageId) => replyCallback('on_init', messageId)),
  };
}

/** Checks whether the payment was requested for the current quote and in the same mode. */
function isRequested({ quote }: Order, { requested, mode }: Payment, terms: PaymentTerms): boolean {
  return requested?.amount === quote.total && requested.until === quote.expiresAt && mode === terms.mode;
}

function requestPayment(
  draft: Order,
  terms: PaymentTerms,
  { now, policy }: DecisionContext,
  initMessageIds: readonly string[],
): OpenedPayment {
  const { total: amount, expiresAt: until } = draft.quote;
  const previous = draft.payment;
  const payment: Payment = {
    paid: 0,
    ...terms,
    status: 'due',
    requested: { amount, until },
    awaitingLink: { until: now + policy.answerWithinMs, initMessageIds },
    ...withFormerReference(previous, previous?.providerReference),
  };
  // The key of a failed link would return the same link, so the new request gets a key of its own.
  const repeated = previous?.providerReference !== undefined && isRequested(draft, previous, terms);
  const suffix = repeated ? `:${previous.providerReference}` : '';
  const key = `${draft.id}:request:${amount}:${until}${suffix}`;
  return {
    order: { ...withoutUnsentRequests(draft), payment },
    effects: [{ kind: 'payment-request', key, amount, mode: terms.mode, until }],
  };
}

/** Drops payment requests without a link. An existing link may be paid after it is replaced, and is still looked up. */
function withoutUnsentRequests(order: Order): Order {
  const effects = order.effects.filter((effect) => effect.kind !== 'payment-request' || isOpenAtProvider(effect));
  return { ...order, effects };
}

/**
 * Returns the payment of an order on `confirm`. It is due if it follows the session. Otherwise it is as the buyer app
 * states if the app collects it (in full if the app states nothing), or as the payment provider reports if we do. Links
 * that were replaced before stay known, because they may be paid after all.
 * @errors `payment-missing` and `payment-too-small` if the order costs something and must be paid before the session.
 */
export function confirmedPayment(
  draft: Order,
  command: Pick<CommandOf<'confirm'>, 'payment' | 'paymentTerms'>,
): { readonly payment: Payment; readonly discrepancies: readonly DiscrepancyDraft[] } | Refused {
  const { total } = draft.quote;
  const stated = typeof command.payment === 'object' ? command.payment : undefined;
  const path = 'message.order.payments';
  const terms = (draft.payment && paymentTermsOf(draft.payment)) ?? command.paymentTerms;
  const details = {
    ...(stated?.method !== undefined && { method: stated.method }),
    ...(stated?.reference !== undefined && { reference: stated.reference }),
  };
  const former = withFormerReference(draft.payment, undefined);
  if (terms?.type === 'ON-FULFILLMENT') {
    const payment: Payment = { paid: 0, ...terms, status: 'due', ...details, ...former };
    return { payment, discrepancies: statedDifference(stated, 0) };
  }
  if (terms?.collectedBy === 'BPP') {
    const opened = draft.payment ?? (total === 0 ? { paid: 0, ...terms, status: 'paid' as const } : undefined);
    const received = amountAvailable(opened);
    if (!opened || (received <= 0 && total > 0)) {
      const detail = 'we collect it, and the payment provider has not reported a payment yet';
      return { refusal: { code: 'payment-missing', path, detail } };
    }
    if (received < total) return { refusal: paymentTooSmall(received, total) };
    const payment: Payment = { ...omit(opened, 'dueAt', 'awaitingLink'), ...details };
    return { payment, discrepancies: statedDifference(stated, received) };
  }
  if (command.payment === 'unpaid' && total > 0) return { refusal: { code: 'payment-missing', path } };
  const payment: Payment = { ...(stated ?? { paid: total }), ...former };
  if (payment.paid < total) return { refusal: paymentTooSmall(payment.paid, total) };
  return { payment, discrepancies: statedDifference(stated, total) };
}

function statedDifference(stated: Payment | undefined, counted: number): DiscrepancyDraft[] {
  if (stated === undefined || stated.paid === counted) return [];
  const detail = `The buyer app states a payment of ${stated.paid}, but ${counted} counts (minor units).`;
  return [{ kind: 'payment-mismatch', detail, amount: stated.paid - counted }];
}

function paymentTooSmall(paid: number, total: number): Refusal {
  const detail = `paid ${paid}, quoted ${total} (minor units)`;
  return { code: 'payment-too-small', path: 'message.order.payments', detail };
}

/**
 * If we collect the payment before the session: withholds the start of an order that is no longer paid in full, and
 * stops its session if no money is left. An order that cannot have been started yet ends; a RemoteStart that may have
 * been sent is not repeated.
 */
export function withholdUnpaid(decision: Decision, context: DecisionContext): Decision {
  if ('refusal' in decision || decision.save !== 'document') return decision;
  const { order } = decision;
  const { payment, state } = order;
  if (payment?.collectedBy !== 'BPP' || payment.type !== 'PRE-ORDER') return decision;
  const available = amountAvailable(payment);
  if (state === 'confirmed' || state === 'starting') {
    return available >= order.authorised ? decision : withholdStart(decision, context);
  }
  const isRunning = state === 'charging' || state === 'suspended' || state === 'offline';
  const hasMoney = available > 0 || order.authorised === 0;
  if (!isRunning || hasMoney || !order.session || order.session.stop) return decision;
  const { order: stopping, effects } = requestStop(order, 'policy', context, decision.effects);
  return { ...decision, order: stopping, effects };
}

function withholdStart(decision: Accepted, context: DecisionContext): Accepted {
  const { order, discrepancies } = decision;
  const started = order.effects.some((effect) => effect.kind === 'remote-start' && effect.attempts > 0);
  if (started || (order.remoteStart?.attempts ?? 0) > 0) {
    const unsent = order.effects.filter((effect) => effect.kind !== 'remote-start' || effect.attempts > 0);
    const effects = decision.effects.filter(({ kind }) => kind !== 'remote-start');
    return { ...decision, order: { ...order, effects: unsent }, effects };
  }
  const replies = decision.effects.filter((effect) => effect.kind === 'callback' && effect.inReplyTo !== undefined);
  return endBeforeStart(order, 'payment-withdrawn', context, { effects: replies, discrepancies });
}

/** Adds the payment effects that an ended order's bill requires. The payment records them, so none is added twice. */
export function settlePayment(decision: Decision, context: DecisionContext): Decision {
  if ('refusal' in decision || decision.save !== 'document') return decision;
  const { payment, bill } = decision.order;
  if (!payment?.collectedBy || !bill || !isTerminal(decision.order)) return decision;
  if (payment.type === 'ON-FULFILLMENT' && payment.status === 'due' && payment.requested === undefined) {
    return collectBill(decision, payment, bill, context);
  }
  return payment.collectedBy === 'BAP' ? decision : captureAndRefund(decision, payment, bill);
}

function captureAndRefund(decision: Accepted, payment: Payment, bill: Bill): Accepted {
  const { order } = decision;
  const { mode, paid, authorisedAmount = 0, captureRequested, refundRequested = 0, refunded = 0 } = payment;
  const effects: EffectDraft[] = [];
  let next = payment;
  // The provider itself, or a person using it, may already have captured or released the money.
  const held = authorisedAmount - paid;
  if (mode === 'hold' && held > 0 && captureRequested === undefined) {
    const total = Math.max(paid, Math.min(bill.total, authorisedAmount));
    next = { ...next, captureRequested: total };
    const amounts = total > paid ? { amount: total - paid, total } : { amount: 0, missing: held };
    effects.push({ kind: 'payment-capture', key: `${order.id}:capture`, ...amounts });
  }
  // A refund that the provider made on its own counts too.
  const refundedOrRequested = Math.max(refundRequested, refunded);
  const amount = paid - bill.total - refundedOrRequested;
  if (amount > 0) {
    const refundTotal = refundedOrRequested + amount;
    next = { ...next, refundRequested: refundTotal };
    effects.push({ kind: 'payment-refund', key: `${order.id}:refund:${refundTotal}`, amount, total: refundTotal });
  }
  // If no request was added whose answer shows the totals, they are looked up once at the end.
  const ends = decision.effects.some((effect) => effect.kind === 'callback' && effect.class === 'terminal');
  if (effects.length === 0 && ends && paid > 0) {
    effects.push({ kind: 'payment-look-up', key: `${order.id}:look-up`, amount: 0 });
  }
  if (effects.length === 0) return decision;
  return { ...decision, order: { ...order, payment: next }, effects: [...decision.effects, ...effects] };
}

/** Requests payment of a bill after the session. A bill of zero, or one that the buyer app collects, counts as paid. */
function collectBill(decision: Accepted, payment: Payment, bill: Bill, { now, policy }: DecisionContext): Accepted {
  const { order } = decision;
  // What the buyer app collects counts as paid, because the app settles it with us; a bill of zero needs no payment.
  if (payment.collectedBy === 'BAP' || bill.total === 0) {
    const paid: Order = { ...order, payment: { ...payment, paid: bill.total, status: 'paid' } };
    const cable = unlockCable(paid, now);
    return { ...decision, order: cable.order, effects: [...decision.effects, ...cable.effects] };
  }
  const until = now + policy.payWithinMs;
  const requested: Payment = {
    ...payment,
    requested: { amount: bill.total, until },
    dueAt: until,
    awaitingLink: { until: now + policy.answerWithinMs },
  };
  const unpaid: Order = { ...order, payment: requested };
  const cable = policy.unlockCableWhen === 'ended' ? unlockCable(unpaid, now) : { order: unpaid, effects: [] };
  // The terminal status carries the payment link, so it is sent when the link is known, or after `answerWithinMs`.
  const effects = decision.effects.filter((effect) => effect.kind !== 'callback' || effect.class !== 'terminal');
  const request = {
    kind: 'payment-request',
    key: `${order.id}:bill`,
    amount: bill.total,
    until,
    mode: 'charge',
  } as const;
  return { ...decision, order: cable.order, effects: [...effects, request, ...cable.effects] };
}
