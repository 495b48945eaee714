/** What a buyer app may do to an order. */
import type { OrderCommand } from '../model/command.js';
import type { Decision, WantedEffect } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { changed, endUnstarted } from './results.js';
import { capsOf } from '../metering/limit.js';
import type { Site } from '../model/network.js';
import {
  type Booking,
  type CallbackAction,
  isTerminal,
  type Limit,
  type Order,
  type Quote,
  type Slot,
} from '../model/order.js';
import { replanned } from '../metering/charging-profile.js';
import type { Refusal } from '../model/refusal.js';
import { ahead, checkSlot, clash, expectedUntil } from '../locations/reservation-slots.js';
import { askStart, FREE, startDeadline } from './remote-start.js';
import { checkLimit, priceOfLimit } from '../pricing/pricing.js';
import { beginStop } from './remote-stop.js';
import { awaitingStart } from './buyer-start.js';
import { deferAnswer } from './deferred-callback.js';
import { deepMerged, drafted, isDraft, merged, sameWish } from './quote.js';
import { confirmedPayment, openPayment } from './settlement.js';
import { termsOf } from '../pricing/resolve-terms.js';

type Of<T extends OrderCommand['type']> = Extract<OrderCommand, { type: T }>;

const answer = (action: CallbackAction, messageId: string): WantedEffect => ({
  kind: 'callback',
  action,
  class: 'answer',
  answers: messageId,
});

function draftAnswer(
  order: Order | undefined,
  command: Of<'select'> | Of<'init'>,
  around: Surroundings,
  action: 'on_select' | 'on_init',
): Decision {
  const reply = [answer(action, command.asked.messageId)];
  if (order && !isDraft(order)) {
    return sameWish(order, command.site, command.limit, command.slot)
      ? changed(order, reply)
      : {
          refusal: {
            code: 'transaction-in-use',
            path: 'context.transaction_id',
          },
        };
  }
  const slot = command.slot ?? order?.slot;
  const problem =
    checkLimit(command.site.connector, command.limit) ?? checkTime(command.site, command.limit, slot, around);
  if (problem) return { refusal: problem };
  const found = termsFor(command.site, command.terms, command.limit, order, around.now);
  if ('refusal' in found) return found;
  const contact = command.type === 'init' ? command : { echo: command.echo };
  const wish = { ...contact, ...found, slot: ahead(slot, around.now) };
  const draft = drafted(order, command.site, command.limit, around, wish);
  if (!draft) return { refusal: { code: 'quote-missing' } };
  if (command.type === 'select') return changed(draft.held ? { ...draft, held: false } : draft, reply);
  const initiated = { ...draft, initiated: true, ...(command.holds && { held: true }) };
  const opened = openPayment(initiated, command.paymentTerms, around, command.asked.messageId);
  return changed(opened.order, opened.effects);
}

export function select(order: Order | undefined, command: Of<'select'>, around: Surroundings): Decision {
  return draftAnswer(order, command, around, 'on_select');
}

export function init(order: Order | undefined, command: Of<'init'>, around: Surroundings): Decision {
  return draftAnswer(order, command, around, 'on_init');
}

function termsFor(
  site: Site,
  terms: Of<'select'>['terms'],
  limit: Limit,
  order: Order | undefined,
  now: number,
): ReturnType<typeof termsOf> {
  return termsOf(site.connector.tariff, terms ?? {}, order, now, order && sameWish(order, site, limit));
}

/** Whether the connector is to be had for that time: a slot beside the others, or what begins now before the next one. */
function checkTime(site: Site, limit: Limit, slot: Slot | undefined, around: Surroundings): Refusal | undefined {
  const { now, policy, booked = [] } = around;
  const booking = ahead(slot, now);
  const problem = booking && checkSlot(booking, now, policy);
  if (problem) return { ...problem, path: SLOT_PATH };
  const wanted = booking ?? { from: now, until: expectedUntil(site.connector, limit, now) };
  const taken = clash(booked, wanted, booking ? 0 : policy.slotLeadMs);
  return taken && { code: 'slot-taken', path: booking ? SLOT_PATH : 'message.order.items' };
}

const SLOT_PATH = 'message.order.fulfillments[0].stops';

/** Makes the promise: lease, tag, authorised amount, start. A repeat re-announces and starts nothing. */
export function confirm(order: Order | undefined, command: Of<'confirm'>, around: Surroundings): Decision {
  const { now, policy } = around;
  const reply = answer('on_confirm', command.asked.messageId);
  // One that began at once has no slot, though a time was named.
  const named = order?.slot ? command.slot : ahead(command.slot, order?.start?.wantedAt ?? now);
  if (order && !isDraft(order)) {
    return sameWish(order, command.site, command.limit, named)
      ? changed(order, [reply])
      : {
          refusal: {
            code: 'transaction-in-use',
            path: 'context.transaction_id',
          },
        };
  }
  const asSelected = order && sameWish(order, command.site, command.limit, command.slot);
  if (asSelected && order.quote.expiresAt <= now) return { refusal: { code: 'quote-expired', path: 'message.order' } };
  if (!command.site || (!asSelected && !command.limit && !order)) {
    return { refusal: { code: 'quote-missing', path: 'message.order.items' } };
  }
  const limit = command.limit ?? order?.limit;
  if (!limit) return { refusal: { code: 'option-missing', path: 'message.order.tags' } };
  const wished = command.slot ?? order?.slot;
  const problem = checkLimit(command.site.connector, limit) ?? checkTime(command.site, limit, wished, around);
  if (problem) return { refusal: problem };
  const slot = ahead(wished, now);
  const found = termsFor(command.site, command.terms, limit, order, now);
  if ('refusal' in found) return found;
  const draft = drafted(order, command.site, limit, around, { ...command, ...found, slot });
  if (!draft) return { refusal: { code: 'quote-missing' } };

  const money = confirmedPayment(draft, command);
  if ('refusal' in money) return money;
  if (!slot && command.chargerOnline && !FREE.has(command.connectorState.status)) {
    return {
      refusal: {
        code: 'connector-busy',
        path: 'message.order.items',
        detail: command.connectorState.status,
      },
    };
  }
  const deadline = startDeadline(draft, slot?.from ?? now, policy);
  const start = { wantedAt: slot?.from ?? now, deadline, attempts: 0 };
  const confirmed: Order = {
    ...draft,
    state: 'confirmed',
    payment: money.payment,
    authorised: draft.quote.total,
    idTag: command.idTag,
    start,
    connectorState: command.connectorState,
    ...(slot && { slot: bookingOf(slot, command.reservationId, policy) }),
  };
  const { rows } = money;
  if (command.startsBy === 'buyer') return changed(awaitingStart(confirmed, start, policy), [reply], rows);
  if (slot || !command.chargerOnline) return changed(confirmed, [reply], rows);
  const asked = askStart(confirmed, start, around);
  return changed(asked.order, [asked.effect, reply], rows);
}

function bookingOf(slot: Slot, reservationId: number | undefined, policy: Surroundings['policy']): Booking {
  const { from, until } = slot;
  return { from, until, reserveAt: from - policy.slotLeadMs, ...(reservationId !== undefined && { reservationId }) };
}

/** Changes the limit, the contact or the payment method of a running order. Never what was authorised. */
export function update(order: Order, command: Of<'update'>, around: Surroundings): Decision {
  if (isTerminal(order) || order.state === 'draft' || order.state === 'provisional') {
    return {
      refusal: {
        code: 'update-not-possible',
        path: 'message.order.id',
        detail: order.state,
      },
    };
  }
  if (command.site && !sameWish(order, command.site, undefined)) {
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
    ...(command.echo !== undefined && { echo: merged(order.echo, command.echo) }),
    ...(command.billing !== undefined && { billing: deepMerged(order.billing, command.billing) }),
  };
  const reply = answer('on_update', command.asked.messageId);
  if (!command.limit) return changed(contact, [reply]);
  if (!command.site || order.state === 'stopping') {
    const detail = command.site ? 'the session is being stopped' : 'the connector is not sold any more';
    return { refusal: { code: 'update-not-possible', path: 'message.order.tags', detail } };
  }

  const problem = checkLimit(command.site.connector, command.limit);
  if (problem) return { refusal: problem };
  const connector = { ...command.site.connector, tariff: order.tariff };
  const caps = capsOf(connector, command.limit, order.authorised, order);
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
  const session = order.session && replanned(order.session, around.now);
  return changed({ ...contact, limit: command.limit, caps, quote, ...(session && { session }) }, [reply]);
}

/** The buyer (or the operator) ends the session. Before it began, that is a cancellation. */
export function stop(order: Order, command: Of<'stop'>, around: Surroundings): Decision {
  const { asked } = command;
  const whenOver = asked && command.answered === 'when-over' && !order.session?.stop;
  const action = command.answered === 'when-over' && asked?.action !== 'cancel' ? 'on_update' : 'on_cancel';
  const reply = asked ? [answer(action, asked.messageId)] : [];
  switch (order.state) {
    case 'draft':
      return { refusal: { code: 'not-running', path: 'message.order_id' } };
    case 'confirmed':
    case 'starting':
      return endUnstarted(
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
        ? beginStop(deferAnswer(order, 'end', asked, around, action), command.reason, around)
        : beginStop(order, command.reason, around, reply);
    case 'stopping':
    case 'provisional':
    case 'completed':
    case 'cancelled':
    case 'failed':
      return changed(order, reply);
  }
}

/** Cancels before charging began. A running session is stopped, where the command allows it, and not cancelled. */
export function cancel(before: Order, command: Of<'cancel'>, around: Surroundings): Decision {
  const { asked, reason } = command;
  const reply = asked ? [answer('on_cancel', asked.messageId)] : [];
  const order = reason === undefined || isTerminal(before) ? before : { ...before, cancelReason: reason };
  switch (order.state) {
    case 'draft':
      return endUnstarted(order, 'cancelled', 'cancelled-by-buyer', around, reply);
    case 'confirmed':
    case 'starting':
      return endUnstarted(
        order,
        'cancelled',
        command.by === 'buyer' ? 'cancelled-by-buyer' : 'cancelled-by-operator',
        around,
        reply,
      );
    case 'cancelled':
      return changed(order, reply);
    case 'charging':
    case 'suspended':
    case 'offline':
      if (command.running !== 'stop') return { refusal: { ...NOT_CANCELLED, detail: RUNS } };
      return beginStop(asked ? deferAnswer(order, 'end', asked, around, 'on_cancel') : order, 'buyer', around);
    case 'stopping':
    case 'provisional':
      return command.running === 'stop' ? changed(order, reply) : { refusal: { ...NOT_CANCELLED, detail: RUNS } };
    case 'completed':
    case 'failed':
      return { refusal: { ...NOT_CANCELLED, detail: 'it has ended' } };
  }
}

const NOT_CANCELLED = { code: 'cancellation-not-possible', path: 'message.order_id' } as const;
const RUNS = 'a session runs; send descriptor.code stop-charging to stop it';
