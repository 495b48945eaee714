/** Booked slots and their chargers: reservations on their way, and who may not charge meanwhile. */
import type { ReserveEffect, Effect, Order } from '../../domain/model/order.js';
import { holdOf, keptNow, type Slot } from '../../domain/locations/reservation-slots.js';
import { isActive, isHeld } from '../../domain/model/order.js';
import type { Book } from '../orders/order-cache.js';
import { describeAnswer } from './command-result.js';
import type { ChargerCommandsDeps } from './remote-start-stop.js';
import type { CommandAnswer } from '../../ports/charger-events.js';

export interface ReservationsDeps extends Omit<ChargerCommandsDeps, 'means' | 'policy'> {
  readonly book: Book;
  readonly leadMs: number;
}

type Answer = 'accepted' | 'refused' | 'unable' | 'unknown' | 'not-sent';

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
  fromOrder(order: Order, effects: readonly Effect[], restarted = false): void {
    for (const effect of effects) {
      if (effect.kind !== 'reserve') continue;
      this.#send(order, effect, restarted).catch((error: unknown) =>
        this.#deps.events.emit('store.failed', { problem: String(error) }),
      );
    }
  }

  async #send(order: Order, effect: ReserveEffect, restarted: boolean): Promise<void> {
    const { desk, views, clock, calls, events } = this.#deps;
    const settle = async (answer: Answer, detail: string): Promise<void> => {
      events.emit('reserve.answered', { orderId: order.id, answer, detail });
      await desk.apply(order, { type: 'reserve-answered', answer, detail }, { settles: effect.seq });
    };
    const { idTag, connector } = order;
    if (restarted || idTag === undefined) return settle('unknown', 'restarted');
    if (!views.ready(connector.chargePointId) || clock.now() > effect.notAfter) return settle('not-sent', 'offline');
    const { reservationId, expiresAt, notAfter } = effect;
    const answer = await calls.call(
      connector.chargePointId,
      { type: 'reserve', reservationId, connectorId: connector.connectorId, idTag, expiresAt },
      { notAfter, wanted: () => desk.owes(order.id, effect.seq) },
    );
    if (!this.#stopped) await settle(read(answer), describeAnswer(answer));
  }

  /** Slots that other orders hold on a connector, their sessions not begun, and what drafts hold of its time. */
  booked(chargePointId: string, connectorId: number, besides?: string): Slot[] {
    const { book, clock } = this.#deps;
    return book.withHeld(chargePointId).flatMap((order) => {
      if (order.id === besides || order.connector.connectorId !== connectorId) return [];
      if (isHeld(order)) return clock.now() < order.quote.expiresAt ? [holdOf(order)] : [];
      return order.slot && isActive(order) ? [order.slot] : [];
    });
  }

  /** Whether a connector is kept for somebody now; without a connector, whether any of the charge point is. */
  kept(chargePointId: string, connectorId?: number): boolean {
    const { book, clock, leadMs } = this.#deps;
    return book.at(chargePointId).some(({ slot, session, connector, ...order }) => {
      const here = connectorId === undefined || connector.connectorId === connectorId;
      return here && slot !== undefined && !session && isActive(order) && keptNow([slot], clock.now(), leadMs);
    });
  }
}

/** @source OCPP 1.6 §5.13: Faulted, Occupied, Rejected and Unavailable may be otherwise in a minute. */
function read(answer: CommandAnswer): Answer {
  switch (answer.kind) {
    case 'answered':
      return answer.status === 'Accepted' ? 'accepted' : 'refused';
    case 'error':
      return answer.code === 'NotSupported' || answer.code === 'NotImplemented' ? 'unable' : 'refused';
    case 'unknown':
      return 'unknown';
    case 'not-sent':
      return answer.reason === 'unsupported' ? 'unable' : 'not-sent';
  }
}
