/** What an ended order still wants of its charger: that nothing of it is left there. Kept while the charger is away. */
import { tidies } from '../../domain/decide/results.js';
import type { CancelReservationEffect, ClearPlanEffect, Effect, Order } from '../../domain/model/order.js';
import type { Book } from '../orders/order-cache.js';
import type { ChargerCommandsDeps } from './remote-start-stop.js';
import { profileIdOf } from './charging-profiles.js';
import type { ChargerCommand } from '../../ports/charger-events.js';

export interface TidyCommandsDeps extends ChargerCommandsDeps {
  readonly book: Book;
}

type TidyEffect = ClearPlanEffect | CancelReservationEffect;

export class TidyCommands {
  readonly #deps: TidyCommandsDeps;
  /** On the wire now. */
  readonly #sent = new Set<string>();

  constructor(deps: TidyCommandsDeps) {
    this.#deps = deps;
  }

  fromOrder(order: Order, effects: readonly Effect[]): void {
    for (const effect of effects) if (isTidy(effect)) this.#guard(this.#send(order, effect));
  }

  /** The charger may be spoken to again. */
  ready(chargePointId: string): void {
    for (const order of this.#deps.book.at(chargePointId)) this.fromOrder(order, order.effects);
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => this.#deps.events.emit('store.failed', { problem: String(error) }));
  }

  async #send(order: Order, effect: TidyEffect): Promise<void> {
    const { desk, views, clock, calls } = this.#deps;
    const { chargePointId } = order.connector;
    const key = `${order.id}/${effect.seq}`;
    const command = commandOf(order, effect);
    if (this.#sent.has(key) || !views.ready(chargePointId) || clock.now() > effect.notAfter) return;
    this.#sent.add(key);
    try {
      const answer = command && (await calls.call(chargePointId, command, { notAfter: effect.notAfter }));
      const again = answer?.kind === 'unknown' || (answer?.kind === 'not-sent' && answer.reason === 'offline');
      // Rejected means that there is nothing of it any more.
      if (!again) await desk.amend(order, (all) => all.filter((other) => other.seq !== effect.seq));
    } finally {
      this.#sent.delete(key);
    }
  }
}

function isTidy(effect: Effect): effect is TidyEffect {
  return tidies(effect);
}

function commandOf(order: Order, effect: TidyEffect): ChargerCommand | undefined {
  if (effect.kind === 'cancel-reservation') return { type: 'cancel-reservation', reservationId: effect.reservationId };
  return order.idTag === undefined ? undefined : { type: 'clear-power-plan', profileId: profileIdOf(order.idTag) };
}
