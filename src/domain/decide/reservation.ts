/** A booked order before its session: its connector is kept, its time comes, or passes. */
import type { OrderCommand } from '../model/command.js';
import type { Accepted, DiscrepancyDraft, DecisionContext } from '../model/decision.js';
import { accept, endBeforeStart, noChange } from './results.js';
import type { Order } from '../model/order.js';
import type { Reservation } from '../model/reservation.js';
import { requestStart, startDeadline } from './remote-start.js';
import { omit } from '../model/object.js';

const RETRY_MS = 60_000;
const ANSWER_TIMEOUT_MS = 90_000;
const BLOCKED_RETRY_MS = 30_000;
/** A charger that is back says first how its connectors are. */
const RECONNECT_DELAY_MS = 10_000;

/** The slot of an order whose time has not come. */
export function pendingReservation(order: Order): Reservation | undefined {
  return order.state === 'confirmed' && order.slot && !order.slot.begun ? order.slot : undefined;
}

/** When a waiting slot next needs a wake: to have its connector kept, or because it begins. */
export function reservationDeadline(slot: Reservation): number {
  const { from, retryAt: openAt, reserveAt } = slot;
  return openAt ?? (reserveAt === undefined ? from : Math.min(reserveAt, from));
}

export function reservationTimerDue(order: Order, slot: Reservation, around: DecisionContext): Accepted {
  return around.now >= slot.from ? beginSlot(order, slot, around) : requestReservation(order, slot, around);
}

/** Its time has come. Whether the connector is free, the store says when this is saved. */
function beginSlot(order: Order, slot: Reservation, around: DecisionContext): Accepted {
  const { now, policy } = around;
  const deadline = startDeadline(order, now, policy);
  const start = { requestedAt: Math.max(slot.from, order.remoteStart?.requestedAt ?? 0), attempts: 0, deadline };
  const opened: Order = { ...order, slot: { ...omit(slot, 'reserveAt', 'retryAt'), begun: true } };
  if (order.awaitsBuyerStart) return accept({ ...opened, remoteStart: start });
  const asked = requestStart(opened, start, around);
  return accept(asked.order, [asked.effect]);
}

function requestReservation(order: Order, slot: Reservation, around: DecisionContext): Accepted {
  const rest = omit(slot, 'reserveAt');
  if (!around.capabilities?.supportsReservation || slot.reservationId === undefined) {
    return accept({ ...order, slot: { ...rest, status: 'unsupported' } });
  }
  const expiresAt = startDeadline(order, slot.from, around.policy);
  // Should its answer be lost on the way into our own store, it is asked again.
  const asked: Reservation = {
    ...rest,
    status: 'requested',
    reservedUntil: expiresAt,
    reserveAt: around.now + ANSWER_TIMEOUT_MS,
  };
  const effects = order.effects.filter((effect) => effect.kind !== 'reserve');
  return accept({ ...order, effects, slot: asked }, [
    { kind: 'reserve', reservationId: slot.reservationId, expiresAt, notAfter: slot.from },
  ]);
}

type ReservationAnswered = Extract<OrderCommand, { type: 'reservation-answered' }>;

export function reservationAnswered(order: Order, command: ReservationAnswered, around: DecisionContext): Accepted {
  const slot = pendingReservation(order);
  if (slot?.status !== 'requested') return noChange(order);
  const { now } = around;
  switch (command.answer) {
    case 'accepted':
      return accept({ ...order, slot: { ...omit(slot, 'reserveAt'), status: 'accepted' } });
    case 'unsupported':
      return accept({ ...order, slot: { ...omit(slot, 'reservedUntil', 'reserveAt'), status: 'unsupported' } });
    case 'rejected':
    case 'not-sent':
    case 'unknown':
      // What nobody knows may be kept all the same: the same number asked again replaces it (OCPP 1.6 §5.13).
      return retryReservation(order, slot, command.detail ?? command.answer, now + RETRY_MS);
  }
}

function retryReservation(order: Order, slot: Reservation, why: string, reserveAt: number): Accepted {
  const rows: DiscrepancyDraft[] = slot.discrepancyOpened
    ? []
    : [
        {
          kind: 'reservation-not-accepted',
          detail: `The charger does not keep the connector for a booked slot yet (${why}); it is asked until the slot begins.`,
        },
      ];
  return accept({ ...order, slot: { ...slot, discrepancyOpened: true, reserveAt } }, [], rows);
}

/** What the station let go before the slot began is asked for again. @source OCPP 2.0.1 part 2, H Reservation */
export function reservationEnded(
  order: Order,
  { reason: word }: Extract<OrderCommand, { type: 'reservation-ended' }>,
  { now }: DecisionContext,
): Accepted {
  const slot = pendingReservation(order);
  if (slot?.status !== 'accepted' || now >= slot.from) return noChange(order);
  return retryReservation(order, { ...slot, status: 'requested' }, word, now + RECONNECT_DELAY_MS);
}

/** The charger is back: it may have lost what it kept, so it is asked again. */
export function reservationAfterReconnect(order: Order, slot: Reservation, around: DecisionContext): Accepted {
  const { now, policy } = around;
  if (now < slot.from - policy.slotLeadMs || now >= slot.from) return noChange(order);
  return accept({ ...order, slot: { ...slot, reserveAt: now + RECONNECT_DELAY_MS } });
}

/** Whoever charges there has time until the grace is over. */
export function slotBlocked(order: Order, around: DecisionContext): Accepted {
  const slot = pendingReservation(order);
  const { now, policy } = around;
  if (!slot || now < slot.from) return noChange(order);
  if (now >= startDeadline(order, slot.from, policy)) {
    const detail =
      'The connector was still in use when the driver of a booked slot had been waited for; nothing is billed.';
    return endBeforeStart(order, 'failed', 'connector-taken', around, [], [{ kind: 'slot-lost', detail }]);
  }
  return accept({ ...order, slot: { ...slot, retryAt: now + BLOCKED_RETRY_MS } });
}
