/** What a buyer app may do to an order. */
import type { OrderCommand } from '../model/command.js';
import type { Decision, EffectDraft, DecisionContext } from '../model/decision.js';
import { accept, endBeforeStart } from './results.js';
import { capsForLimit } from '../metering/limit.js';
import type { Site } from '../model/network.js';
import { isTerminal, type Order } from '../model/order.js';
import type { Quote, Limit } from '../model/quote.js';
import { futureSlot, checkSlot, overlappingSlot, expectedEnd } from '../locations/reservation-slots.js';
import type { Reservation, Slot } from '../model/reservation.js';
import type { CallbackAction } from '../model/effect.js';
import { withChangedLimit } from '../metering/charging-profile.js';
import type { Refusal } from '../model/refusal.js';
import { requestStart, FREE_STATUSES, startDeadline } from './remote-start.js';
import { checkLimit, priceOfLimit } from '../pricing/pricing.js';
import { requestStop } from './remote-stop.js';
import { awaitBuyerStart } from './buyer-start.js';
import { deferCallback } from './deferred-callback.js';
import { mergeDeep, quoteDraft, isDraft, mergeShallow, isSameSelection } from './quote.js';
import { confirmedPayment, openPayment } from './settlement.js';
import { resolveTerms } from '../pricing/resolve-terms.js';

type Command<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

const replyCallback = (action: CallbackAction, messageId: string): EffectDraft => ({
  kind: 'callback',
  action,
  class: 'answer',
  inReplyTo: messageId,
});

function answerWithQuote(
  order: Order | undefined,
  command: Command<'select'> | Command<'init'>,
  around: DecisionContext,
  action: 'on_select' | 'on_init',
): Decision {
  const reply = [replyCallback(action, command.request.messageId)];
  if (order && !isDraft(order)) {
    return isSameSelection(order, command.site, command.limit, command.slot)
      ? accept(order, reply)
      : {
          refusal: {
            code: 'transaction-in-use',
            path: 'context.transaction_id',
          },
        };
  }
  const slot = command.slot ?? order?.slot;
  const problem =
    checkLimit(command.site.connector, command.limit) ?? checkAvailability(command.site, command.limit, slot, around);
  if (problem) return { refusal: problem };
  const found = requestedTerms(command.site, command.terms, command.limit, order, around.now);
  if ('refusal' in found) return found;
  const contact = command.type === 'init' ? command : { passthrough: command.passthrough };
  const wish = { ...contact, ...found, slot: futureSlot(slot, around.now) };
  const draft = quoteDraft(order, command.site, command.limit, around, wish);
  if (!draft) return { refusal: { code: 'quote-missing' } };
  if (command.type === 'select') return accept(draft.connectorHeld ? { ...draft, connectorHeld: false } : draft, reply);
  const initiated = { ...draft, initiated: true, ...(command.holdsConnector && { connectorHeld: true }) };
  const opened = openPayment(initiated, command.paymentTerms, around, command.request.messageId);
  return accept(opened.order, opened.effects);
}

export function select(order: Order | undefined, command: Command<'select'>, around: DecisionContext): Decision {
  return answerWithQuote(order, command, around, 'on_select');
}

export function init(order: Order | undefined, command: Command<'init'>, around: DecisionContext): Decision {
  return answerWithQuote(order, command, around, 'on_init');
}

function requestedTerms(
  site: Site,
  terms: Command<'select'>['terms'],
  limit: Limit,
  order: Order | undefined,
  now: number,
): ReturnType<typeof resolveTerms> {
  return resolveTerms(site.connector.tariff, terms ?? {}, order, now, order && isSameSelection(order, site, limit));
}

/** Whether the connector is to be had for that time: a slot beside the others, or what begins now before the next one. */
function checkAvailability(
  site: Site,
  limit: Limit,
  slot: Slot | undefined,
  around: DecisionContext,
): Refusal | undefined {
  const { now, policy, bookedSlots: booked = [] } = around;
  const booking = futureSlot(slot, now);
  const problem = booking && checkSlot(booking, now, policy);
  if (problem) return { ...problem, path: SLOT_PATH };
  const wanted = booking ?? { from: now, until: expectedEnd(site.connector, limit, now) };
  const taken = overlappingSlot(booked, wanted, booking ? 0 : policy.slotLeadMs);
  return taken && { code: 'slot-taken', path: booking ? SLOT_PATH : 'message.order.items' };
}

const SLOT_PATH = 'message.order.fulfillments[0].stops';

/** Makes the promise: lease, tag, authorised amount, start. A repeat re-announces and starts nothing. */
export function confirm(order: Order | undefined, command: Command<'confirm'>, around: DecisionContext): Decision {
  const { now, policy } = around;
  const reply = replyCallback('on_confirm', command.request.messageId);
  // One that began at once has no slot, though a time was named.
  const named = order?.slot ? command.slot : futureSlot(command.slot, order?.remoteStart?.requestedAt ?? now);
  if (order && !isDraft(order)) {
    return isSameSelection(order, command.site, command.limit, named)
      ? accept(order, [reply])
      : {
          refusal: {
            code: 'transaction-in-use',
            path: 'context.transaction_id',
          },
        };
  }
  const asSelected = order && isSameSelection(order, command.site, command.limit, command.slot);
  if (asSelected && order.quote.expiresAt <= now) return { refusal: { code: 'quote-expired', path: 'message.order' } };
  if (!command.site || (!asSelected && !command.limit && !order)) {
    return { refusal: { code: 'quote-missing', path: 'message.order.items' } };
  }
  const limit = command.limit ?? order?.limit;
  if (!limit) return { refusal: { code: 'option-missing', path: 'message.order.tags' } };
  const wished = command.slot ?? order?.slot;
  const problem = checkLimit(command.site.connector, limit) ?? checkAvailability(command.site, limit, wished, around);
  if (problem) return { refusal: problem };
  const slot = futureSlot(wished, now);
  const found = requestedTerms(command.site, command.terms, limit, order, now);
  if ('refusal' in found) return found;
  const draft = quoteDraft(order, command.site, limit, around, { ...command, ...found, slot });
  if (!draft) return { refusal: { code: 'quote-missing' } };

  const money = confirmedPayment(draft, command);
  if ('refusal' in money) return money;
  if (!slot && command.chargerOnline && !FREE_STATUSES.has(command.connectorState.status)) {
    return {
      refusal: {
        code: 'connector-busy',
        path: 'message.order.items',
        detail: command.connectorState.status,
      },
    };
  }
  const deadline = startDeadline(draft, slot?.from ?? now, policy);
  const start = { requestedAt: slot?.from ?? now, deadline, attempts: 0 };
  const confirmed: Order = {
    ...draft,
    state: 'confirmed',
    payment: money.payment,
    authorised: draft.quote.total,
    idTag: command.idTag,
    remoteStart: start,
    connectorState: command.connectorState,
    ...(slot && { slot: openReservation(slot, command.reservationId, policy) }),
  };
  const { rows } = money;
  if (command.startsBy === 'buyer') return accept(awaitBuyerStart(confirmed, start, policy), [reply], rows);
  if (slot || !command.chargerOnline) return accept(confirmed, [reply], rows);
  const asked = requestStart(confirmed, start, around);
  return accept(asked.order, [asked.effect, reply], rows);
}

function openReservation(
  slot: Slot,
  reservationId: number | undefined,
  policy: DecisionContext['policy'],
): Reservation {
  const { from, until } = slot;
  return { from, until, reserveAt: from - policy.slotLeadMs, ...(reservationId !== undefined && { reservationId }) };
}

/** Changes the limit, the contact or the payment method of a running order. Never what was authorised. */
export function update(order: Order, command: Command<'update'>, around: DecisionContext): Decision {
  if (isTerminal(order) || order.state === 'draft' || order.state === 'provisional') {
    return {
      refusal: {
        code: 'update-not-possible',
        path: 'message.order.id',
        detail: order.state,
      },
    };
  }
  if (command.site && !isSameSelection(order, command.site, undefined)) {
    return {
      refusal: {
        code: 'update-not-possible',
        path: 'message.order.items',
        detail: 'another connector needs another order',
      },
    };
  }
  const contact: Order = {
    ...order,
    ...(command.passthrough !== undefined && { passthrough: mergeShallow(order.passthrough, command.passthrough) }),
    ...(command.billing !== undefined && { billing: mergeDeep(order.billing, command.billing) }),
  };
  const reply = replyCallback('on_update', command.request.messageId);
  if (!command.limit) return accept(contact, [reply]);
  if (!command.site || order.state === 'stopping') {
    const detail = command.site ? 'the session is being stopped' : 'the connector is not sold any more';
    return { refusal: { code: 'update-not-possible', path: 'message.order.tags', detail } };
  }

  const problem = checkLimit(command.site.connector, command.limit);
  if (problem) return { refusal: problem };
  const connector = { ...command.site.connector, tariff: order.tariff };
  const caps = capsForLimit(connector, command.limit, order.authorised, order);
  if (order.session && caps.energyWh <= order.session.meter.energyWh) {
    return {
      refusal: {
        code: 'limit-below-delivered',
        path: 'message.order.tags',
        detail: `${order.session.meter.energyWh} Wh delivered`,
      },
    };
  }
  const quote: Quote = {
    ...priceOfLimit(connector, command.limit, order, order.session?.startReceivedAt ?? around.now),
    id: order.quote.id,
    expiresAt: around.now + around.policy.quoteTtlMs,
  };
  const session = order.session && withChangedLimit(order.session, around.now);
  return accept({ ...contact, limit: command.limit, caps, quote, ...(session && { session }) }, [reply]);
}

/** The buyer (or the operator) ends the session. Before it began, that is a cancellation. */
export function stop(order: Order, command: Command<'stop'>, around: DecisionContext): Decision {
  const { request: asked } = command;
  const whenOver = asked && command.reply === 'at-end' && !order.session?.stop;
  const action = command.reply === 'at-end' && asked?.action !== 'cancel' ? 'on_update' : 'on_cancel';
  const reply = asked ? [replyCallback(action, asked.messageId)] : [];
  switch (order.state) {
    case 'draft':
      return { refusal: { code: 'not-running', path: 'message.order_id' } };
    case 'confirmed':
    case 'starting':
      return endBeforeStart(
        order,
        'cancelled',
        command.reason === 'buyer' ? 'cancelled-by-buyer' : 'cancelled-by-operator',
        around,
        reply,
      );
    case 'charging':
    case 'suspended':
    case 'offline':
      return whenOver
        ? requestStop(deferCallback(order, 'end', asked, around, action), command.reason, around)
        : requestStop(order, command.reason, around, reply);
    case 'stopping':
    case 'provisional':
    case 'completed':
    case 'cancelled':
    case 'failed':
      return accept(order, reply);
  }
}

/** Cancels before charging began. A running session is stopped, where the command allows it, and not cancelled. */
export function cancel(before: Order, command: Command<'cancel'>, around: DecisionContext): Decision {
  const { request: asked, reason } = command;
  const reply = asked ? [replyCallback('on_cancel', asked.messageId)] : [];
  const order = reason === undefined || isTerminal(before) ? before : { ...before, cancelReason: reason };
  switch (order.state) {
    case 'draft':
      return endBeforeStart(order, 'cancelled', 'cancelled-by-buyer', around, reply);
    case 'confirmed':
    case 'starting':
      return endBeforeStart(
        order,
        'cancelled',
        command.by === 'buyer' ? 'cancelled-by-buyer' : 'cancelled-by-operator',
        around,
        reply,
      );
    case 'cancelled':
      return accept(order, reply);
    case 'charging':
    case 'suspended':
    case 'offline':
      if (command.ifRunning !== 'stop') return { refusal: { ...CANCELLATION_REFUSAL, detail: SESSION_RUNNING_DETAIL } };
      return requestStop(asked ? deferCallback(order, 'end', asked, around, 'on_cancel') : order, 'buyer', around);
    case 'stopping':
    case 'provisional':
      return command.ifRunning === 'stop'
        ? accept(order, reply)
        : { refusal: { ...CANCELLATION_REFUSAL, detail: SESSION_RUNNING_DETAIL } };
    case 'completed':
    case 'failed':
      return { refusal: { ...CANCELLATION_REFUSAL, detail: 'it has ended' } };
  }
}

const CANCELLATION_REFUSAL = { code: 'cancellation-not-possible', path: 'message.order_id' } as const;
const SESSION_RUNNING_DETAIL = 'a session runs; send descriptor.code stop-charging to stop it';
