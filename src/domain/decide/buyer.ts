/** Handles the commands select, init, confirm, update, stop and cancel. */
import { futureSlot } from '../locations/reservation-slots.js';
import { saleProblem, slotProblem } from '../locations/sale.js';
import { withChangedLimit } from '../metering/charging-profile.js';
import { capsForLimit, mayHavePassed } from '../metering/limit.js';
import type { CommandOf, OrderCommand } from '../model/command.js';
import type { Accepted, Decision, DecisionContext, DiscrepancyDraft, EffectDraft, Refused } from '../model/decision.js';
import { FREE_STATUSES, type Site } from '../model/network.js';
import { isTerminal, type Order, type RemoteStart } from '../model/order.js';
import type { Payment } from '../model/payment.js';
import type { SessionPolicy } from '../model/policy.js';
import { isQuoteExpired, type Limit, type Quote, type RequestedTerms } from '../model/quote.js';
import type { Reservation, Slot } from '../model/reservation.js';
import type { StopReason } from '../model/session.js';
import { checkLimit, checkQuote, priceOfLimit } from '../pricing/pricing.js';
import { resolveTerms } from '../pricing/resolve-terms.js';
import { awaitBuyerStart } from './buyer-start.js';
import { awaitEnd, replyCallback } from './deferred-callback.js';
import { isSameSelection, mergeDeep, mergeShallow, quoteDraft, type Selection } from './quote.js';
import { deadlinesFor, requestStart, startDeadline } from './remote-start.js';
import { requestStop } from './remote-stop.js';
import { accept, endBeforeStart } from './results.js';
import { confirmedPayment, openPayment } from './settlement.js';

/** Quotes a selection, and releases a connector that the draft held. */
export function select(order: Order | undefined, command: CommandOf<'select'>, context: DecisionContext): Decision {
  const reply = replyCallback('on_select', command.request.messageId);
  if (order && order.state !== 'draft') return repeatOrRefuse(order, command, reply);
  const quoted = quoteRequest(order, command, context);
  if ('refusal' in quoted) return quoted;
  const { draft } = quoted;
  return accept(draft.connectorHeld ? { ...draft, connectorHeld: false } : draft, [reply]);
}

/**
 * Quotes a selection with billing details and payment terms, and holds the connector if the command says so. The
 * reply may wait for a payment link.
 */
export function init(order: Order | undefined, command: CommandOf<'init'>, context: DecisionContext): Decision {
  const { messageId } = command.request;
  if (order && order.state !== 'draft') return repeatOrRefuse(order, command, replyCallback('on_init', messageId));
  const quoted = quoteRequest(order, command, context);
  if ('refusal' in quoted) return quoted;
  const initiated = { ...quoted.draft, initiated: true, ...(command.holdsConnector && { connectorHeld: true }) };
  const opened = openPayment(initiated, command.paymentTerms, context, messageId);
  return accept(opened.order, opened.effects);
}

/** Answers a request that repeats an order's selection, and refuses one that selects something else. */
function repeatOrRefuse(order: Order, selection: Selection, reply: EffectDraft): Decision {
  return isSameSelection(order, selection)
    ? accept(order, [reply])
    : { refusal: { code: 'transaction-in-use', path: 'context.transaction_id' } };
}

type Quoted = { readonly draft: Order; readonly slot: Slot | undefined };
type QuoteRequest = Pick<CommandOf<'init'>, 'site' | 'limit' | 'slot' | 'terms' | 'passthrough' | 'billing'> & {
  readonly type: OrderCommand['type'];
};

function quoteRequest(order: Order | undefined, request: QuoteRequest, context: DecisionContext): Quoted | Refused {
  const { site, limit } = request;
  const requestedSlot = request.slot ?? order?.slot;
  const problem = checkLimit(site.connector, limit) ?? slotProblem(site, limit, requestedSlot, context);
  if (problem) return { refusal: problem };
  const resolved = termsFor(order, { site, limit }, context.now, request.terms);
  if ('refusal' in resolved) return resolved;
  const slot = futureSlot(requestedSlot, context.now);
  const unsaleable = saleProblem(context.sale, {
    now: context.now,
    booking: slot,
    isConfirm: request.type === 'confirm',
  });
  if (unsaleable) return { refusal: unsaleable };
  const { passthrough, billing } = request;
  const draft = quoteDraft(order, { site, limit, slot, terms: resolved.terms, passthrough, billing }, context);
  return 'refusal' in draft ? draft : { draft, slot };
}

function termsFor(
  order: Order | undefined,
  selection: { readonly site: Site; readonly limit: Limit },
  now: number,
  terms: RequestedTerms = {},
): ReturnType<typeof resolveTerms> {
  const previous = order && { order, sameSelection: isSameSelection(order, selection) };
  return resolveTerms(selection.site.connector.tariff, terms, now, previous);
}

/**
 * Confirms an order, and requests charging at once unless it must wait for the slot, the buyer or the charger. A
 * repeated confirm is answered, and changes nothing.
 */
export function confirm(order: Order | undefined, command: CommandOf<'confirm'>, context: DecisionContext): Decision {
  const { now } = context;
  const reply = replyCallback('on_confirm', command.request.messageId);
  if (order && order.state !== 'draft') {
    // If the requested slot began at once, the order has no slot, so a repeat is compared without one.
    const slot = order.slot ? command.slot : futureSlot(command.slot, order.remoteStart?.requestedAt ?? now);
    return repeatOrRefuse(order, { site: command.site, limit: command.limit, slot }, reply);
  }
  const asSelected = order && isSameSelection(order, command);
  if (asSelected && isQuoteExpired(order.quote, now))
    return { refusal: { code: 'quote-expired', path: 'message.order' } };
  const { site } = command;
  if (!site || (!asSelected && !command.limit && !order)) {
    return { refusal: { code: 'quote-missing', path: 'message.order.items' } };
  }
  const limit = command.limit ?? order?.limit;
  if (!limit) return { refusal: { code: 'option-missing', path: 'message.order.tags' } };
  const quoted = quoteRequest(order, { ...command, site, limit }, context);
  if ('refusal' in quoted) return quoted;
  const settled = confirmedPayment(quoted.draft, command);
  if ('refusal' in settled) return settled;
  const { status } = command.connectorState;
  if (!quoted.slot && command.chargerOnline && !FREE_STATUSES.has(status)) {
    return { refusal: { code: 'connector-busy', path: 'message.order.items', detail: status } };
  }
  return startConfirmed(quoted, settled, command, context);
}

function startConfirmed(
  { draft, slot }: Quoted,
  { payment, discrepancies }: { readonly payment: Payment; readonly discrepancies: readonly DiscrepancyDraft[] },
  command: CommandOf<'confirm'>,
  context: DecisionContext,
): Accepted {
  const { now, policy } = context;
  const reply = replyCallback('on_confirm', command.request.messageId);
  const requestedAt = slot?.from ?? now;
  const deadlines = deadlinesFor({ now, slot, startsBy: command.startsBy }, policy);
  const promised: Order = { ...draft, deadlines };
  const remoteStart: RemoteStart = {
    requestedAt,
    deadline: startDeadline(promised, requestedAt, policy),
    attempts: 0,
  };
  const confirmed: Order = {
    ...promised,
    state: 'confirmed',
    payment,
    authorised: draft.quote.total,
    idTag: command.idTag,
    remoteStart,
    connectorState: command.connectorState,
    ...(slot && { slot: openReservation(slot, command.reservationId, policy) }),
  };
  if (command.startsBy === 'buyer') {
    return accept(awaitBuyerStart(confirmed, remoteStart, policy), [reply], discrepancies);
  }
  if (slot || !command.chargerOnline) return accept(confirmed, [reply], discrepancies);
  const starting = requestStart(confirmed, remoteStart, context);
  return { ...starting, effects: [...starting.effects, reply], discrepancies };
}

function openReservation(
  { from, until }: Slot,
  reservationId: number | undefined,
  { slotLeadMs }: SessionPolicy,
): Reservation {
  return { from, until, reserveAt: from - slotLeadMs, ...(reservationId !== undefined && { reservationId }) };
}

const updateRefused = (path: string, detail: string): Refused => ({
  refusal: { code: 'update-not-possible', path, detail },
});

/** Changes the limit or buyer details of a confirmed order that has not ended, but never its authorised amount. */
export function update(order: Order, command: CommandOf<'update'>, context: DecisionContext): Decision {
  const { site, limit, passthrough, billing } = command;
  if (isTerminal(order) || order.state === 'draft' || order.state === 'provisional') {
    return updateRefused('message.order.id', order.state);
  }
  if (site && !isSameSelection(order, { site })) {
    return updateRefused('message.order.items', 'another connector needs another order');
  }
  const contact: Order = {
    ...order,
    ...(passthrough !== undefined && { passthrough: mergeShallow(order.passthrough, passthrough) }),
    ...(billing !== undefined && { billing: mergeDeep(order.billing, billing) }),
  };
  const reply = replyCallback('on_update', command.request.messageId);
  if (!limit) return accept(contact, [reply]);
  if (!site) return updateRefused('message.order.tags', 'the connector is no longer offered');
  if (order.state === 'stopping') return updateRefused('message.order.tags', 'the session is being stopped');
  const changed = changeLimit(contact, site, limit, context);
  return 'refusal' in changed ? changed : accept(changed, [reply]);
}

function changeLimit(order: Order, site: Site, limit: Limit, context: DecisionContext): Order | Refused {
  const { now, policy } = context;
  const problem = checkLimit(site.connector, limit);
  if (problem) return { refusal: problem };
  const connector = { ...site.connector, tariff: order.tariff };
  const caps = capsForLimit(connector, limit, order.authorised, order);
  const quote: Quote = {
    ...priceOfLimit(
      connector,
      limit,
      order,
      order.session?.startReceivedAt ?? futureSlot(order.slot, now)?.from ?? now,
    ),
    id: order.quote.id,
    expiresAt: now + policy.quoteTtlMs,
  };
  const nothing = checkQuote(limit, quote);
  if (nothing) return { refusal: nothing };
  const changed: Order = { ...order, limit, caps, quote };
  const { session } = order;
  if (!session) return changed;
  if (mayHavePassed(changed, order, context)) {
    const detail = `${session.meter.energyWh} Wh delivered by the last reading`;
    return { refusal: { code: 'limit-below-delivered', path: 'message.order.tags', detail } };
  }
  return { ...changed, session: withChangedLimit(session, now) };
}

/** Stops a running session, or cancels a confirmed order whose session has not begun. */
export function stop(order: Order, command: CommandOf<'stop'>, context: DecisionContext): Decision {
  const { request } = command;
  const atEnd = command.reply === 'at-end';
  const action = atEnd && request?.action !== 'cancel' ? 'on_update' : 'on_cancel';
  const effects = request ? [replyCallback(action, request.messageId)] : [];
  const waiting = atEnd ? awaitEnd(order, action, request, context) : undefined;
  switch (order.state) {
    case 'draft':
      return { refusal: { code: 'not-running', path: 'message.order_id' } };
    case 'confirmed':
    case 'starting': {
      const code = command.reason === 'buyer' ? 'cancelled-by-buyer' : 'cancelled-by-operator';
      return endBeforeStart(order, code, context, { effects });
    }
    case 'charging':
    case 'suspended':
    case 'offline':
    case 'stopping':
    case 'provisional':
      return waiting
        ? stopAndReply(waiting, command.reason, context)
        : stopAndReply(order, command.reason, context, effects);
    case 'completed':
    case 'cancelled':
    case 'failed':
      return accept(order, effects);
  }
}

/**
 * Requests the stop unless it has been requested already; saves the order in any case, with the replies due now. An end
 * that is only inferred may be wrong, so a provisional session is stopped, too.
 */
function stopAndReply(
  order: Order,
  reason: StopReason,
  context: DecisionContext,
  effects: readonly EffectDraft[] = [],
): Accepted {
  const isStopping = order.state === 'stopping' || order.session?.stop !== undefined;
  return isStopping ? accept(order, effects) : requestStop(order, reason, context, effects);
}

/** Cancels an order whose session has not begun. A running session is stopped instead, if the command allows it. */
export function cancel(current: Order, command: CommandOf<'cancel'>, context: DecisionContext): Decision {
  const { request, reason, ifRunning } = command;
  const effects = request ? [replyCallback('on_cancel', request.messageId)] : [];
  const order = reason === undefined || isTerminal(current) ? current : { ...current, cancelReason: reason };
  const waiting = awaitEnd(order, 'on_cancel', request, context);
  switch (order.state) {
    case 'draft':
    case 'confirmed':
    case 'starting': {
      const code = command.by === 'buyer' ? 'cancelled-by-buyer' : 'cancelled-by-operator';
      return endBeforeStart(order, code, context, { effects });
    }
    case 'cancelled':
      return accept(order, effects);
    case 'charging':
    case 'suspended':
    case 'offline':
    case 'stopping':
    case 'provisional':
      if (ifRunning !== 'stop') return cancellationRefused(SESSION_RUNNING_DETAIL);
      return waiting ? stopAndReply(waiting, command.by, context) : stopAndReply(order, command.by, context, effects);
    case 'completed':
    case 'failed':
      return cancellationRefused('it has ended');
  }
}

const SESSION_RUNNING_DETAIL =
  'a session is running; stop it by an update, or in uei:charging by descriptor.code stop-charging';

function cancellationRefused(detail: string): Refused {
  return { refusal: { code: 'cancellation-not-possible', path: 'message.order_id', detail } };
}
