/** Booked slots and their chargers: reservations on their way, and who may not charge meanwhile. */
import { type Order, isActive, isHoldingDraft } from '../../domain/model/order.js';
import type { ReserveEffect, Effect } from '../../domain/model/effect.js';
import { heldSlot, isReservedNow } from '../../domain/locations/reservation-slots.js';
import { type Slot } from '../../domain/model/reservation.js';
import type { OrderCache } from '../orders/order-cache.js';
import { describeResult } from './command-result.js';
import type { ChargerCommandDeps } from './remote-start-stop.js';
import type { CommandResult } from '../../ports/charger-events.js';

export interface ReservationsDeps extends Omit<ChargerCommandDeps, 'capabilities' | 'policy'> {
  readonly orderCache: OrderCache;
  readonly leadMs: number;
}

type ReservationOutcome = 'accepted' | 'rejected' | 'unsupported' | 'unknown' | 'not-sent';

export class Reservations {
  readonly #deps: ReservationsDeps;
  #stopped = false;

  constructor(deps: ReservationsDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Takes over the reservation that an order wants. `restarted`: it was found in the store at start. */
  handleEffects(order: Order, effects: readonly Effect[], restarted = false): void {
    for (const effect of effects) {
      if (effect.kind !== 'reserve') continue;
      this.#send(order, effect, restarted).catch((error: unknown) =>
        this.#deps.events.emit('store.failed', { problem: String(error) }),
      );
    }
  }

  async #send(order: Order, effect: ReserveEffect, restarted: boolean): Promise<void> {
    const { orders: desk, chargePoints: views, clock, commandSender: calls, events } = this.#deps;
    const settle = async (answer: ReservationOutcome, detail: string): Promise<void> => {
      events.emit('reservation.answered', { orderId: order.id, answer, detail });
      await desk.handle(order, { type: 'reservation-answered', answer, detail }, { settledEffect: effect.seq });
    };
    const { idTag, connector } = order;
    if (restarted || idTag === undefined) return settle('unknown', 'restarted');
    if (!views.isReady(connector.chargePointId) || clock.now() > effect.notAfter) return settle('not-sent', 'offline');
    const { reservationId, expiresAt, notAfter } = effect;
    const answer = await calls.sendCommand(
      connector.chargePointId,
      { type: 'reserve', reservationId, connectorId: connector.connectorId, idTag, expiresAt },
      { sendBefore: notAfter, stillWanted: () => desk.owesEffect(order.id, effect.seq) },
    );
    if (!this.#stopped) await settle(toReservationOutcome(answer), describeResult(answer));
  }

  /** Slots that other orders hold on a connector, their sessions not begun, and what drafts hold of its time. */
  bookedSlots(chargePointId: string, connectorId: number, besides?: string): Slot[] {
    const { orderCache: book, clock } = this.#deps;
    return book.openOrdersAndHoldsAt(chargePointId).flatMap((order) => {
      if (order.id === besides || order.connector.connectorId !== connectorId) return [];
      if (isHoldingDraft(order)) return clock.now() < order.quote.expiresAt ? [heldSlot(order)] : [];
      return order.slot && isActive(order) ? [order.slot] : [];
    });
  }

  /** Whether a connector is kept for somebody now; without a connector, whether any of the charge point is. */
  isReserved(chargePointId: string, connectorId?: number): boolean {
    const { orderCache: book, clock, leadMs } = this.#deps;
    return book.openOrdersAt(chargePointId).some(({ slot, session, connector, ...order }) => {
      const here = connectorId === undefined || connector.connectorId === connectorId;
      return here && slot !== undefined && !session && isActive(order) && isReservedNow([slot], clock.now(), leadMs);
    });
  }
}

/** @source OCPP 1.6 §5.13: Faulted, Occupied, Rejected and Unavailable may be otherwise in a minute. */
function toReservationOutcome(answer: CommandResult): ReservationOutcome {
  switch (answer.kind) {
    case 'answered':
      return answer.status === 'Accepted' ? 'accepted' : 'rejected';
    case 'error':
      return answer.code === 'NotSupported' || answer.code === 'NotImplemented' ? 'unsupported' : 'rejected';
    case 'unknown':
      return 'unknown';
    case 'not-sent':
      return answer.reason === 'unsupported' ? 'unsupported' : 'not-sent';
  }
}
