/**
 * Handles an order with a booked slot until its session begins: reserves the connector at the charger, and begins the
 * slot.
 */
import type { CommandOf } from '../model/command.js';
import type { Accepted, DecisionContext, DiscrepancyDraft } from '../model/decision.js';
import { omit } from '../model/object.js';
import type { Order } from '../model/order.js';
import type { Reservation } from '../model/reservation.js';
import { requestStart, startDeadline } from './remote-start.js';
import { accept, endBeforeStart, noChange } from './results.js';

const RETRY_MS = 60_000;
const ANSWER_TIMEOUT_MS = 90_000;
const BLOCKED_RETRY_MS = 30_000;
/** Leaves the charger time to report its connector statuses after a reconnect. */
const RECONNECT_DELAY_MS = 10_000;

/** Returns the slot of a confirmed order if it has not begun. */
export function pendingReservation(order: Order): Reservation | undefined {
  return order.state === 'confirmed' && order.slot && !order.slot.begun ? order.slot : undefined;
}

/** Returns when a pending slot next needs a timer: to reserve its connector, or to begin. @unit Epoch ms. */
export function reservationDeadline({ from, retryAt, reserveAt }: Reservation): number {
  return retryAt ?? (reserveAt === undefined ? from : Math.min(reserveAt, from));
}

/** Begins a slot whose time has come, or asks the charger to reserve its connector. */
export function reservationTimerDue(order: Order, slot: Reservation, context: DecisionContext): Accepted {
  return context.now >= slot.from ? beginSlot(order, slot, context) : requestReservation(order, slot, context);
}

/** Begins a slot. The store refuses to save the result while another order holds the connector. */
function beginSlot(order: Order, slot: Reservation, context: DecisionContext): Accepted {
  const { now, policy } = context;
  const deadline = startDeadline(order, now, policy);
  const remoteStart = { requestedAt: Math.max(slot.from, order.remoteStart?.requestedAt ?? 0), attempts: 0, deadline };
  const begun: Order = { ...order, slot: { ...omit(slot, 'reserveAt', 'retryAt'), begun: true } };
  if (order.awaitsBuyerStart) return accept({ ...begun, remoteStart });
  return requestStart(begun, remoteStart, context);
}

function requestReservation(order: Order, slot: Reservation, context: DecisionContext): Accepted {
  const { now, policy, capabilities } = context;
  const base = omit(slot, 'reserveAt');
  if (!capabilities?.supportsReservation || slot.reservationId === undefined) {
    return accept({ ...order, slot: { ...base, status: 'unsupported' } });
  }
  const expiresAt = startDeadline(order, slot.from, policy);
  // The request is repeated if no response has been saved by then.
  const requested: Reservation = {
    ...base,
    status: 'requested',
    reservedUntil: expiresAt,
    reserveAt: now + ANSWER_TIMEOUT_MS,
  };
  const effects = order.effects.filter((effect) => effect.kind !== 'reserve');
  return accept({ ...order, effects, slot: requested }, [
    { kind: 'reserve', reservationId: slot.reservationId, expiresAt, notAfter: slot.from },
  ]);
}

/**
 * Records the response to a ReserveNow. Unless it was accepted or is unsupported, schedules a retry and opens a
 * discrepancy, once for each order.
 */
export function reservationAnswered(
  order: Order,
  command: CommandOf<'reservation-answered'>,
  { now }: DecisionContext,
): Accepted {
  const slot = pendingReservation(order);
  if (slot?.status !== 'requested') return noChange(order);
  switch (command.answer) {
    case 'accepted':
      return accept({ ...order, slot: { ...omit(slot, 'reserveAt'), status: 'accepted' } });
    case 'unsupported':
      return accept({ ...order, slot: { ...omit(slot, 'reservedUntil', 'reserveAt'), status: 'unsupported' } });
    case 'rejected':
    case 'not-sent':
    case 'unknown':
      // The reservation may still exist; a repeat with the same id replaces it (OCPP 1.6 §5.13).
      return retryReservation(order, slot, command.detail ?? command.answer, now + RETRY_MS);
  }
}

function retryReservation(order: Order, slot: Reservation, reason: string, reserveAt: number): Accepted {
  const discrepancy: DiscrepancyDraft = {
    kind: 'reservation-not-accepted',
    detail: `The charger has not reserved the connector for a booked slot (${reason}); the request is repeated until the slot begins.`,
  };
  const retried: Order = { ...order, slot: { ...slot, discrepancyOpened: true, reserveAt } };
  return accept(retried, [], slot.discrepancyOpened ? [] : [discrepancy]);
}

/** Requests a reservation again if the station ended it before the slot. @source OCPP 2.0.1 part 2, H Reservation */
export function reservationEnded(
  order: Order,
  { reason }: CommandOf<'reservation-ended'>,
  { now }: DecisionContext,
): Accepted {
  const slot = pendingReservation(order);
  if (slot?.status !== 'accepted' || now >= slot.from) return noChange(order);
  return retryReservation(order, { ...slot, status: 'requested' }, reason, now + RECONNECT_DELAY_MS);
}

/** Requests the reservation again after a reconnect in the slot's lead time, because the charger may have lost it. */
export function reservationAfterReconnect(order: Order, slot: Reservation, { now, policy }: DecisionContext): Accepted {
  if (now < slot.from - policy.slotLeadMs || now >= slot.from) return noChange(order);
  return accept({ ...order, slot: { ...slot, reserveAt: now + RECONNECT_DELAY_MS } });
}

/** Retries a slot whose connector is still in use, and fails the order once the grace period is over. */
export function slotBlocked(order: Order, context: DecisionContext): Accepted {
  const slot = pendingReservation(order);
  const { now, policy } = context;
  if (!slot || now < slot.from) return noChange(order);
  if (now >= startDeadline(order, slot.from, policy)) {
    const detail = 'The connector was still in use at the end of the grace period of a booked slot; nothing is billed.';
    return endBeforeStart(order, 'connector-taken', context, { discrepancies: [{ kind: 'slot-lost', detail }] });
  }
  return accept({ ...order, slot: { ...slot, retryAt: now + BLOCKED_RETRY_MS } });
}
