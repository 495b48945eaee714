/** Handles payments that we collect: the provider's updates, failed requests, deadlines, and the cable's release. */
import { isPaymentEffect, withAnswer, withoutSeenResults } from '../billing/payment-result.js';
import { givenBack, withoutOutdatedRefunds, withoutOutdatedGiveBacks } from '../billing/unsent-refunds.js';
import { heldAgain } from '../billing/held-again.js';
import { amountMismatches, isBelow, loweredTo, overReturned, raisedTo, reversals } from '../billing/provider-totals.js';
import { requestDiscrepancy } from '../billing/request-discrepancies.js';
import type { CommandOf } from '../model/command.js';
import type { Accepted, DecisionContext, DiscrepancyDraft, EffectDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import { isTerminal, type Order } from '../model/order.js';
import {
  amountHeld,
  amountReceived,
  isSamePayment,
  withFormerReference,
  type Payment,
  type ProviderPayment,
} from '../model/payment.js';
import { replyCallback } from './deferred-callback.js';
import { accept, endBeforeStart, noChange, notify } from './results.js';

/**
 * Applies the provider's report on a payment. Webhooks may arrive late and out of order, so a report may be outdated.
 * Higher totals count at once, but a look-up checks them if the payment had failed or been released before, or if its
 * totals had fallen. Lower totals count only once a look-up shows them. Unless that look-up also shows a failure or a
 * release, it must come at least `LOOK_AGAIN_MS` after the first report of lower totals.
 */
export function paymentUpdated(
  order: Order,
  command: CommandOf<'payment-updated'>,
  context: DecisionContext,
): Accepted {
  const { now } = context;
  const applied = applyReport(withAnswer(order, command, now), command, context);
  const next = withoutOutdatedRefunds(withoutSeenResults(applied.order, command, now));
  return next === order ? applied : { ...applied, order: next, save: 'document' };
}

function applyReport(order: Order, command: CommandOf<'payment-updated'>, context: DecisionContext): Accepted {
  const { payment } = order;
  const { payment: report, requestKey, lookedUp } = command;
  const current = payment?.providerReference;
  if (payment && !lookedUp && requestKey !== undefined && current !== report.reference) {
    // A newer request replaced this one while its link was created, so no buyer gets this link.
    const isPending = order.effects.some((effect) => isPaymentEffect(effect) && effect.key === requestKey);
    const former = withFormerReference(payment, report.reference);
    if (!isPending) return accept({ ...order, payment: { ...payment, ...former } });
  }
  // A report may concern a replaced link that was paid after all.
  const isOther =
    current === undefined ? payment?.formerReferences?.includes(report.reference) : current !== report.reference;
  if (payment?.collectedBy !== 'BPP' || payment.requested === undefined || isOther) {
    return unmatchedPayment(order, lookedUp ? withoutOutdatedGiveBacks(order, report) : order, report);
  }
  if (report.currency !== order.tariff.currency) return currencyMismatch(order, report);
  // Only the answer to its request names a link. Another report may be of a link that a newer request has replaced.
  const isUnnamed = current === undefined && requestKey === undefined;
  if (isUnnamed && report.paid === 0 && amountHeld(report) === 0) return noChange(order);
  return withReleaseAgain(applyTotals(order, payment, command, context), order, command, context);
}

function applyTotals(
  order: Order,
  payment: Payment,
  command: CommandOf<'payment-updated'>,
  context: DecisionContext,
): Accepted {
  const { payment: report, lookedUp } = command;
  if (isBelow(payment, report)) return applyFall(order, payment, command, context);
  const next = raisedTo(lookedUp ? omit(payment, 'fallSuspectedAt') : payment, report);
  if (isSamePayment(next, payment)) return noChange(order);
  const mayBeOlder = !lookedUp && (payment.hasFallen || payment.status === 'refused' || payment.status === 'released');
  if (!mayBeOlder) return applyPaymentUpdate(order, payment, next, context);
  const suspected = { ...next, fallSuspectedAt: payment.fallSuspectedAt ?? context.now };
  return withLookUp(order, applyPaymentUpdate(order, payment, suspected, context));
}

/** How long to wait after the first report of lower totals, ms; the result of an earlier look-up may be outdated. */
const LOOK_AGAIN_MS = 1000;

function applyFall(
  order: Order,
  payment: Payment,
  { payment: report, lookedUp }: CommandOf<'payment-updated'>,
  context: DecisionContext,
): Accepted {
  const { now } = context;
  const isFailure = report.state === 'failed' || report.state === 'released';
  const { fallSuspectedAt } = payment;
  // The clock may have been set back since.
  const isShownAgain = fallSuspectedAt !== undefined && Math.abs(now - fallSuspectedAt) >= LOOK_AGAIN_MS;
  if (lookedUp && (isFailure || isShownAgain)) {
    return applyPaymentUpdate(order, payment, loweredTo(omit(payment, 'fallSuspectedAt'), report), context);
  }
  const raised = raisedTo(payment, report);
  const suspected: Payment = {
    ...raised,
    status: payment.status ?? 'due',
    fallSuspectedAt: payment.fallSuspectedAt ?? now,
  };
  return withLookUp(order, applyPaymentUpdate(order, payment, suspected, context));
}

/**
 * Gives back money that is held again after its hold was over, as when a link is paid once more. A look-up must show
 * this, because a webhook may be outdated.
 */
function withReleaseAgain(
  decision: Accepted,
  order: Order,
  { payment: report, lookedUp }: CommandOf<'payment-updated'>,
  { now }: DecisionContext,
): Accepted {
  const again = heldAgain({ id: order.id, effects: order.effects, payment: decision.order.payment }, report, now);
  if (!again) return decision;
  if (!lookedUp) return withLookUp(order, { ...decision, save: 'document' });
  if (decision.order.payment?.fallSuspectedAt !== undefined) return decision;
  const effects = [...decision.effects, again.release];
  return { ...decision, save: 'document', effects, discrepancies: [...decision.discrepancies, again.discrepancy] };
}

/** Adds a look-up of the payment, unless one is open. */
function withLookUp(order: Order, decision: Accepted): Accepted {
  const isOpen = [...order.effects, ...decision.effects].some(({ kind }) => kind === 'payment-look-up');
  const lookUp = { kind: 'payment-look-up', key: `${order.id}:look-up`, amount: 0 } as const;
  return isOpen ? decision : { ...decision, effects: [...decision.effects, lookUp] };
}

/**
 * Reports a payment in another currency, once for each amount. Only `detail` states the amount, because the `amount` of
 * a discrepancy is in the order's currency.
 */
function currencyMismatch(order: Order, report: ProviderPayment): Accepted {
  const { reference, currency, paid, refunded } = report;
  const amount = paid - refunded + amountHeld(report);
  const detail = `Payment ${reference} of ${amount} (minor units of ${currency}) is not in ${order.tariff.currency} as the order is; the payment does not count.`;
  const discrepancy: DiscrepancyDraft = { kind: 'payment-mismatch', detail, key: `${reference}:${currency}:${amount}` };
  return { ...noChange(order), discrepancies: [discrepancy] };
}

function applyPaymentUpdate(order: Order, before: Payment, payment: Payment, context: DecisionContext): Accepted {
  const { now, policy } = context;
  const received = amountReceived(payment) > amountReceived(before);
  const updated = sendAwaitedCallbacks({ ...order, payment, ...recomputedRefund(order, payment) });
  const fell = order.state === 'draft' ? [] : reversals(before, payment);
  const refunded = (payment.refunded ?? 0) > (before.refunded ?? 0);
  const isNews = received || payment.url !== before.url || refunded || fell.length > 0;
  const callbacks = isNews && updated.effects.length === 0 ? [notify('state')] : updated.effects;
  const late = received && order.state === 'draft' && now >= order.quote.expiresAt ? [lateMoney(payment)] : [];
  const discrepancies = [...amountMismatches(before, payment, order.bill), ...fell, ...late];
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

/** Reports money that arrived after the quote had expired. The order may never be confirmed. */
function lateMoney(payment: Payment): DiscrepancyDraft {
  const { providerReference = '' } = payment;
  const amount = amountReceived(payment);
  const detail = `Payment ${providerReference} of ${amount} (minor units) came after its quote had expired; it is given back unless a confirm follows.`;
  return { kind: 'payment-unmatched', detail, amount, key: `${providerReference}:${amount}` };
}

/**
 * Reports money that does not count as the order's payment, and returns it if it came through one of our links.
 * @param next The order without the refunds of this money that the report shows as outdated.
 */
function unmatchedPayment(order: Order, next: Order, report: ProviderPayment): Accepted {
  const { reference, paid, refunded } = report;
  const held = amountHeld(report);
  const amount = paid - refunded + held;
  const loss = overReturned(report);
  const withdrawn = next === order ? noChange(order) : accept(next);
  if (loss) return { ...withdrawn, discrepancies: [loss] };
  if (amount <= 0) return withdrawn;
  const detail = `The provider holds ${amount} (minor units) as payment ${reference}, which does not count for this order.`;
  const discrepancy: DiscrepancyDraft = { kind: 'payment-unmatched', detail, amount, key: `${reference}:${amount}` };
  const given = givenBack(next, report);
  const key = `${order.id}:give-back:${reference}:${paid}${given > 0 ? `:${given}` : ''}`;
  const refund = { kind: 'payment-refund', key, reference } as const;
  const release = { kind: 'payment-capture', key: `${order.id}:release:${reference}:${held}`, reference } as const;
  const giveBack = [
    ...(paid > given ? [{ ...refund, amount: paid - given, total: paid }] : []),
    ...(held > 0 ? [{ ...release, amount: 0, missing: held }] : []),
  ];
  const isOurLink =
    order.payment?.formerReferences?.includes(reference) === true ||
    order.effects.some((effect) => isPaymentEffect(effect) && effect.reference === reference);
  const openKeys = new Set(next.effects.filter(isPaymentEffect).map((effect) => effect.key));
  const requests = isOurLink ? giveBack.filter((request) => !openKeys.has(request.key)) : [];
  return requests.length > 0 ? accept(next, requests, [discrepancy]) : { ...withdrawn, discrepancies: [discrepancy] };
}

/**
 * Records that the provider refused a request, or never showed its result. A refused payment request also ends the wait
 * for its link and, after the session, releases the cable.
 */
export function paymentRequestFailed(
  order: Order,
  command: CommandOf<'payment-request-failed'>,
  { now }: DecisionContext,
): Accepted {
  const { payment } = order;
  const discrepancy = requestDiscrepancy(order, command);
  if (command.answered) {
    const settled = payment ? { ...order, payment: omit(payment, 'fallSuspectedAt') } : order;
    return accept(settled, [], [discrepancy]);
  }
  if (!payment || command.requestKind !== 'payment-request') return accept(order, [], [discrepancy]);
  const refused = { ...order, payment: { ...omit(payment, 'dueAt'), status: 'refused' as const } };
  const { order: answered, effects } = sendAwaitedCallbacks(refused);
  // The driver has no way to pay now, so the cable is not kept locked until payment.
  const cable = isTerminal(order) ? unlockCable(answered, now) : { order: answered, effects: [] };
  return accept(cable.order, [...effects, ...cable.effects], [discrepancy]);
}

/** Sends the callbacks that waited for the payment link: the replies to `init`, or the terminal status. */
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

/** Ends an expired wait for a link, a cable's release, a confirm or a payment; `undefined` if no wait has expired. */
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

/** For how long an UnlockConnector may be sent; after that, the cable may belong to another session. */
const UNLOCK_WINDOW_MS = 15 * 60_000;

/** Requests the release of the cable, at most once per session. */
export function unlockCable(order: Order, now: number): { readonly order: Order; readonly effects: EffectDraft[] } {
  if (!order.session || order.cable !== undefined) return { order, effects: [] };
  return {
    order: { ...order, cable: 'unlock-requested' },
    effects: [{ kind: 'unlock-connector', until: now + UNLOCK_WINDOW_MS }],
  };
}

/** Records the charger's response to an UnlockConnector, and reports it to the buyer app or as a discrepancy. */
export function unlockAnswered(order: Order, command: CommandOf<'unlock-answered'>): Accepted {
  if (order.cable !== 'unlock-requested') return noChange(order);
  if (command.released) return accept({ ...order, cable: 'unlocked' }, [notify('state')]);
  const detail = `The cable was not released (${command.detail}); the driver may need help.`;
  return accept({ ...order, cable: 'locked' }, [], [{ kind: 'cable-locked', detail }]);
}
