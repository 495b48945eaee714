/** A booked order before its session: its connector is kept, its time comes, or passes. */
import type { OrderCommand } from '../model/command.js';
import type { Accepted, WantedRow } from '../model/decision.js';
import type { Surroundings } from './decide.js';
import { changed, endUnstarted, unchanged } from './results.js';
import type { Booking, Order } from '../model/order.js';
import { askStart, startDeadline } from './remote-start.js';
import { without } from '../model/object.js';

const AGAIN_MS = 60_000;
const ANSWER_MS = 90_000;
const BLOCKED_AGAIN_MS = 30_000;
/** A charger that is back says first how its connectors are. */
const RETURN_MS = 10_000;

/** The slot of an order whose time has not come. */
export function waiting(order: Order): Booking | undefined {
  return order.state === 'confirmed' && order.slot && !order.slot.opened ? order.slot : undefined;
}

/** When a waiting slot next needs a wake: to have its connector kept, or because it begins. */
export function slotWakeAt(slot: Booking): number {
  const { from, openAt, reserveAt } = slot;
  return openAt ?? (reserveAt === undefined ? from : Math.min(reserveAt, from));
}

export function wakeSlot(order: Order, slot: Booking, around: Surroundings): Accepted {
  return around.now >= slot.from ? openSlot(order, slot, around) : reserve(order, slot, around);
}

/** Its time has come. Whether the connector is free, the store says when this is saved. */
function openSlot(order: Order, slot: Booking, around: Surroundings): Accepted {
  const { now, policy } = around;
  const deadline = startDeadline(order, now, policy);
  const start = { wantedAt: Math.max(slot.from, order.start?.wantedAt ?? 0), attempts: 0, deadline };
  const opened: Order = { ...order, slot: { ...without(slot, 'reserveAt', 'openAt'), opened: true } };
  if (order.awaitsStart) return changed({ ...opened, start });
  const asked = askStart(opened, start, around);
  return changed(asked.order, [asked.effect]);
}

function reserve(order: Order, slot: Booking, around: Surroundings): Accepted {
  const rest = without(slot, 'reserveAt');
  if (!around.means?.reserves || slot.reservationId === undefined) {
    return changed({ ...order, slot: { ...rest, reservation: 'soft' } });
  }
  const expiresAt = startDeadline(order, slot.from, around.policy);
  // Should its answer be lost on the way into our own store, it is asked again.
  const asked: Booking = { ...rest, reservation: 'asked', keptUntil: expiresAt, reserveAt: around.now + ANSWER_MS };
  const effects = order.effects.filter((effect) => effect.kind !== 'reserve');
  return changed({ ...order, effects, slot: asked }, [
    { kind: 'reserve', reservationId: slot.reservationId, expiresAt, notAfter: slot.from },
  ]);
}

type Answered = Extract<OrderCommand, { type: 'reserve-answered' }>;

export function reserveAnswered(order: Order, command: Answered, around: Surroundings): Accepted {
  const slot = waiting(order);
  if (slot?.reservation !== 'asked') return unchanged(order);
  const { now } = around;
  switch (command.answer) {
    case 'accepted':
      return changed({ ...order, slot: { ...without(slot, 'reserveAt'), reservation: 'held' } });
    case 'unable':
      return changed({ ...order, slot: { ...without(slot, 'keptUntil', 'reserveAt'), reservation: 'soft' } });
    case 'refused':
    case 'not-sent':
    case 'unknown':
      // What nobody knows may be kept all the same: the same number asked again replaces it (OCPP 1.6 §5.13).
      return askAgain(order, slot, command.detail ?? command.answer, now + AGAIN_MS);
  }
}

function askAgain(order: Order, slot: Booking, why: string, reserveAt: number): Accepted {
  const rows: WantedRow[] = slot.told
    ? []
    : [
        {
          kind: 'reservation-open',
          detail: `The charger does not keep the connector for a booked slot yet (${why}); it is asked until the slot begins.`,
        },
      ];
  return changed({ ...order, slot: { ...slot, told: true, reserveAt } }, [], rows);
}

/** What the station let go before the slot began is asked for again. @source OCPP 2.0.1 part 2, H Reservation */
export function reserveEnded(
  order: Order,
  { word }: Extract<OrderCommand, { type: 'reserve-ended' }>,
  { now }: Surroundings,
): Accepted {
  const slot = waiting(order);
  if (slot?.reservation !== 'held' || now >= slot.from) return unchanged(order);
  return askAgain(order, { ...slot, reservation: 'asked' }, word, now + RETURN_MS);
}

/** The charger is back: it may have lost what it kept, so it is asked again. */
export function slotAfterReturn(order: Order, slot: Booking, around: Surroundings): Accepted {
  const { now, policy } = around;
  if (now < slot.from - policy.slotLeadMs || now >= slot.from) return unchanged(order);
  return changed({ ...order, slot: { ...slot, reserveAt: now + RETURN_MS } });
}

/** Whoever charges there has time until the grace is over. */
export function slotBlocked(order: Order, around: Surroundings): Accepted {
  const slot = waiting(order);
  const { now, policy } = around;
  if (!slot || now < slot.from) return unchanged(order);
  if (now >= startDeadline(order, slot.from, policy)) {
    const detail =
      'The connector was still in use when the driver of a booked slot had been waited for; nothing is billed.';
    return endUnstarted(order, 'failed', 'connector-taken', around, [], [{ kind: 'slot-lost', detail }]);
  }
  return changed({ ...order, slot: { ...slot, openAt: now + BLOCKED_AGAIN_MS } });
}
